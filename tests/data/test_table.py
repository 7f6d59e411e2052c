"""Importing tables: what is well-formed comes through whole, what is not costs itself only."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modiste.data.importing.mapping import compose, parse_mapping
from modiste.data.importing.rows import read_delimited
from modiste.data.importing.table import TableOptions, import_table, parse_price
from modiste.data.wardrobe import Wardrobe, wardrobe_lock
from modiste.errors import DataError, DatasetNotFound, Misuse, ModisteError, WardrobeError

MAPPING = parse_mapping(
    ["id=sku", "outfit=look", "item=sku", "category=slot", "fine=family", "title=type,colour"]
    + ["color=colour", "price=price"]
)
ITEMS = [
    {"sku": f"{i:03}", "slot": slot, "family": f"{slot} {i % 2}", "type": f"thing {i}"}
    | {"colour": ("red", "navy")[i % 2], "price": f"{i}.50"}
    for i, slot in enumerate(["shoes", "tops", "bags", "tops", "shoes", "bottoms"])
]
OUTFITS = [
    {"look": f"L{n}", "sku": f"{i:03}"} for n in range(4) for i in (n, (n + 1) % 6, (n + 3) % 6)
]


def test_a_catalogue_comes_through_as_it_was_written(tmp_path: Path) -> None:
    wardrobe = imported(tmp_path)
    assert wardrobe.items["id"].to_list() == [row["sku"] for row in ITEMS]  # 007 keeps its zeros
    first = wardrobe.item("001")
    assert (first.category, first.fine, first.title) == ("tops", "tops 1", "thing 1 navy")
    assert (first.price, first.image, dict(first.attributes)) == (1.5, None, {"color": "navy"})
    assert dict(wardrobe.outfits.select("id", "items").rows()) == {
        f"L{n}": [f"{i:03}" for i in (n, (n + 1) % 6, (n + 3) % 6)] for n in range(4)
    }
    assert set(wardrobe.outfits["split"]) <= {"train", "valid", "test"}
    assert not [note for note in wardrobe.info.notes if "splits" not in note]


@pytest.mark.parametrize("kind", ["tsv", "csv.gz", "jsonl", "jsonl.gz", "parquet"])
def test_every_file_format_says_the_same(tmp_path: Path, kind: str) -> None:
    plain = imported(tmp_path, out="plain")
    other = imported(tmp_path, out="other", kind=kind)
    assert other.content_hash == plain.content_hash


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            min_size=2,
            max_size=2,
        ).filter(lambda row: any(cell.strip() for cell in row)),
        max_size=8,
    )
)
def test_any_text_survives_delimited_writing_and_reading(rows: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b"], *rows])
    header, records = read_delimited(file.getvalue())
    assert header == ["a", "b"]
    assert [(fields, problem) for _, fields, problem in records] == [(row, "") for row in rows]


@settings(max_examples=60)
@given(
    st.sampled_from(['1,"open', '1,"a"b', "1", "1,2,3", '"', 'x,"y" z', '"1,2']),
    st.integers(0, 200),
)
def test_a_broken_row_costs_that_row_only(broken: str, place: int) -> None:
    rows = [f'{i},"name, {i}"' for i in range(200)]
    text = "\n".join(["id,name", *rows[:place], broken, *rows[place:]])
    records = list(read_delimited(text)[1])
    assert [fields for _, fields, problem in records if not problem] == [
        [str(i), f"name, {i}"] for i in range(200)
    ]
    assert [line for line, _, problem in records if problem] == [place + 2]


def test_quotes_in_the_middle_of_an_unquoted_field_are_text() -> None:
    _, records = read_delimited('id,name\n1,a 5" heel\n2,b\n')
    assert [fields for _, fields, _ in records] == [["1", 'a 5" heel'], ["2", "b"]]


def test_semicolons_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = "sku;slot\r\n1;shoes\r\n2;tops, long\r\n"
    (tmp_path / "items.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (tmp_path / "outfits.csv").write_text("look,sku\nA,1\nA,2\n")
    mapping = parse_mapping(["id=sku", "category=slot", "outfit=look", "item=sku"])
    wardrobe = run(tmp_path, mapping=mapping)
    assert wardrobe.items["category"].to_list() == ["shoes", "tops, long"]
    assert wardrobe.items["title"].to_list() == ["shoes", "tops, long"]  # composed: none is given


def test_another_encoding_can_be_named(tmp_path: Path) -> None:
    rows = [row | {"type": "señora"} for row in ITEMS]
    write(tmp_path / "items.csv", rows, encoding="latin-1")
    write(tmp_path / "outfits.csv", OUTFITS)
    with pytest.raises(DataError, match=r"not utf-8 text: byte 0xf1 at line 2 .*--encoding"):
        run(tmp_path)
    wardrobe = run(tmp_path, options=TableOptions(encoding="latin-1"))
    assert wardrobe.item("000").title == "señora red"


def test_bad_rows_are_counted_named_and_skipped(tmp_path: Path) -> None:
    lines = csv_text(ITEMS).splitlines()
    lines += [
        "007,tops,f,too,few",
        '008,tops,f,"stray" quote,red,1',
        ",tops,f,no id,red,1",
        "001,bags,f,a second 001,red,1",
        "009,,f,no category,red,1",
        "010,tops,,no family,red,gratis",
    ]
    (tmp_path / "items.csv").write_text("\n".join(lines))
    looks = csv_text(OUTFITS).splitlines()
    looks += ["L9,000", "L9,999", "L10,000", "L10,001", "L10,000", ",001", "L11,"]
    (tmp_path / "outfits.csv").write_text("\n".join(looks))
    wardrobe = run(tmp_path)
    notes = wardrobe.info.notes
    for sentence in (
        "Malformed rows, skipped: 2 (items.csv line 8: 5 fields instead of 6, items.csv line 9: "
        "a stray quote).",
        "Items without an id, skipped: 1 (items.csv line 10).",
        "Items whose id stood there before, skipped: 1 (001 in items.csv line 11).",
        "Items without a category, kept as 'unknown': 1 (009 in items.csv line 12).",
        "Prices that are no number, left out: 1 ('gratis' in items.csv line 13).",
        "Unknown items in outfits, dropped: 1 (999 in outfit L9).",
        "Outfits of fewer than two known items, left out: 1 (L9).",
        "Repeated items in outfits, kept once: 1 (000 in outfit L10).",
        "Outfit rows without an outfit id, skipped: 1 (outfits.csv line 19).",
        "Outfit rows without an item, skipped: 1 (outfits.csv line 20).",
    ):
        assert sentence in notes
    assert len(notes) == 11  # those, and how the splits were drawn
    assert wardrobe.items["id"].to_list() == [*(row["sku"] for row in ITEMS), "009", "010"]
    assert wardrobe.item("001").category == "tops"  # the first counts
    assert wardrobe.item("010").fine == "tops"
    assert dict(wardrobe.outfits.select("id", "items").rows())["L10"] == ["000", "001"]


def test_broken_json_lines_are_counted_named_and_skipped(tmp_path: Path) -> None:
    write(tmp_path / "outfits.csv", OUTFITS)
    broken = ["{", "[1]", '{"sku": "\\ud800"}', "[" * 100_000, '{"sku": 12, "slot": "tops"}']
    text = "\n".join([*(json.dumps(row) for row in ITEMS), *broken])
    (tmp_path / "items.jsonl").write_text(text)
    wardrobe = run(tmp_path, items="items.jsonl")
    [note] = [note for note in wardrobe.info.notes if note.startswith("Malformed")]
    assert note.startswith("Malformed rows, skipped: 4 (items.jsonl line 7")
    assert wardrobe.item("12").category == "tops"


def test_numbers_in_json_and_parquet_become_the_text_that_people_wrote(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text(
        '{"id": 12345678901234567890, "c": 12.50}\n{"id": "007", "c": true}\n'
    )
    ids = pl.Series("id", [7.0, None, 8.0])  # what a missing value makes of whole numbers
    pl.DataFrame({"o": ["A"] * 3, "id": ids}).write_parquet(tmp_path / "outfits.parquet")
    mapping = parse_mapping(["id=id", "category=c", "outfit=o", "item=id"])
    with pytest.raises(DataError, match=r"None of the 2 items .* \(such as '7'\)"):
        run(tmp_path, items="items.jsonl", outfits="outfits.parquet", mapping=mapping)
    pl.DataFrame({"o": ["A"], "id": [["007", "12345678901234567890"]]}).write_parquet(
        tmp_path / "outfits.parquet"
    )
    wardrobe = run(tmp_path, items="items.jsonl", outfits="outfits.parquet", mapping=mapping)
    assert wardrobe.items["category"].to_list() == ["12.50", "true"]
    assert wardrobe.outfits["items"].to_list() == [["007", "12345678901234567890"]]


def test_splits_come_from_their_column_under_any_usual_name(tmp_path: Path) -> None:
    write(tmp_path / "items.csv", ITEMS)
    names = ["Train", "val", "testing", "holdout"]
    rows = [row | {"part": names[int(row["look"][1:])]} for row in OUTFITS]
    write(tmp_path / "outfits.csv", rows)
    wardrobe = run(tmp_path, mapping=MAPPING | {"split": ("part",)})
    assert wardrobe.outfits["split"].to_list() == ["train", "valid", "test"]
    [note] = wardrobe.info.notes
    assert note.startswith("Outfits whose split is none of train, valid and test, left out: 1 (L3")


def test_wrong_answers_match_by_season_unless_told_otherwise(tmp_path: Path) -> None:
    seasonal = MAPPING | {"season": ("colour",)}
    assert imported(tmp_path, out="a").info.match == ()
    assert run(tmp_path, mapping=seasonal, out="b").info.match == ("season",)
    none = TableOptions(match=())
    assert run(tmp_path, mapping=seasonal, out="c", options=none).info.match == ()
    chosen = TableOptions(match=("colr",))
    with pytest.raises(Misuse, match="did you mean 'color'"):
        run(tmp_path, mapping=seasonal, out="d", options=chosen)


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        (["id"], r"--map 'id' is malformed"),
        (["id="], r"--map 'id=' is malformed"),
        (["title=a,,b"], r"--map 'title=a,,b' is malformed"),
        (["id=a", "id=b"], r"gives 'id' twice"),
    ],
)
def test_a_malformed_mapping_is_misuse(pairs: list[str], sentence: str) -> None:
    with pytest.raises(Misuse, match=sentence):
        parse_mapping(pairs)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"category": ("slto",)}, r"items.csv has no column 'slto', which --map category=slto "),
        ({"category": ("slto",)}, r"did you mean 'slot'\? Its columns are sku, slot, family"),
        ({"outfit": ("zzz",)}, r"outfits.csv has no column 'zzz', .*its columns are look, sku\."),
        ({"item": ()}, r"The mapping lacks item: add --map item=COLUMN"),
        ({"../x": ("sku",)}, r"'../x' cannot name an attribute"),
        ({"image": ("sku",)}, r"needs the folder of the photographs: add --images DIR"),
    ],
)
def test_a_mapping_that_cannot_be_is_misuse(
    tmp_path: Path, change: Mapping[str, tuple[str, ...]], sentence: str
) -> None:
    write(tmp_path / "items.csv", ITEMS)
    write(tmp_path / "outfits.csv", OUTFITS)
    with pytest.raises(Misuse, match=sentence):
        run(tmp_path, mapping={**MAPPING, **change})
    assert not (tmp_path / "W").exists()


@pytest.mark.parametrize(
    ("name", "content", "error", "sentence"),
    [
        ("items.csv", None, DatasetNotFound, r"No file .*items\.csv"),
        ("items.csv", b"", DataError, r"has no header"),
        ("items.csv", b"sku,slot,family,type,colour,price\n", DataError, r"has no rows"),
        ("items.csv", b"sku,slot,family,type,colour,price\n1\n", DataError, r"no rows that could"),
        ("items.csv", b"sku,slot,family,type,colour,price\n,a,b,c,d,1", DataError, r"has an id"),
        ("items.csv", b"sku,sku,slot,family,type,colour,price\n", DataError, r"a column twice"),
        ("items.xlsx", b"PK", Misuse, r"no kind of table that is known"),
        ("items.parquet", b"PAR1 it is not", DataError, r"no Parquet file that can be read"),
        ("items.csv.gz", b"no gzip", DataError, r"Cannot read .*is it whole\?"),
        ("items.csv.gz", gzip.compress(b"s" * 99, mtime=0)[:-9], DataError, "Cannot read .*whole"),
        ("items.jsonl", b"\n\n", DataError, r"has no rows"),
    ],
)
def test_a_file_of_which_nothing_is_left_is_one_sentence(
    tmp_path: Path, name: str, content: bytes | None, error: type[ModisteError], sentence: str
) -> None:
    write(tmp_path / "outfits.csv", OUTFITS)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match=sentence) as caught:
        run(tmp_path, items=name)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "W").exists()


def test_an_unknown_encoding_is_misuse(tmp_path: Path) -> None:
    write(tmp_path / "items.csv", ITEMS)
    write(tmp_path / "outfits.csv", OUTFITS)
    with pytest.raises(Misuse, match="No text encoding is called 'utf-9'"):
        run(tmp_path, options=TableOptions(encoding="utf-9"))


def test_outfits_of_one_item_only_are_an_error_that_says_what_to_check(tmp_path: Path) -> None:
    write(tmp_path / "items.csv", ITEMS)
    write(tmp_path / "outfits.csv", OUTFITS[:1])
    with pytest.raises(DataError, match="leaves no outfit of two known items"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("12", 12.0), ("12.50", 12.5), ("12,5", 12.5), ("1,299.00", 1299.0), ("1,299", 1299.0),
        ("€ 12", 12.0), ("12 EUR", 12.0), ("$1,000,000", 1e6), ("-1", None), ("nan", None),
        ("1e5", None), ("12.5.6", None), ("1,2,3", None), ("free", None), ("9" * 400, None),
    ],
)  # fmt: skip
def test_prices_are_read_as_people_write_them(text: str, price: float | None) -> None:
    assert parse_price(text) == price


@given(st.lists(st.text(max_size=5), max_size=6))
def test_composing_keeps_every_word_once_and_in_order(parts: list[str]) -> None:
    text = compose(parts)
    slow: list[str] = []
    for part in (" ".join(part.split()) for part in parts):
        if part and part.casefold() not in [kept.casefold() for kept in slow]:
            slow.append(part)
    assert text == " ".join(slow)


def test_an_existing_wardrobe_is_kept_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    old = imported(tmp_path)
    write(tmp_path / "items.csv", ITEMS[:5])
    with pytest.raises(WardrobeError, match=r"holds a wardrobe already.*--replace"):
        run(tmp_path)
    assert Wardrobe(old.root).content_hash == old.content_hash
    questions = old.root / "questions" / "matched-test.parquet"
    questions.parent.mkdir()
    questions.write_bytes(b"of the old content")
    new = run(tmp_path, options=TableOptions(replace=True))
    assert len(new.items) == 5
    assert not questions.exists()


def test_two_processes_cannot_write_one_wardrobe(tmp_path: Path) -> None:
    write(tmp_path / "items.csv", ITEMS)
    write(tmp_path / "outfits.csv", OUTFITS)
    with wardrobe_lock(tmp_path / "W"):
        result = import_in_another_process(tmp_path)
    assert "WardrobeError: Another process is writing" in result
    assert not (tmp_path / "W" / "wardrobe.toml").exists()
    assert import_in_another_process(tmp_path) == "done"


def test_whoever_holds_a_wardrobe_may_take_it_again_and_nobody_else(tmp_path: Path) -> None:
    with wardrobe_lock(tmp_path), ThreadPoolExecutor(1) as another:
        with wardrobe_lock(tmp_path):
            pass
        refused = another.submit(lambda: wardrobe_lock(tmp_path).__enter__()).exception()
    assert isinstance(refused, WardrobeError)
    with wardrobe_lock(tmp_path):
        pass


def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    old = imported(tmp_path)
    many = [ITEMS[i % 6] | {"sku": f"{i:05}", "type": f"{random.random()}"} for i in range(9000)]
    write(tmp_path / "items.csv", [*ITEMS, *many])
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    result = import_in_another_process(tmp_path, before=limit, replace=True)
    assert result.startswith("ModisteError: Cannot write")
    assert Wardrobe(old.root).items["id"].to_list() == old.items["id"].to_list()
    assert not [path.name for path in old.root.iterdir() if path.name.startswith(".items")]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    write(tmp_path / "items.csv", ITEMS)
    write(tmp_path / "outfits.csv", OUTFITS)
    (tmp_path / "file").write_text("")
    with pytest.raises(WardrobeError, match="Cannot write in .*choose a folder"):
        run(tmp_path, out="file/W")


def test_the_real_catalogue_is_imported_in_seconds(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "mango"
    pairs = (
        "id=cod_modelo_color outfit=cod_outfit item=cod_modelo_color category=slot season=season "
        "fine=des_product_family image=des_filename color=des_agrup_color_eng "
        "title=des_product_type,des_color_specification_esp,des_agrup_color_eng,des_fabric,"
        "des_product_family,des_line"
    ).split()
    told: list[tuple[int, int]] = []
    start = time.perf_counter()
    wardrobe = import_table(
        folder / "product_data.csv",
        folder / "outfit_data.csv",
        images=folder / "images",
        mapping=parse_mapping(pairs),
        out=tmp_path / "W",
        options=TableOptions(progress=lambda done, total: told.append((done, total))),
    )
    seconds = time.perf_counter() - start
    assert (len(wardrobe.items), len(wardrobe.outfits)) == (9222, 5814)
    assert wardrobe.items["image"].null_count() == 0
    assert told[-1] == (9222, 9222)
    assert wardrobe.info.match == ("season",)
    sizes = wardrobe.outfits["items"].list.len()
    assert (sizes.min(), sizes.max()) == (3, 15)
    sources = (folder / "images").iterdir()
    copies = (wardrobe.root / "images").iterdir()
    assert sorted(p.stat().st_size for p in copies) == sorted(p.stat().st_size for p in sources)
    assert seconds < 60, f"{seconds:.1f} s"


# What the tests above share.


def imported(folder: Path, *, out: str = "W", kind: str = "csv") -> Wardrobe:
    """Write the small catalogue as `kind` of file and import it."""
    write(folder / f"items.{kind}", ITEMS)
    write(folder / f"outfits.{kind}", OUTFITS)
    return run(folder, items=f"items.{kind}", outfits=f"outfits.{kind}", out=out)


def run(
    folder: Path,
    *,
    items: str = "items.csv",
    outfits: str = "outfits.csv",
    mapping: Mapping[str, tuple[str, ...]] = MAPPING,
    out: str = "W",
    options: TableOptions | None = None,
) -> Wardrobe:
    return import_table(
        folder / items,
        folder / outfits,
        images=None,
        mapping=mapping,
        out=folder / out,
        options=options,
    )


def write(path: Path, rows: Sequence[Mapping[str, str]], *, encoding: str = "utf-8") -> None:
    if path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
        return
    if ".jsonl" in path.name:
        text = "".join(json.dumps(row) + "\n" for row in rows)
    else:
        text = csv_text(rows, delimiter="\t" if path.suffix == ".tsv" else ",")
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def csv_text(rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def import_in_another_process(folder: Path, *, before: str = "", replace: bool = False) -> str:
    """`done`, or the error that the import ended with."""
    script = f"""
from pathlib import Path
from modiste.data.importing.table import TableOptions, import_table
from modiste.errors import ModisteError
{before}
folder = Path({str(folder)!r})
try:
    import_table(folder / "items.csv", folder / "outfits.csv", images=None,
                 mapping={dict(MAPPING)!r}, out=folder / "W",
                 options=TableOptions(replace={replace}))
    print("done")
except ModisteError as error:
    print(f"{{type(error).__name__}}: {{error}}")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=path_env()
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def path_env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")}

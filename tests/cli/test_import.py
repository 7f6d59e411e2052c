"""`modiste data table` on a shop's files, good and bad: nothing is lost, nothing is a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Modiste, Shop, shop_items, shop_outfits


def test_a_good_catalogue_imports_and_says_what_it_holds(
    modiste: Modiste, shop: Shop, tmp_path: Path
) -> None:
    answer = modiste("data", "table", *shop.words, "--out", tmp_path / "W", "--json")
    assert answer.code == 0
    counts = answer.document["counts"]
    assert counts == {"items": 20, "images": 20, "categories": 4, "outfits": 25}
    assert sum(answer.document["splits"].values()) == 25


def test_json_may_stand_before_the_command(modiste: Modiste, shop: Shop, tmp_path: Path) -> None:
    answer = modiste("--json", "data", "table", *shop.words, "--out", tmp_path / "W")
    assert answer.document["counts"]["items"] == 20


def test_a_row_that_is_malformed_costs_that_row_only(
    modiste: Modiste, shop: Shop, tmp_path: Path
) -> None:
    text = shop.items.read_text("utf-8").splitlines()
    text[3] = "one,two"  # too few fields
    text.append("x,shoes,a,b,c,d,e,f")  # too many
    text.append("")  # nothing
    shop.items.write_text("\n".join(text), "utf-8")
    answer = modiste("data", "table", *shop.words, "--out", tmp_path / "W", "--json")
    assert answer.code == 0
    assert answer.document["counts"]["items"] == 19
    assert any("products.csv" in note for note in answer.document["notes"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sku": ""}, "id"),
        ({"sku": "00"}, "00"),  # given already
    ],
    ids=["no id", "duplicate id"],
)
def test_a_product_that_cannot_be_is_left_out_and_named(
    modiste: Modiste, shop: Shop, tmp_path: Path, change: dict[str, str], said: str
) -> None:
    rows = shop_items()
    odd = rows[0] | {"sku": "odd"} | change
    shop.write_items([*rows, odd])
    answer = modiste("data", "table", *shop.words, "--out", tmp_path / "W", "--json")
    assert answer.code == 0
    assert answer.document["counts"]["items"] == 20
    assert any(said in note for note in answer.document["notes"]), answer.document["notes"]


def test_a_product_without_a_category_is_kept_and_named(
    modiste: Modiste, shop: Shop, tmp_path: Path
) -> None:
    rows = shop_items()
    rows[0]["slot"] = ""
    shop.write_items(rows)
    answer = modiste("data", "table", *shop.words, "--out", tmp_path / "W", "--json")
    assert answer.code == 0
    assert answer.document["counts"]["items"] == 20
    assert any("category" in note and "00" in note for note in answer.document["notes"])


def test_unknown_items_and_outfits_of_one_item_are_left_out_and_named(
    modiste: Modiste, shop: Shop, tmp_path: Path
) -> None:
    lonely = {"look": "lonely", "sku": "00"}
    stranger = [{"look": "look0", "sku": "nobody"}]
    shop.write_outfits([*shop_outfits(), lonely, *stranger])
    answer = modiste("data", "table", *shop.words, "--out", tmp_path / "W", "--json")
    assert answer.code == 0
    notes = " ".join(answer.document["notes"])
    assert answer.document["counts"]["outfits"] == 25
    assert "nobody" in notes
    assert "lonely" in notes


def test_a_missing_column_is_misuse_and_names_the_nearest(
    modiste: Modiste, shop: Shop, tmp_path: Path
) -> None:
    words = [word.replace("category=slot", "category=slots") for word in shop.words]
    answer = modiste("data", "table", *words, "--out", tmp_path / "W")
    assert answer.code == 2
    assert "slots" in answer.sentence
    assert "'slot'" in answer.sentence
    assert "products.csv" in answer.sentence
    assert not (tmp_path / "W" / "wardrobe.toml").exists()


@pytest.mark.parametrize("word", ["category", "=slot", "category="])
def test_a_malformed_mapping_is_misuse(
    modiste: Modiste, shop: Shop, tmp_path: Path, word: str
) -> None:
    answer = modiste("data", "table", *shop.words, "--map", word, "--out", tmp_path / "W")
    assert answer.code == 2
    assert "KEY=COLUMN" in answer.sentence


def test_a_missing_table_is_named(modiste: Modiste, shop: Shop, tmp_path: Path) -> None:
    shop.outfits.unlink()
    answer = modiste("data", "table", *shop.words, "--out", tmp_path / "W")
    assert answer.code == 1
    assert "looks.csv" in answer.sentence


def test_text_that_is_not_utf8_is_named_and_another_encoding_reads_it(
    modiste: Modiste, shop: Shop, tmp_path: Path
) -> None:
    rows = shop_items()
    rows[0]["kind"] = "zapatería"
    shop.write_items(rows)
    shop.items.write_bytes(shop.items.read_text("utf-8").encode("latin-1"))
    refused = modiste("data", "table", *shop.words, "--out", tmp_path / "W")
    assert refused.code == 1
    assert "--encoding" in refused.sentence
    read = modiste(
        *("data", "table", *shop.words, "--encoding", "latin-1", "--out", tmp_path / "W", "--json")
    )
    assert read.code == 0
    titles = pl.read_parquet(tmp_path / "W" / "items.parquet")["title"].to_list()
    assert "zapatería red" in titles


def test_a_wardrobe_is_not_written_over_by_mistake(
    modiste: Modiste, shop: Shop, tmp_path: Path
) -> None:
    words = ("data", "table", *shop.words, "--out", tmp_path / "W")
    assert modiste(*words).code == 0
    before = (tmp_path / "W" / "items.parquet").read_bytes()
    refused = modiste(*words)
    assert refused.code == 1
    assert "--replace" in refused.sentence
    assert (tmp_path / "W" / "items.parquet").read_bytes() == before
    assert modiste(*words, "--replace").code == 0


def test_two_processes_do_not_write_one_wardrobe(
    modiste: Modiste, shop: Shop, tmp_path: Path
) -> None:
    hold = (
        "import sys; from pathlib import Path; from modiste.data.wardrobe import wardrobe_lock\n"
        "with wardrobe_lock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    words = ("data", "table", *shop.words, "--out", tmp_path / "W")
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path / "W")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        refused = modiste(*words)
        other.kill()
    assert refused.code == 1
    assert "Another process" in refused.sentence
    assert not (tmp_path / "W" / "items.parquet").exists()
    assert modiste(*words).code == 0, "a lock dies with its process"


def test_a_damaged_wardrobe_is_named(modiste: Modiste, shop: Shop, tmp_path: Path) -> None:
    assert modiste("data", "table", *shop.words, "--out", tmp_path / "W").code == 0
    table = tmp_path / "W" / "items.parquet"
    table.write_bytes(table.read_bytes()[:-200])
    answer = modiste("audit", tmp_path / "W")
    assert answer.code == 1
    assert "items.parquet" in answer.sentence


def test_an_audit_finds_what_is_wrong(modiste: Modiste, shop: Shop, tmp_path: Path) -> None:
    assert modiste("data", "table", *shop.words, "--out", tmp_path / "W").code == 0
    picture = next((tmp_path / "W" / "images").iterdir())
    picture.write_bytes(picture.read_bytes()[:100])
    answer = modiste("audit", tmp_path / "W", "--json")
    assert answer.code == 0
    broken = [f for f in answer.document["findings"] if f["check"] == "undecodable images"]
    assert broken[0]["count"] >= 1
    shown = modiste("audit", tmp_path / "W")
    assert "undecodable" in shown.out

"""Maryland Polyvore: whatever files are there, under the published protocol."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from modiste.data.importing.maryland import import_maryland, slots
from modiste.data.questions.files import load_questions, question_names
from modiste.errors import DataError, DatasetNotFound
from modiste.outfit import CompatibilityQuestion, FitbQuestion

# Set id -> indices; not consecutive, as in the files, where non-fashion items were taken out.
SETS = {
    "train": {"10": [1, 2], "11": [1, 3, 4]},
    "valid": {"20": [2, 5]},
    "test": {"30": [1, 2, 4]},
}
CATEGORIES = {"43": "Pumps", "27": "Jeans", "78": "Food & Drink"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small copy of the data set, with all of its files."""
    root = tmp_path / "maryland"
    root.mkdir()
    for split, sets in SETS.items():
        outfits = [
            {"set_id": s, "items": [item(s, i) for i in places]} for s, places in sets.items()
        ]
        write(root / f"{split}_no_dup.json", outfits)
    entry = {"question": ["30_1", "30_4"], "blank_position": 2, "answers": ["30_2", "20_5", "20_2"]}
    write(root / "fill_in_blank_test.json", [entry])
    (root / "fashion_compatibility_prediction.txt").write_text("1 30_1 30_2 30_4\n0 30_1  20_2\n")
    (root / "category_id.txt").write_text("".join(f"{i} {n}\n" for i, n in CATEGORIES.items()))
    return root


def item(set_id: str, place: int) -> dict[str, Any]:
    return {
        "index": place,
        "name": "" if place == 5 else f"thing {set_id} {place}",
        "price": -1 if place == 1 else 10.0 * place,
        "likes": 3,
        "image": f"http://img1.example/cgi/img-thing?.out=jpg&size=m&tid={set_id}{place}",
        "categoryid": (43, 27, 78)[place % 3],
    }


def products(root: Path, *, order: Sequence[str] = ("train", "valid", "test")) -> None:
    """The Parquet file of all items in file order, without keys."""
    rows = [
        (n, int(f"{set_id}{place}"), CATEGORIES[str(item(set_id, place)["categoryid"])])
        for split in order
        for n, (set_id, place) in enumerate(
            (set_id, place) for set_id, places in SETS[split].items() for place in places
        )
    ]
    columns = ["index", "product_id", "product_category"]
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(
        root / "products_polyvore.parquet"
    )


def named(root: Path) -> None:
    """The Parquet file of some items with names: all of 10 and 30, one of 11."""
    rows = [
        (
            int(s),
            place,
            item(s, place)["name"],
            item(s, place)["price"],
            item(s, place)["categoryid"],
        )
        for s, place in [("10", 1), ("10", 2), ("11", 3), ("30", 1), ("30", 2), ("30", 4)]
    ]
    columns = ["set_id", "clothingItemIndex", "clothingItemName", "clothingItemPrice"]
    columns += ["clothingItemCategoryId"]
    pl.DataFrame(rows, schema=columns, orient="row").write_parquet(root / "named_items.parquet")


def test_outfits_and_items_are_as_the_files_say(root: Path, tmp_path: Path) -> None:
    wardrobe = import_maryland(root, tmp_path / "W")
    assert wardrobe.outfits.rows() == [
        ("10", ["10_1", "10_2"], "train"),
        ("11", ["11_1", "11_3", "11_4"], "train"),
        ("20", ["20_2", "20_5"], "valid"),
        ("30", ["30_1", "30_2", "30_4"], "test"),
    ]
    jeans = wardrobe.item("30_4")
    assert (jeans.category, jeans.fine, jeans.title) == ("bottoms", "Jeans", "thing 30 4")
    assert (jeans.price, jeans.attributes) == (40.0, {"product": "304"})
    assert wardrobe.item("30_1").price is None  # -1 in the file
    food = wardrobe.item("20_5")
    assert (food.category, food.title) == ("other", "Food & Drink")  # no name: its category's
    assert wardrobe.info.notes == (
        "Items without a name, for which that of the category stands in: 1 (20_5).",
        "There are no photographs.",
    )


def test_the_first_candidate_is_the_right_one_as_published(root: Path, tmp_path: Path) -> None:
    wardrobe = import_maryland(root, tmp_path / "W")
    assert question_names(wardrobe.root) == ["official-test"]
    assert load_questions(wardrobe.root, "official-test") == [
        FitbQuestion(
            question=("30_1", "30_4"), candidates=("30_2", "20_5", "20_2"), answer=0, position=1
        ),
        CompatibilityQuestion(items=("30_1", "30_2", "30_4"), label=1),
        CompatibilityQuestion(items=("30_1", "20_2"), label=0),
    ]


def test_without_the_test_file_the_test_outfits_come_from_the_questions(
    root: Path, tmp_path: Path
) -> None:
    whole = import_maryland(root, tmp_path / "whole")
    (root / "test_no_dup.json").unlink()
    from_compatibility = import_maryland(root, tmp_path / "compatibility")
    (root / "fashion_compatibility_prediction.txt").unlink()
    from_fitb = import_maryland(root, tmp_path / "fitb")
    for wardrobe in (from_compatibility, from_fitb):
        assert wardrobe.outfits.rows() == whole.outfits.rows()
        assert wardrobe.items["id"].to_list() == whole.items["id"].to_list()
        assert "test_no_dup.json is absent: the 1 test outfits were rebuilt" in "\n".join(
            wardrobe.info.notes
        )
        assert wardrobe.item("30_1").category == "unknown"


def test_categories_without_keys_are_given_to_the_items_in_file_order(
    root: Path, tmp_path: Path
) -> None:
    whole = import_maryland(root, tmp_path / "whole")
    (root / "test_no_dup.json").unlink()
    products(root)
    wardrobe = import_maryland(root, tmp_path / "W")
    facts = ["id", "category", "fine", "product"]
    assert wardrobe.items.select(facts).rows() == whole.items.select(facts).rows()


def test_categories_in_another_order_are_not_used(root: Path, tmp_path: Path) -> None:
    whole = import_maryland(root, tmp_path / "whole")
    products(root, order=("train", "test", "valid"))
    table = pl.read_parquet(root / "products_polyvore.parquet")
    rotated = table.with_columns(pl.col("product_category").reverse())
    rotated.write_parquet(root / "products_polyvore.parquet")
    wardrobe = import_maryland(root, tmp_path / "W")
    assert "not in the order of the train outfits" in "\n".join(wardrobe.info.notes)
    assert wardrobe.items.rows() == whole.items.rows()


def test_train_outfits_that_are_known_in_part_are_said_to_be_so(root: Path, tmp_path: Path) -> None:
    (root / "train_no_dup.json").unlink()
    named(root)
    wardrobe = import_maryland(root, tmp_path / "W")
    assert wardrobe.outfits.filter(pl.col("split") == "train").rows() == [
        ("10", ["10_1", "10_2"], "train")  # of 11 one item is known: no outfit
    ]
    assert wardrobe.item("10_2").title == "thing 10 2"
    notes = "\n".join(wardrobe.info.notes)
    assert "1 of the 17,316 train outfits are there in part" in notes
    (root / "valid_no_dup.json").unlink()  # then it cannot be told what is train
    notes = "\n".join(import_maryland(root, tmp_path / "V").info.notes)
    assert "in part" not in notes


def test_photographs_lie_in_a_folder_a_set(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    (folder / "10").mkdir(parents=True)
    (folder / "10" / "2.jpg").write_bytes(b"jpeg")
    (folder / "2.jpg").write_bytes(b"of nothing")  # never found by its base name
    wardrobe = import_maryland(root, tmp_path / "W", images=folder)
    images = wardrobe.items.filter(pl.col("image").is_not_null())
    assert images.select("id", "image").rows() == [("10_2", "images/10_2.jpg")]
    assert "Items without a photograph, kept: 9 (" in wardrobe.info.notes[-1]


def test_a_folder_with_none_of_the_files_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFound, match="None of the files train_no_dup.json, "):
        import_maryland(tmp_path, tmp_path / "W")
    assert not (tmp_path / "W").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("train_no_dup.json", '[{"set_id": "1"}]'),
        ("valid_no_dup.json", "[3]"),
        ("test_no_dup.json", '[{"set_id": "1", "items": [[]]}]'),
        ("fill_in_blank_test.json", '[{"question": ["30_1"], "answers": ["30_2"]}]'),
        ("fashion_compatibility_prediction.txt", "x 30_1 30_2"),
        ("named_items.parquet", "PAR1"),
        ("products_polyvore.parquet", "PAR1"),
        ("category_id.txt", "\udcff"),
    ],
)
def test_a_damaged_file_is_one_sentence(
    root: Path, tmp_path: Path, name: str, content: str
) -> None:
    (root / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=f"{name} is not as it was published") as caught:
        import_maryland(root, tmp_path / "W")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "W").exists()


def test_every_published_category_has_one_slot(shared_data: Path) -> None:
    lines = (shared_data / "maryland" / "category_id.txt").read_text().splitlines()
    names = [line.partition(" ")[2] for line in lines]
    assert sorted(slots()) == sorted(names)


def test_slots_are_those_of_vasileva_where_they_give_one(shared_data: Path) -> None:
    lines = (shared_data / "maryland" / "category_id.txt").read_text().splitlines()
    names = dict(line.split(" ", 1) for line in lines)
    rows = (shared_data / "polyvore_outfits" / "categories.csv").read_text().splitlines()
    given = {row.split(",")[0]: row.split(",")[2].strip() for row in rows[1:]}
    for category_id, slot in given.items():
        if slot and category_id in names:
            assert slots()[names[category_id]] == slot


def test_the_real_files_give_the_whole_protocol(shared_data: Path, tmp_path: Path) -> None:
    wardrobe = import_maryland(shared_data / "maryland", tmp_path / "W")
    counts = dict(wardrobe.outfits["split"].value_counts().rows())
    assert (counts["valid"], counts["test"]) == (1_497, 3_076)
    assert "unknown" not in wardrobe.items["category"]
    questions = load_questions(wardrobe.root, "official-test")
    labels = [q.label for q in questions if isinstance(q, CompatibilityQuestion)]
    assert (labels.count(1), labels.count(0)) == (3_076, 4_000)
    outfits = set(wardrobe.outfits["items"].map_elements("\n".join, pl.String))
    fitb = [q for q in questions if isinstance(q, FitbQuestion)]
    assert len(fitb) == 3_076
    for q in fitb:  # the truth in its place gives the very outfit
        worn = list(q.question)
        worn.insert(q.position or 0, q.candidates[q.answer])
        assert "\n".join(worn) in outfits


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))

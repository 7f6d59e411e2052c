"""Polyvore Outfits: the files as published, the official questions under their own rule."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from modiste.data.importing.polyvore import import_polyvore_outfits
from modiste.data.questions.files import load_questions, question_names
from modiste.errors import DataError, DatasetNotFound, UnknownName
from modiste.outfit import CompatibilityQuestion, FitbQuestion

# Item ids and places differ, as in the files: 900 is worn as 1_3 and as 2_1.
OUTFITS = {
    "train": {"1": ["700", "800", "900"], "2": ["900", "701", "701"]},
    "valid": {"3": ["702", "801"]},
    "test": {"4": ["703", "802", "902"], "5": ["704"], "6": ["705", "803"]},
}
SEMANTIC = {"7": "shoes", "8": "tops", "9": "bags"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small copy of the data set, as complete as the authors' archive."""
    root = tmp_path / "polyvore_outfits"
    folder = root / "disjoint"
    folder.mkdir(parents=True)
    for split, outfits in OUTFITS.items():
        rows = [
            {
                "set_id": name,
                "items": [{"item_id": i, "index": n} for n, i in enumerate(items, start=1)],
            }
            for name, items in outfits.items()
        ]
        write(folder / f"{split}.json", rows)
        first = next(iter(outfits))
        question = {
            "question": [f"{first}_1"],
            "blank_position": 2,
            "answers": ["9_9" if split == "valid" else "4_1", f"{first}_2"],
        }
        write(folder / f"fill_in_blank_{split}.json", [question])
        lines = f"1 {first}_1  {first}_2 \n0  {first}_2 {first}_1\n"
        (folder / f"compatibility_{split}.txt").write_text(lines)
    ids = {item for outfits in OUTFITS.values() for items in outfits.values() for item in items}
    metadata = {
        item: {
            "url_name": f"url {item}",
            "title": "" if item == "700" else f"A \n title\tof {item} \ud800",
            "description": "soft",
            "category_id": "41" if item[0] == "7" else "11",
            "semantic_category": SEMANTIC[item[0]],
        }
        for item in ids - {"802"}
    }
    write(root / "polyvore_item_metadata.json", metadata)
    write(folder / "item_semantic_category.json", {item: SEMANTIC[item[0]] for item in ids})
    (root / "categories.csv").write_text("41,sandal,shoes \n11,shirt,tops\n")
    (folder / "typespaces.p").write_bytes(pickle.dumps(Bomb()))
    return root


class Bomb:
    """A pickle that tells when it is read."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return pytest.fail, ("a pickle was read",)


def test_outfits_are_of_items_in_the_split_of_their_file(root: Path, tmp_path: Path) -> None:
    wardrobe = import_polyvore_outfits(root, tmp_path / "W")
    assert wardrobe.outfits.rows() == [
        ("1", ["700", "800", "900"], "train"),
        ("2", ["900", "701"], "train"),
        ("3", ["702", "801"], "valid"),
        ("4", ["703", "802", "902"], "test"),
        ("6", ["705", "803"], "test"),
    ]
    assert "Outfits that repeat an item, which is kept once: 1 (2)." in wardrobe.info.notes
    assert "Outfits of fewer than two items, left out: 1 (5)." in wardrobe.info.notes
    assert wardrobe.info.extra == {"variant": "disjoint"}


def test_what_the_metadata_say_becomes_the_item(root: Path, tmp_path: Path) -> None:
    wardrobe = import_polyvore_outfits(root.parent, tmp_path / "W")  # the folder around it
    item = wardrobe.item("701")
    assert (item.category, item.fine, item.title) == ("shoes", "sandal", "A title of 701 ?")
    assert item.attributes == {"category_id": "41", "description": "soft"}
    assert wardrobe.item("700").title == "url 700"  # no title of its own
    unknown = wardrobe.item("802")  # not in the metadata
    assert (unknown.category, unknown.fine, unknown.title) == ("tops", "tops", "tops")


def test_the_right_answer_is_the_candidate_of_the_same_set(root: Path, tmp_path: Path) -> None:
    wardrobe = import_polyvore_outfits(root, tmp_path / "W")
    assert question_names(wardrobe.root) == ["official-test", "official-train", "official-valid"]
    assert load_questions(wardrobe.root, "official-train") == [
        FitbQuestion(question=("700",), candidates=("703", "800"), answer=1, position=1),
        CompatibilityQuestion(items=("700", "800"), label=1),
        CompatibilityQuestion(items=("800", "700"), label=0),
    ]
    write(
        root / "disjoint" / "fill_in_blank_train.json",
        [{"question": ["1_1", "1_3"], "blank_position": 2, "answers": ["2_1", "1_2", "2_2"]}],
    )
    wardrobe = import_polyvore_outfits(root, tmp_path / "V")
    assert load_questions(wardrobe.root, "official-train")[0] == FitbQuestion(
        question=("700", "900"), candidates=("900", "800", "701"), answer=1, position=1
    )


def test_questions_that_cannot_be_asked_are_counted(root: Path, tmp_path: Path) -> None:
    notes = import_polyvore_outfits(root, tmp_path / "W").info.notes
    [note] = [note for note in notes if note.startswith("Questions that cannot be asked")]
    assert ": 2 (" in note and "fill_in_blank_valid.json entry 1: '9_9'" in note
    assert "fill_in_blank_test.json entry 1: 2 candidates are of the outfit asked about" in note


def test_absent_files_are_said_and_the_rest_is_imported(root: Path, tmp_path: Path) -> None:
    (root / "polyvore_item_metadata.json").unlink()
    (root / "disjoint" / "train.json").unlink()
    (root / "disjoint" / "compatibility_valid.txt").unlink()
    write(root / "train_category_fine_200806.json", {"702": "41"})
    wardrobe = import_polyvore_outfits(root, tmp_path / "W")
    notes = "\n".join(wardrobe.info.notes)
    assert "disjoint/train.json is absent: no train outfits or questions." in notes
    assert "polyvore_item_metadata.json is absent: no titles" in notes
    assert "Question files that are absent: 1 (compatibility_valid.txt)." in notes
    assert "The fine category is known of 1 of 8 items" in notes
    assert (wardrobe.item("702").fine, wardrobe.item("703").fine) == ("sandal", "shoes")
    assert question_names(wardrobe.root) == [
        "official-test"
    ]  # the FITB question of valid cannot be asked
    assert set(wardrobe.outfits["split"]) == {"valid", "test"}


@pytest.mark.parametrize("packed", [False, True])
def test_photographs_come_from_files_or_from_the_hubs_parquet(
    root: Path, tmp_path: Path, packed: bool
) -> None:
    if packed:
        (root / "data" / "disjoint").mkdir(parents=True)
        table = pl.DataFrame({"item_id": ["700"], "image": [{"bytes": b"jpeg", "path": None}]})
        table.write_parquet(root / "data" / "disjoint" / "train.parquet")
    else:
        (root / "images").mkdir()
        (root / "images" / "700.jpg").write_bytes(b"jpeg")
    wardrobe = import_polyvore_outfits(root, tmp_path / "W")
    path = wardrobe.image_path(wardrobe.item("700").image)
    assert path is not None and path.read_bytes() == b"jpeg"
    assert wardrobe.item("701").image is None
    assert "Items without a photograph, kept: 11 (" in wardrobe.info.notes[-1]


def test_another_variant_or_an_empty_folder_is_one_sentence(root: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'disjoint'"):
        import_polyvore_outfits(root, tmp_path / "W", variant="disjiont")
    with pytest.raises(DatasetNotFound, match="None of the files nondisjoint/train.json, "):
        import_polyvore_outfits(root, tmp_path / "W", variant="nondisjoint")
    assert not (tmp_path / "W").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("disjoint/train.json", "[{}]"),
        ("disjoint/train.json", "[[1]]"),
        ("disjoint/valid.json", '[{"set_id": "1", "items": [{"index": 1}]}]'),
        ("disjoint/test.json", "[" * 100_000),
        ("disjoint/test.json", "\ud800"),
        ("disjoint/fill_in_blank_test.json", '[{"question": 3}]'),
        ("disjoint/compatibility_test.txt", "2 4_1 4_2\n"),
        ("disjoint/item_semantic_category.json", "[1]"),
        ("polyvore_item_metadata.json", '{"700": 3}'),
    ],
)
def test_a_damaged_file_is_one_sentence(
    root: Path, tmp_path: Path, name: str, content: str
) -> None:
    (root / name).write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(DataError, match=f"{name} is not as it was published") as caught:
        import_polyvore_outfits(root, tmp_path / "W")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "W").exists()


@pytest.mark.parametrize(
    ("variant", "outfits", "items"),
    [
        pytest.param(
            "disjoint",
            {"train": 16_995, "valid": 3_000, "test": 15_145},
            152_785,
            marks=pytest.mark.slow,
        ),
        ("nondisjoint", {"valid": 5_000, "test": 10_000}, 69_279),
    ],
)
def test_the_real_files_are_imported_whole(
    shared_data: Path, tmp_path: Path, variant: str, outfits: dict[str, int], items: int
) -> None:
    root = shared_data / "polyvore_outfits"
    wardrobe = import_polyvore_outfits(root, tmp_path / "W", variant=variant)
    assert dict(wardrobe.outfits["split"].value_counts().rows()) == outfits
    assert len(wardrobe.items) == items
    assert "unknown" not in wardrobe.items["category"]
    worn = {frozenset(items) for items in wardrobe.outfits["items"]}
    for split, count in outfits.items():
        questions = load_questions(wardrobe.root, f"official-{split}")
        fitb = [q for q in questions if isinstance(q, FitbQuestion)]
        labels = [q.label for q in questions if isinstance(q, CompatibilityQuestion)]
        assert (len(fitb), labels.count(0), labels.count(1)) == (count, count, count)
        for q in fitb:  # the right answer gives an outfit that exists
            assert frozenset((*q.question, q.candidates[q.answer])) in worn


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))

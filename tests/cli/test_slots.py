"""`modiste data slots` and `data export`: tables for people, one document for programs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Modiste, Shop
from tests.conftest import Example


@pytest.fixture
def wardrobe(modiste: Modiste, shop: Shop, tmp_path: Path) -> Path:
    """The shop, imported: 25 outfits of shoes, tops, bottoms and bags, in this order."""
    assert modiste("data", "table", *shop.words, "--out", tmp_path / "W").code == 0
    return tmp_path / "W"


def test_counts_of_every_step_are_printed_and_in_the_document(
    modiste: Modiste, wardrobe: Path, tmp_path: Path
) -> None:
    words = ("data", "slots", wardrobe, "--slots", "bags,shoes,tops,bottoms")
    shown = modiste(*words, "--out", tmp_path / "A")
    assert shown.code == 0
    for heading in ("long enough", "all slots", "distinct", "label 1", "in compatible rows"):
        assert heading in shown.out
    assert f"Next: modiste embed {tmp_path / 'A'}" in shown.out
    document = modiste(*words, "--out", tmp_path / "B", "--json").document
    assert document["counts"]["totals"]["rows"]["kept"] == 25
    assert document["counts"]["totals"]["outfits"]["complete"] == 25
    assert document["slots"] == ["bags", "shoes", "tops", "bottoms"]
    with Path(document["rows_file"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["compatibility", "item_1", "item_2", "item_3", "item_4"]
    assert {(row["item_1"][0], row["item_4"][0]) for row in rows} == {("3", "2")}  # bags, bottoms


def test_splits_stay_unless_they_are_drawn_again(
    modiste: Modiste, wardrobe: Path, tmp_path: Path
) -> None:
    words = ("data", "slots", wardrobe, "--slots", "shoes,tops", "--json", "--out")
    assert not any("drawn again" in n for n in modiste(*words, tmp_path / "A").document["notes"])
    drawn = modiste(*words, tmp_path / "B", "--resplit", "--seed", 5).document
    assert "The splits were drawn again with seed 5." in drawn["notes"]
    assert drawn["counts"]["near_duplicates"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--slots", "shoe,tops"], "did you mean 'shoes'"),
        (["--slots", "shoes,hats"], "No item of"),
        (["--slots", "shoes"], "fewer than two"),
        (["--slots", "shoes,tops", "--map", "bag=tops"], "did you mean 'bags'"),
        (["--slots", "shoes,tops", "--map", "bags"], "OLD=NEW"),
        (["--slots", "shoes,tops", "--augment", "1"], "2 nearest"),
        (["--slots", "shoes,tops", "--augment", "0"], "2 nearest"),
        (["--slots", "shoes,tops", "--augment-order", "published"], "--augment K"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence_and_writes_nothing(
    modiste: Modiste, wardrobe: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    answer = modiste("data", "slots", wardrobe, *words, "--out", tmp_path / "W2")
    assert answer.code == 2
    assert said in answer.sentence
    assert not (tmp_path / "W2").exists()


def test_augmenting_without_features_names_the_command_that_makes_them(
    modiste: Modiste, wardrobe: Path, tmp_path: Path
) -> None:
    words = ("data", "slots", wardrobe, "--slots", "shoes,tops", "--augment", 5)
    answer = modiste(*words, "--out", tmp_path / "W2")
    assert answer.code == 1
    assert f"modiste embed {wardrobe}" in answer.sentence


def test_a_drawn_wardrobe_is_reduced_and_augmented_with_its_features(
    modiste: Modiste, example: Example, tmp_path: Path
) -> None:
    words = ("data", "slots", example.wardrobe, "--slots", "shoes,tops,bottoms", "--augment", 3)
    answer = modiste(*words, "--out", tmp_path / "W2", "--json")
    assert answer.code == 0
    made = answer.document
    assert set(made["features"]) == {"image", "text", "colour"}
    originals = made["counts"]["totals"]["outfits"]["kept"]
    assert sum(made["splits"].values()) == originals + made["augmented"]["variants"]
    assert made["augmented"]["variants"] > originals
    assert modiste("embed", tmp_path / "W2", "--json").document["encoded"]["image"] == 0
    leaks = modiste(*words, "--augment-order", "published", "--out", tmp_path / "W3", "--json")
    assert any("near-copies" in note for note in leaks.document["notes"])


def test_photographs_are_exported_and_missing_ones_said(
    modiste: Modiste, wardrobe: Path, tmp_path: Path
) -> None:
    picture = sorted((wardrobe / "images").iterdir())[0]
    picture.unlink()
    words = ("data", "export", wardrobe, "--layout", "imagefolder", "--used")
    answer = modiste(*words, "--out", tmp_path / "X")
    assert answer.code == 0
    assert "items without a photograph are left out" in answer.out
    found = list((tmp_path / "X").rglob("*.jpg"))
    document = modiste(*words, "--out", tmp_path / "X", "--json").document
    total = sum(n for splits in document["counts"].values() for n in splits.values())
    assert total == len(found) == 20 - document["without_image"]
    assert set(document["counts"]) == {"shoes", "tops", "bottoms", "bags"}

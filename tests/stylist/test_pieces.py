from __future__ import annotations

from pathlib import Path

import pytest

from modiste.data.batches import ItemTable
from modiste.data.wardrobe import Wardrobe
from modiste.errors import ImageError, Misuse, UnknownItem, UnknownName
from modiste.models.controls import MeanCosine
from modiste.stylist.stylist import Stylist

from .conftest import draw


def test_a_photograph_is_judged_like_the_item_it_shows(
    stylist: Stylist, wardrobe: Wardrobe
) -> None:
    shown = str(wardrobe.image_path("images/boots-red-1.png"))
    for photograph in (shown, f"shoes={shown}", f"boots={shown}"):
        by_photograph = stylist.score([photograph, "shirts-red-0", "handbags-blue-1"])
        by_id = stylist.score(["boots-red-1", "shirts-red-0", "handbags-blue-1"])
        assert by_photograph.verdict.logit == pytest.approx(by_id.verdict.logit, abs=1e-6)
        assert by_photograph.pieces[0].category == "shoes"


def test_a_category_that_was_not_given_is_guessed_and_the_answer_says_so(
    stylist: Stylist, tmp_path: Path
) -> None:
    photograph = draw(tmp_path / "mine.png", "green", "dresses", 9)
    guessed = stylist.score([str(photograph), "boots-green-0"])
    assert (guessed.pieces[0].category, guessed.pieces[0].guessed) == ("dresses", True)
    assert "mine.png is taken for dresses" in guessed.notes[0] and "CATEGORY" in guessed.notes[0]
    told = stylist.score([f"dresses={photograph}", "boots-green-0"])
    assert told.notes == () and not told.pieces[0].guessed


def test_a_coarse_category_bounds_the_guess_of_the_fine_one(
    stylist: Stylist, tmp_path: Path
) -> None:
    looks_like_a_dress = draw(tmp_path / "odd.png", "green", "dresses", 9)
    piece = stylist.photograph(looks_like_a_dress, "tops")
    assert piece.garment.category == "tops" and piece.garment.fine in ("shirts", "sweaters")
    assert not piece.note


def test_an_image_of_the_catalogue_is_known_by_its_bytes(
    stylist: Stylist, tmp_path: Path, wardrobe: Wardrobe
) -> None:
    copy = tmp_path / "copy.png"
    copy.write_bytes((wardrobe.root / "images/boots-red-1.png").read_bytes())
    twins = stylist.photograph(copy, "boots").twins
    assert [stylist.context.stock.table.ids[row] for row in twins] == ["boots-red-1"]


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ("boots-red-11", UnknownItem, "did you mean 'boots-red-1'"),
        ("boots=red", UnknownItem, "No item"),
        ("", UnknownItem, "No item"),
        ("nowhere.jpg", ImageError, "nowhere.jpg"),
        ("shoes=nowhere.jpg", ImageError, "nowhere.jpg"),
        ("folder/", ImageError, "folder"),
    ],
)
def test_what_cannot_be_found_is_said_in_a_sentence(
    stylist: Stylist, given: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        stylist.score(["boots-red-0", given])


def test_a_file_that_is_no_image_or_has_an_unknown_category_is_refused(
    stylist: Stylist, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 no picture")
    with pytest.raises(ImageError, match=r"broken\.jpg"):
        stylist.score(["boots-red-0", str(broken)])
    fine = draw(tmp_path / "fine.png", "red", "tops")
    with pytest.raises(UnknownName, match="did you mean 'tops'"):
        stylist.score(["boots-red-0", f"topz={fine}"])


def test_a_file_whose_name_has_an_equals_sign_is_a_file(stylist: Stylist, tmp_path: Path) -> None:
    odd = draw(tmp_path / "a=b.png", "red", "tops")
    assert stylist.score(["boots-red-0", str(odd)]).pieces[1].category == "tops"


def test_a_piece_given_twice_is_refused_however_it_is_spelt(
    stylist: Stylist, tmp_path: Path
) -> None:
    photograph = draw(tmp_path / "mine.png", "red", "tops")
    again = f"{tmp_path}/../{tmp_path.name}/mine.png"
    for twice in (["boots-red-0", "boots-red-0"], [str(photograph), f"tops={again}"]):
        with pytest.raises(Misuse, match="more than once"):
            stylist.score(twice)


def test_a_whole_catalogue_is_no_outfit(stylist: Stylist, wardrobe: Wardrobe) -> None:
    with pytest.raises(Misuse, match="60 or fewer"):
        stylist.score(wardrobe.items["id"].to_list())


def test_a_model_that_sees_nothing_says_so(
    wardrobe: Wardrobe, table: ItemTable, tmp_path: Path
) -> None:
    blind = Stylist(MeanCosine(), table, wardrobe)
    with pytest.raises(Misuse, match="does not look at photographs"):
        blind.score(["boots-red-0", str(draw(tmp_path / "mine.png", "red", "tops"))])

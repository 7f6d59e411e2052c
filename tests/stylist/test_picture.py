"""Looks drawn as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from modiste.errors import Misuse, ModisteError
from modiste.stylist.pictures import lettering
from modiste.stylist.pictures.arrangement import Box, arranged
from modiste.stylist.pictures.cutout import Cutout
from modiste.stylist.pictures.lettering import legible, length, lines
from modiste.stylist.pictures.sheet import (
    GIVEN,
    INK,
    PAPER,
    PictureLook,
    PicturePiece,
    draw_look,
    draw_looks,
)

SLOTS = ("outerwear", "tops", "bottoms", "shoes", "bags", "jewellery", "hats", "accessories")


@pytest.fixture
def garment(tmp_path: Path) -> Path:
    """A red square on a studio ground that is darker towards the top."""
    light = np.linspace(205, 240, 120)[:, None, None] * np.ones((1, 80, 3))
    picture = Image.fromarray(light.astype(np.uint8))
    ImageDraw.Draw(picture).rectangle((20, 40, 60, 90), fill=(180, 20, 30))
    picture.save(tmp_path / "red.png")
    return tmp_path / "red.png"


def piece(image: Path | None, category: str = "tops", **more: object) -> PicturePiece:
    return replace(PicturePiece(image=image, title="a red top", category=category), **more)  # type: ignore[arg-type]


def pixels(picture: Image.Image) -> npt.NDArray[np.int16]:
    return np.asarray(picture, dtype=np.int16)


def near(picture: Image.Image, colour: tuple[int, int, int], by: int = 6) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = np.abs(pixels(picture) - np.array(colour)).max(axis=2) <= by
    return found


def test_studio_grey_turns_into_paper_and_the_garment_stays(garment: Path) -> None:
    cutout = Cutout(garment)
    assert not cutout.scene
    width, height = cutout.size
    assert width / height == pytest.approx(41 / 51, abs=0.1)
    assert cutout.light[height // 2, width // 2, 0] > cutout.light[height // 2, width // 2, 1] + 0.4
    sheet = draw_look([piece(garment)])
    other = ~near(sheet, PAPER)
    red = pixels(sheet)[..., 0] - pixels(sheet)[..., 1] > 90
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    box = other[rows[0] - 3 : rows[-1] + 4, columns[0] - 3 : columns[-1] + 4]
    above = other[: rows[0] - 20]
    assert box.mean() > 0.9
    assert not above.any()


def test_a_white_garment_on_grey_stays_visible(tmp_path: Path) -> None:
    picture = Image.new("RGB", (80, 100), (224, 224, 226))
    ImageDraw.Draw(picture).rectangle((20, 20, 60, 80), fill=(250, 250, 250))
    picture.save(tmp_path / "white.png")
    middle = Cutout(tmp_path / "white.png").light[30, 20]
    assert middle.min() > 1.02


def test_a_scene_is_laid_down_as_it_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    street = rng.integers(0, 120, (60, 60, 3)).astype(np.uint8)
    Image.fromarray(street).resize((300, 300)).save(tmp_path / "street.png")
    assert Cutout(tmp_path / "street.png").scene


@pytest.mark.parametrize("count", range(1, 16))
def test_any_number_of_pieces_is_drawn_without_overlap(garment: Path, count: int) -> None:
    pieces = [piece(garment, SLOTS[n % len(SLOTS)]) for n in range(count)]
    boxes, tall = arranged(pieces, 800, lambda number, width, height: (width, height))
    assert len(boxes) == count
    for place, box in enumerate(boxes):
        assert box.x >= -1e-6 and box.x + box.width <= 800 + 1e-6
        assert box.y >= -1e-6 and box.y + box.height <= tall + 1e-6
        assert not any(_overlap(box, other) for other in boxes[:place])
    sheet = draw_look(pieces, width=400)
    assert sheet.width == 400
    red = pixels(sheet)[..., 0] - pixels(sheet)[..., 1] > 90
    assert red.sum() > 100 * count


def test_pieces_lie_where_they_are_worn() -> None:
    slots = ("shoes", "bags", "outerwear", "tops", "bottoms", "jewellery")
    boxes, _ = arranged([piece(None, s) for s in slots], 800, lambda n, w, h: (w, h))
    at = dict(zip(slots, boxes, strict=True))
    assert at["tops"].y < at["bottoms"].y < at["shoes"].y
    assert at["outerwear"].y < at["bags"].y
    assert at["outerwear"].x < at["tops"].x < at["jewellery"].x
    assert at["tops"].x == at["bottoms"].x == at["shoes"].x


def test_the_order_of_pieces_changes_nothing_but_neighbours(garment: Path) -> None:
    pieces = [piece(garment, slot) for slot in SLOTS]
    assert (pixels(draw_look(pieces)) == pixels(draw_look(pieces[::-1]))).all()


def test_given_pieces_alone_are_framed_in_green(garment: Path) -> None:
    assert not near(draw_look([piece(garment)]), GIVEN, 2).any()
    one = draw_look([piece(garment, given=True), piece(garment, "shoes")])
    both = draw_look([piece(garment, given=True), piece(garment, "shoes", given=True)])
    assert 100 < near(one, GIVEN, 2).sum() < near(both, GIVEN, 2).sum()


@pytest.mark.parametrize("damage", ["none", "missing", "broken", "folder"])
def test_a_missing_photograph_becomes_a_card(tmp_path: Path, damage: str) -> None:
    path: Path | None = tmp_path / "gone.jpg"
    if damage == "broken":
        (tmp_path / "gone.jpg").write_bytes(b"\xff\xd8\xff nothing")
    elif damage == "folder":
        (tmp_path / "gone.jpg").mkdir()
    elif damage == "none":
        path = None
    sheet = draw_look([piece(path, "shoes", given=True)])
    assert near(sheet, (252, 250, 247), 1).mean() > 0.02
    assert near(sheet, GIVEN, 2).any()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("navy shirt", "navy shirt"),
        ("Übergröße nai\u0308ve", "Übergröße naïve"),
        ("Летний образ – ещё", "Летний образ – ещё"),
        ("Καλοκαιρινό φόρεμα", "Καλοκαιρινό φόρεμα"),
        ("青いセーター ｘｌ", "xl"),
        ("−.12 “x”\n\t y", "−.12 “x” y"),
        ("\x00\u202e\U0001f3a9", ""),
    ],
)
def test_a_text_shows_what_the_typeface_has(text: str, shown: str) -> None:
    assert legible(text) == shown


@pytest.mark.parametrize(("shaped", "shown"), [(True, "حقيبة bag"), (False, "bag")])
def test_what_runs_from_right_to_left_is_shown_where_it_can_be_set(
    monkeypatch: pytest.MonkeyPatch, shaped: bool, shown: str
) -> None:
    monkeypatch.setattr("PIL.features.check", lambda feature: shaped)
    for kept in (lettering._shown, lettering._has):
        kept.cache_clear()
    assert legible("حقيبة bag") == shown
    for kept in (lettering._shown, lettering._has):
        kept.cache_clear()


@pytest.mark.parametrize("title", ["Летний образ", "Καλοκαιρινό look"])
def test_greek_and_cyrillic_are_drawn(garment: Path, title: str) -> None:
    drawn, other = (
        near(draw_look([piece(garment)], title=text), INK, 60)[:110]
        for text in (title, "n" * len(title))
    )
    assert drawn.sum() > 0.7 * other.sum()
    assert (drawn != other).any()


def test_long_names_are_cut_and_short_ones_kept() -> None:
    assert lines("short", 14, 200) == ["short"]
    assert lines("", 14, 200) == []
    broken = lines("a name that goes on and on and on until nobody listens", 14, 120)
    assert len(broken) == 2 and broken[1].endswith("…")
    assert all(length(line, 14) <= 120 for line in broken)
    assert lines("W" * 400, 14, 120)[0].endswith("…")


@pytest.mark.parametrize("score", [None, 0.0, 0.5, 1.0, float("nan"), -3.0, 7.0])
def test_any_score_and_title_are_drawn(garment: Path, score: float | None) -> None:
    plain = draw_look([piece(garment)])
    scored = draw_look([piece(garment, note="+.11")], title="雨 look", score=score, words="daring")
    assert scored.height > plain.height


def test_a_board_shows_every_look(garment: Path, tmp_path: Path) -> None:
    looks = [
        PictureLook(
            pieces=[piece(garment, slot) for slot in SLOTS[:n]], title=f"Look {n}", score=0.5
        )
        for n in range(1, 6)
    ]
    board = draw_looks(looks, tmp_path / "board.jpg", title="Five looks", width=900)
    assert board.width == 900
    with Image.open(tmp_path / "board.jpg") as written:
        assert written.format == "JPEG" and written.size == board.size
    red = pixels(board)[..., 0] - pixels(board)[..., 1] > 90
    assert all(red[:, x : x + 300].any() for x in (0, 300, 600))


@pytest.mark.parametrize("ending", [".png", ".jpg", ".JPEG", ".webp"])
def test_a_picture_is_written_in_the_format_of_its_name(
    garment: Path, tmp_path: Path, ending: str
) -> None:
    out = tmp_path / "deep" / f"look{ending}"
    sheet = draw_look([piece(garment)], out)
    with Image.open(out) as written:
        assert written.size == sheet.size
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_misuse_is_one_clear_sentence(garment: Path, tmp_path: Path) -> None:
    cases: Sequence[tuple[dict[str, object], str]] = (
        ({"pieces": []}, "no piece"),
        ({"width": 100}, "100 pixels wide"),
        ({"out": tmp_path / "look.gif"}, "format of 'look.gif'"),
        ({"out": tmp_path / "look"}, "format of 'look'"),
    )
    for wrong, says in cases:
        arguments: dict[str, object] = {"pieces": [piece(garment)], **wrong}
        with pytest.raises(Misuse, match=says):
            draw_look(**arguments)  # type: ignore[arg-type]
    with pytest.raises(Misuse, match="no piece"):
        draw_looks([PictureLook(pieces=[])])


def test_a_picture_that_cannot_be_written_leaves_nothing(garment: Path, tmp_path: Path) -> None:
    (tmp_path / "look.png").mkdir()
    with pytest.raises(ModisteError, match="Cannot write"):
        draw_look([piece(garment)], tmp_path / "look.png")
    assert {path.name for path in tmp_path.iterdir()} == {"look.png", "red.png"}


def test_real_photographs_leave_no_grey_box(shared_data: Path) -> None:
    """The border of a cut-out is paper, whatever the studio's light was."""
    files = sorted((shared_data / "mango" / "images").iterdir())[::300]
    clean = []
    for path in files:
        cutout = Cutout(path)
        if cutout.scene:
            continue
        light = cutout.light
        sides = np.concatenate([light[0], light[:, 0], light[:, -1]])
        clean.append(np.median(np.abs(sides - 1)))
    assert len(clean) > 0.9 * len(files)
    assert np.mean(np.array(clean) < 0.02) > 0.95


def _overlap(one: Box, other: Box) -> bool:
    slack = 1e-6
    return (
        one.x + one.width > other.x + slack
        and other.x + other.width > one.x + slack
        and one.y + one.height > other.y + slack
        and other.y + other.height > one.y + slack
    )

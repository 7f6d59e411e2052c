"""Look-alikes: a copy saved again is found; another garment on the same ground is not."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from modiste.data.audit.near_duplicates import near_duplicate_photographs, same_photographs
from modiste.data.photographs import measure_photographs
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.outfit import Item


def garment(*box: int, colour: str = "navy") -> Image.Image:
    picture = Image.new("RGB", (240, 320), (240, 238, 232))
    ImageDraw.Draw(picture).rounded_rectangle(box, 20, fill=colour)
    return picture


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


@pytest.fixture
def wardrobe_of(tmp_path: Path) -> Callable[[dict[str, bytes]], Wardrobe]:
    def make(images: dict[str, bytes]) -> Wardrobe:
        (tmp_path / "images").mkdir()
        for name, data in images.items():
            (tmp_path / "images" / name).write_bytes(data)
        items = [Item(id=n, category="tops", fine="tops", image=f"images/{n}") for n in images]
        return create_wardrobe(tmp_path, items, [], WardrobeInfo(name="w"))

    return make


def test_copies_are_found_and_different_garments_are_not(
    wardrobe_of: Callable[[dict[str, bytes]], Wardrobe],
) -> None:
    shirt, skirt = garment(60, 50, 180, 200), garment(80, 120, 160, 300)
    wardrobe = wardrobe_of(
        {
            "shirt": jpeg(shirt),
            "same": jpeg(shirt),
            "smaller": jpeg(shirt.resize((150, 200)), quality=60),
            "cropped": jpeg(shirt.crop((2, 2, 238, 318))),
            "red": jpeg(garment(60, 50, 180, 200, colour="crimson")),
            "wider": jpeg(garment(52, 50, 188, 200)),
            "skirt": jpeg(skirt),
            "broken": jpeg(skirt)[:500],
        }
    )
    photographs = measure_photographs(wardrobe)
    assert same_photographs(photographs) == [["shirt", "same"]]
    near = {frozenset(pair) for pair in near_duplicate_photographs(wardrobe, photographs)}
    copies = ["shirt", "same", "smaller", "cropped"]
    expected = {frozenset((a, b)) for a in copies for b in copies if a != b}
    assert near == expected - {frozenset(("shirt", "same"))}


def test_white_on_white_is_told_apart(
    wardrobe_of: Callable[[dict[str, bytes]], Wardrobe],
) -> None:
    shirt = garment(60, 50, 180, 200, colour="#f6f5f2")
    wardrobe = wardrobe_of(
        {
            "shirt": jpeg(shirt),
            "copy": jpeg(shirt, quality=85),
            "skirt": jpeg(garment(80, 120, 160, 300, colour="#f6f5f2")),
            "longer": jpeg(garment(60, 50, 180, 240, colour="#f6f5f2")),
        }
    )
    near = near_duplicate_photographs(wardrobe, measure_photographs(wardrobe))
    assert near == [("shirt", "copy")]


def test_no_photograph_has_no_look_alike(
    wardrobe_of: Callable[[dict[str, bytes]], Wardrobe],
) -> None:
    wardrobe = wardrobe_of({})
    photographs = measure_photographs(wardrobe)
    assert same_photographs(photographs) == []
    assert near_duplicate_photographs(wardrobe, photographs) == []

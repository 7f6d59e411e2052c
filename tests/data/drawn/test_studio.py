"""What drawn garments look like, and who draws them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from modiste.data.drawn.build import plan_wardrobe
from modiste.data.drawn.canvas import SIZE
from modiste.data.drawn.cuts import CUTS, STYLES
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.palettes import COLOURS
from modiste.data.drawn.shapes import SHAPES
from modiste.data.drawn.studio import draw_pictures, photograph
from modiste.errors import ModisteError

PLAIN = DrawnGarment(
    fine="t-shirt",
    style="casual",
    fabric="cotton",
    colour="navy",
    accent="white",
    pattern="plain",
    price=20,
    seed=7,
)


def pixels(garment: DrawnGarment) -> npt.NDArray[np.float32]:
    return np.asarray(photograph(garment), dtype=np.float32)


def test_every_kind_has_a_shape() -> None:
    assert set(SHAPES) == set(CUTS)


@pytest.mark.parametrize("fine", sorted(CUTS))
def test_every_kind_and_style_is_drawn_inside_a_light_picture(fine: str) -> None:
    for style in STYLES:
        for fabric in getattr(CUTS[fine], style)[:1]:
            picture = pixels(replace(PLAIN, fine=fine, style=style, fabric=fabric))
            assert picture.shape == (SIZE, SIZE, 3)
            corners = picture[[0, 0, -1, -1], [0, -1, 0, -1]]
            assert corners.min() > 215
            drawn = (picture.mean(axis=2) < 190).mean()
            assert 0.015 < drawn < 0.7, style


@pytest.mark.parametrize("fine", sorted(CUTS))
def test_styles_of_a_kind_look_different(fine: str) -> None:
    casual, smart, evening = (
        pixels(replace(PLAIN, fine=fine, style=style, fabric=getattr(CUTS[fine], style)[0]))
        for style in STYLES
    )
    for one, other in ((casual, smart), (smart, evening), (casual, evening)):
        assert (np.abs(one - other).max(axis=2) > 12).sum() > 200


def test_the_paper_says_nothing_about_the_garment() -> None:
    rim = np.ones((SIZE, SIZE), dtype=bool)
    rim[6:-6, 6:-6] = False
    papers = [
        pixels(replace(PLAIN, fine=fine, colour=colour, style=style))[rim]
        for fine, colour, style in (
            ("t-shirt", "navy", "casual"),
            ("clutch", "red", "evening"),
            ("beanie", "white", "smart"),
        )
    ]
    assert (papers[0] == papers[1]).all() and (papers[0] == papers[2]).all()
    assert (pixels(replace(PLAIN, seed=8))[rim] != papers[0]).any()


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_a_garment_has_the_colour_it_is_named_after(colour: str) -> None:
    middle = pixels(replace(PLAIN, colour=colour))[120:200, 120:180].reshape(-1, 3).mean(axis=0)
    away = {name: np.abs(middle / 255 - value).max() for name, value in COLOURS.items()}
    assert min(away, key=lambda name: away[name]) == colour


@pytest.mark.parametrize(
    "pattern", ["striped", "checked", "dotted", "floral", "pinstriped", "tartan"]
)
def test_a_pattern_shows_both_colours(pattern: str) -> None:
    patterned = replace(PLAIN, pattern=pattern, fine="sweater")
    middle = pixels(patterned)[110:210, 110:190].mean(axis=2)
    plain = pixels(replace(PLAIN, fine="sweater"))[110:210, 110:190].mean(axis=2)
    assert middle.std() > 2 * plain.std()
    assert np.percentile(middle, 98) > np.percentile(plain, 98) + 60


def test_a_dark_garment_fades_into_the_paper_over_some_pixels() -> None:
    row = pixels(replace(PLAIN, colour="black"))[150].mean(axis=1)
    assert ((row > 70) & (row < 200)).any()


def test_processes_draw_what_one_process_draws(tmp_path: Path) -> None:
    orders = plan_wardrobe(items=70, outfits=1, seed=5).orders
    told: list[tuple[int, int]] = []
    draw_pictures(tmp_path / "two", orders, workers=2, progress=lambda *done: told.append(done))
    assert told == [(n, 70) for n in range(1, 71)]
    draw_pictures(tmp_path / "one", orders[:6], workers=1)
    for name, _ in orders[:6]:
        assert (tmp_path / "two" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_a_process_that_cannot_write_says_so(tmp_path: Path) -> None:
    orders = plan_wardrobe(items=70, outfits=1, seed=5).orders
    lost = [(f"missing/{name}", garment) for name, garment in orders]
    with pytest.raises(ModisteError, match="No such file"):
        draw_pictures(tmp_path, lost, workers=2)

"""What drawn garments look like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from modiste.data.drawn.colours import COLOURS
from modiste.data.drawn.coverage import SIZE, Area
from modiste.data.drawn.curves import band, closed, curve, dashes, ellipse, mirrored, moved
from modiste.data.drawn.cuts import CUTS, STYLES
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.photograph import photograph
from modiste.data.drawn.shapes import SHAPES

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


def test_edges_are_smooth_and_areas_exact() -> None:
    triangle = closed([(40.3, 30.7, 1), (222.2, 88.8, 1), (90.1, 260.4, 1)])
    mask = Area.of([triangle]).filled([triangle])
    (ax, ay), (bx, by), (cx, cy) = (40.3, 30.7), (222.2, 88.8), (90.1, 260.4)
    area = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
    assert mask.sum() == pytest.approx(area, rel=0.01)
    between = (mask > 0) & (mask < 1)
    assert 300 < between.sum() < 1500  # a pixel or two along each of the three edges
    assert len(np.unique(mask)) > 8


def test_a_dark_garment_fades_into_the_paper_over_some_pixels() -> None:
    row = pixels(replace(PLAIN, colour="black"))[150].mean(axis=1)
    assert ((row > 70) & (row < 200)).any()


def test_a_curve_passes_through_its_knots_and_is_straight_between_corners() -> None:
    knots = [(0, 0, 1), (10, 0, 1), (14, 6), (10, 12, 1)]
    line = curve(knots)
    for x, y, *_ in knots:
        assert np.hypot(line[:, 0] - x, line[:, 1] - y).min() < 1e-4
    straight = line[line[:, 0] <= 10][:9]
    assert np.abs(straight[:, 1]).max() < 1e-4


def test_a_mirrored_outline_is_symmetric() -> None:
    shape = mirrored([(0, 10), (20, 12, 1), (30, 50), (18, 90, 1), (0, 92)])
    other = moved(shape, flip=True)
    for x, y in shape:
        assert np.hypot(other[:, 0] - x, other[:, 1] - y).min() < 1e-3


def test_a_turn_keeps_lengths_and_a_quarter_turn_is_clockwise() -> None:
    assert moved(np.array([[1, 0]], dtype=np.float32), turn=90)[0] == pytest.approx([0, 1])
    ring = ellipse(0, 0, 20)
    assert np.linalg.norm(moved(ring, turn=33), axis=1) == pytest.approx(10)


def test_a_band_is_as_wide_as_asked_and_dashes_stay_on_the_line() -> None:
    line = curve([(0, 0), (0, 100)])
    assert np.ptp(band(line, 6)[:, 0]) == pytest.approx(6)
    for dash in dashes(line, 3, 2):
        assert np.ptp(dash[:, 1]) == pytest.approx(3)
        assert np.abs(dash[:, 0]).max() == 0

"""The colour block: it sees the garment's colours and not the background."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from modiste.encoders.colour import COLOUR_DIM, STATISTICS, describe_colours


def picture(
    garment: str, background: str, box: tuple[int, ...] = (60, 60, 180, 260)
) -> Image.Image:
    drawn = Image.new("RGB", (240, 320), background)
    ImageDraw.Draw(drawn).rectangle(box, fill=garment)
    return drawn


def distance(one: Image.Image, other: Image.Image) -> float:
    return float(np.linalg.norm(describe_colours(one) - describe_colours(other)))


def test_a_description_has_its_stated_length_and_a_histogram_of_length_one() -> None:
    found = describe_colours(picture("navy", "white"))
    assert found.shape == (COLOUR_DIM,) and found.dtype == np.float32
    assert abs(np.square(found[:-STATISTICS]).sum() - 1) < 1e-5


def test_the_garment_counts_and_the_background_does_not() -> None:
    red = picture("#b03030", "#f0efe9")
    assert distance(red, picture("#b03030", "#d9dee0")) < 0.2 * distance(
        red, picture("#3040b0", "#f0efe9")
    )


def test_near_shades_are_nearer_than_far_ones() -> None:
    blue = picture("#203a80", "white")
    assert distance(blue, picture("#24408a", "white")) < distance(blue, picture("#7a8cc0", "white"))


def test_a_garment_of_the_background_s_colour_is_still_described() -> None:
    found = describe_colours(Image.new("RGB", (50, 70), "white"))
    assert np.isfinite(found).all()
    assert np.isfinite(describe_colours(Image.new("RGB", (1, 1), "red"))).all()

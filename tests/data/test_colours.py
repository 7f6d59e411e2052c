"""Colours: Lab as published, words as people use them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modiste.data.colours import COLOURS, colour_index, to_lab


def slow_lab(red: int, green: int, blue: int) -> tuple[float, float, float]:
    """The definition, one number after the other."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    def cube(value: float) -> float:
        if value > (6 / 29) ** 3:
            return float(value ** (1 / 3))
        return value / (3 * (6 / 29) ** 2) + 4 / 29

    r, g, b = (linear(channel / 255) for channel in (red, green, blue))
    x = cube((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
    y = cube(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
    z = cube((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@given(st.tuples(*[st.integers(0, 255)] * 3))
@settings(deadline=None)
def test_lab_is_what_its_definition_gives(rgb: tuple[int, int, int]) -> None:
    np.testing.assert_allclose(to_lab(np.array(rgb, dtype=np.uint8)), slow_lab(*rgb), atol=1e-3)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_lab_of_known_colours(rgb: tuple[int, ...], lab: tuple[float, ...]) -> None:
    np.testing.assert_allclose(to_lab(np.array(rgb, dtype=np.uint8)), lab, atol=0.02)


def test_every_colour_has_a_word_and_every_word_a_colour() -> None:
    step = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(step, step, step), axis=-1)
    words = colour_index(to_lab(cube))
    assert words.shape == cube.shape[:-1]
    assert set(words.ravel().tolist()) == set(range(len(COLOURS)))


def test_greys_are_black_grey_or_white_by_lightness() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    words = [COLOURS[index] for index in colour_index(to_lab(ramp))]
    changes = [word for n, word in enumerate(words) if n == 0 or words[n - 1] != word]
    assert changes == ["black", "grey", "white"]

"""Outlines of drawn garments."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.data.drawn.curves import band, curve, dashes, ellipse, mirrored, moved


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

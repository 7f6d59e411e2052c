"""How much of each pixel a shape covers."""

from __future__ import annotations

import numpy as np
import pytest

from modiste.data.drawn.canvas import Area
from modiste.data.drawn.curves import closed


def test_edges_are_smooth_and_areas_exact() -> None:
    triangle = closed([(40.3, 30.7, 1), (222.2, 88.8, 1), (90.1, 260.4, 1)])
    mask = Area.of([triangle]).filled([triangle])
    (ax, ay), (bx, by), (cx, cy) = (40.3, 30.7), (222.2, 88.8), (90.1, 260.4)
    area = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
    assert mask.sum() == pytest.approx(area, rel=0.01)
    between = (mask > 0) & (mask < 1)
    assert 300 < between.sum() < 1500  # a pixel or two along each of the three edges
    assert len(np.unique(mask)) > 8

"""The pair of shoes that every shape is drawn on: from the side, toes to the left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from modiste.data.drawn.canvas import Canvas
from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.colours import Rgb, darker, rgb
from modiste.data.drawn.curves import Curve, Knots, closed, curve, moved

# Outlines read best in rows of points.
# fmt: off

RUBBER, CREPE, WOOD = rgb("f0eee8"), rgb("d8b98a"), rgb("8a5a3a")


INSIDE = Cloth(base=rgb("c9b196"), weave="leather", drape=0, puff=0.4)


class Last:
    """One shoe of the pair: what is drawn on it is moved to its place."""

    def __init__(self, canvas: Canvas, x: float, y: float, shade: float) -> None:
        self.canvas, self.x, self.y, self.shade = canvas, x, y, shade

    def place(self, shape: Curve) -> Curve:
        """A shape in the shoe's own coordinates, put where the shoe stands."""
        return moved(shape, self.x, self.y)

    def panel(
        self, knots: Knots | Curve, cloth: Cloth, *, lift: float = 0.35, turn: float = 0
    ) -> None:
        """Lay a piece, a little darker on the shoe behind."""
        shape = knots if isinstance(knots, np.ndarray) else closed(knots)
        tone = replace(
            cloth, base=darker(cloth.base, self.shade), ink=darker(cloth.ink, self.shade)
        )
        self.canvas.panel(self.place(shape), tone, lift=lift, turn=turn)

    def seams(self, lines: Sequence[Knots], cloth: Cloth, strength: float = 0.5) -> None:
        """Draw seams."""
        self.canvas.seams([self.place(curve(line)) for line in lines], cloth, strength=strength)

    def lines(self, lines: Sequence[Knots], colour: Rgb, width: float, opacity: float = 1) -> None:
        """Draw lines."""
        self.canvas.lines(
            [self.place(curve(line)) for line in lines], colour, width=width, opacity=opacity
        )


def pair(canvas: Canvas, draw: Callable[[Last], None]) -> None:
    """Draw two shoes, one behind the other."""
    draw(Last(canvas, 16, -22, 0.16))
    draw(Last(canvas, -10, 14, 0.0))

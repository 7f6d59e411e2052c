"""Where the pieces of a look lie on its sheet: where they are worn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

# Word in a category's name -> column (0 left, 1 middle, 2 right), place from the top, greatest
# height as a share of the width of the sheet.
_ZONES: dict[str, tuple[int, float, float]] = {
    "outerwear": (0, 0, 0.52),
    "coat": (0, 0, 0.52),
    "jacket": (0, 0, 0.45),
    "bag": (0, 1, 0.34),
    "dress": (1, 0, 0.66),
    "all-body": (1, 0, 0.66),
    "top": (1, 0, 0.38),
    "swim": (1, 0, 0.38),
    "bottom": (1, 1, 0.5),
    "trouser": (1, 1, 0.5),
    "skirt": (1, 1, 0.42),
    "shoe": (1, 2, 0.22),
    "hat": (2, 0, 0.22),
    "sunglass": (2, 0.5, 0.18),
    "jewel": (2, 1, 0.22),
    "scar": (2, 2, 0.28),
    "accessor": (2, 2, 0.26),
}
_ELSEWHERE = (2, 3, 0.26)
_COLUMNS = (1.0, 1.15, 0.76)
"""Widths of the columns beside each other."""
_LONE = 1.3  # how much wider columns become where others are empty
_FEW = {1: 2.4, 2: 1.35}  # how much taller pieces may be where there are so few
_GAP = 0.022  # between pieces, as a share of the width of the sheet

Zone = tuple[int, float, float]


class Shaped(Protocol):
    """Whatever is arranged."""

    @property
    def category(self) -> str:
        """Its slot."""


@dataclass(frozen=True)
class Box:
    """A part of the sheet, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def inset(self, room: float) -> Box:
        """The box less `room` on every side."""
        return Box(self.x + room, self.y + room, self.width - 2 * room, self.height - 2 * room)


Measure = Callable[[int, float, float], tuple[float, float]]
"""Width and height that a piece, by number, takes of the width and height offered."""


def arranged(pieces: Sequence[Shaped], width: float, measure: Measure) -> tuple[list[Box], float]:
    """A box for every piece, in the order given, and the height that all take.

    Args:
        pieces: at least one.
        width: of the sheet, without margins.
        measure: asks how much of a place a piece will take.
    """
    slots: dict[Zone, list[int]] = {}
    for number, piece in enumerate(pieces):
        column, place, high = _zone(piece.category)
        high = min(high * _FEW.get(len(pieces), 1), 0.75)
        slots.setdefault((column, place, high), []).append(number)
    used = sorted({zone[0] for zone in slots})
    share = sum(_COLUMNS[column] for column in used)
    # A lone column is not blown up to the whole width of the sheet.
    room = width * min(1.0, share / sum(_COLUMNS) * _LONE)
    widths = [room * _COLUMNS[column] / share for column in used]
    columns = []
    for column, across in zip(used, widths, strict=True):
        zones = [(zone, slots[zone]) for zone in sorted(slots) if zone[0] == column]
        columns.append(_stacked(zones, across, width, measure))
    tall = max(height for _, height in columns)
    placed: dict[int, Box] = {}
    x = (width - room) / 2
    for (boxes, height), across in zip(columns, widths, strict=True):
        for number, box in boxes.items():
            placed[number] = replace(box, x=box.x + x, y=box.y + (tall - height) / 2)
        x += across
    return [placed[number] for number in range(len(pieces))], tall


def _zone(category: str) -> Zone:
    name = category.lower()
    return next((zone for word, zone in _ZONES.items() if word in name), _ELSEWHERE)


def _stacked(
    zones: Sequence[tuple[Zone, Sequence[int]]], across: float, width: float, measure: Measure
) -> tuple[dict[int, Box], float]:
    """The pieces of one column from its top, and its height."""
    boxes: dict[int, Box] = {}
    gap, y = width * _GAP, 0.0
    for zone, numbers in zones:
        abreast = _abreast(len(numbers), across, zone[2] * width)
        for start in range(0, len(numbers), abreast):
            row = numbers[start : start + abreast]
            cell = across / len(row)
            share = 1 / (1 + 0.45 * ((len(numbers) - 1) // abreast))  # many rows: smaller pieces
            sizes = [measure(n, cell - gap, zone[2] * width * share) for n in row]
            high = max(size[1] for size in sizes)
            for place, (number, size) in enumerate(zip(row, sizes, strict=True)):
                left = cell * place + (cell - size[0]) / 2
                boxes[number] = Box(left, y + (high - size[1]) / 2, *size)
            y += high + gap
    return boxes, y - gap


def _abreast(count: int, across: float, height: float) -> int:
    """How many pieces to lay side by side so that their cells are nearly square."""

    def oblong(number: int) -> float:
        rows = math.ceil(count / number)
        return abs(math.log(across / number / (height / (1 + 0.45 * (rows - 1))) * 0.9))

    return min(range(1, count + 1), key=oblong)

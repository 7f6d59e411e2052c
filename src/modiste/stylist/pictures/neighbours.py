"""Photographs and their nearest neighbours by several encoders, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from modiste.data.atomic import atomic_path
from modiste.data.pictures import read_image
from modiste.errors import ImageError, Misuse
from modiste.stylist.pictures.lettering import legible, length, write

_CELL = (76, 100)  # pixels of a photograph
_GAP = 6
_HEAD = 46  # above the photographs
_APART = 22  # between encoders
_INK, _FAINT, _ALIKE = (30, 30, 30), (120, 120, 120), (46, 125, 50)
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


@dataclass(frozen=True)
class Neighbour:
    """One photograph of a sheet.

    Args:
        image: the file; None where there is none.
        alike: whether it is of the query's fine category, and framed.
    """

    image: Path | None
    alike: bool = False


def draw_neighbours(
    queries: Sequence[Path | None],
    found: Mapping[str, Sequence[Sequence[Neighbour]]],
    out: Path,
) -> None:
    """Write a picture: a row a query, its nearest neighbours by each encoder beside it.

    Args:
        queries: photographs.
        found: encoder -> for each query its neighbours, nearest first.
        out: a .png, .jpg or .webp file, written whole or not at all.

    Raises:
        Misuse: `out` has another ending.
        ModisteError: `out` cannot be written.
    """
    kind = picture_format(out)
    across = max((len(row) for rows in found.values() for row in rows), default=0)
    step, block = _CELL[0] + _GAP, across * (_CELL[0] + _GAP) + _APART
    width = _GAP + step + _APART + block * len(found)
    sheet = Image.new("RGB", (width, _HEAD + len(queries) * (_CELL[1] + _GAP) + _GAP), "white")
    draw = ImageDraw.Draw(sheet)
    write(draw, (_GAP, 8), "query", 14, _INK)
    write(draw, (_GAP, 27), "framed: the same category", 10, _FAINT)
    for number, (name, rows) in enumerate(found.items()):
        left = _GAP + step + _APART + number * block
        write(draw, (left, 8), _fitting(name, block - _APART), 14, _INK)
        for place, row in enumerate(rows):
            for column, neighbour in enumerate(row):
                corner = (left + column * step, _top(place))
                _paste(sheet, neighbour.image, corner)
                if neighbour.alike:
                    _frame(draw, corner)
    for place, path in enumerate(queries):
        _paste(sheet, path, (_GAP, _top(place)))
    with atomic_path(out) as temporary:
        sheet.save(temporary, kind)


def picture_format(out: Path) -> str:
    """What Pillow calls the format that an ending stands for.

    Raises:
        Misuse: it stands for none that we write.
    """
    if out.suffix.lower() not in _FORMATS:
        raise Misuse(f"{out}: give a file that ends in {', '.join(_FORMATS)}.")
    return _FORMATS[out.suffix.lower()]


def _top(place: int) -> int:
    return _HEAD + place * (_CELL[1] + _GAP)


def _fitting(name: str, width: float) -> str:
    text = legible(name)
    while len(text) > 1 and length(text, 14) > width:
        text = text[:-1]
    return text


def _paste(sheet: Image.Image, path: Path | None, corner: tuple[int, int]) -> None:
    """A photograph in the middle of its cell; nothing where it cannot be read."""
    try:
        picture = None if path is None else read_image(path, draft=max(_CELL))
    except ImageError:
        picture = None
    if picture is None:
        return
    picture.thumbnail(_CELL)
    left, top = (
        c + (cell - size) // 2 for c, cell, size in zip(corner, _CELL, picture.size, strict=True)
    )
    sheet.paste(picture, (left, top))


def _frame(draw: ImageDraw.ImageDraw, corner: tuple[int, int]) -> None:
    left, top = corner
    draw.rectangle((left - 2, top - 2, left + _CELL[0] + 1, top + _CELL[1] + 1), None, _ALIKE, 2)

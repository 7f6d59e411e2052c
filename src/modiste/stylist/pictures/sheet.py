"""A look as one picture: the pieces lie on a sheet of paper where they are worn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from modiste.arrays import Floats
from modiste.data.atomic import atomic_path
from modiste.errors import ImageError, Misuse
from modiste.stylist.pictures.arrangement import Box, arranged
from modiste.stylist.pictures.cutout import Cutout
from modiste.stylist.pictures.lettering import length, lines, write
from modiste.stylist.results import for_people

Rgb = tuple[int, int, int]
PAPER: Rgb = (247, 244, 239)
INK: Rgb = (27, 26, 24)
MUTED: Rgb = (112, 107, 100)
HAIRLINE: Rgb = (221, 217, 211)
GIVEN: Rgb = (46, 125, 79)
"""The green edge of pieces that a person gave."""
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
WIDTH = 900
"""Pixels across one look."""

_GROW = 1.9  # a small thing on a large photograph is not enlarged more than this


@dataclass(frozen=True, kw_only=True)
class PicturePiece:
    """One piece of a look."""

    image: Path | None
    """Its photograph; None, or one that cannot be read, becomes a card with the title."""
    title: str
    category: str
    """Its coarse slot, such as `shoes`; decides where it lies."""
    given: bool = False
    """Whether the person gave it; framed in green."""
    note: str = ""
    """A few words beside its name, such as `+.11`."""


@dataclass(frozen=True, kw_only=True)
class PictureLook:
    """A look to be drawn beside others."""

    pieces: Sequence[PicturePiece]
    title: str | None = None
    score: float | None = None
    """How well it goes together, 0 to 1."""
    words: str = ""
    """What the score says in words."""


def draw_look(
    pieces: Sequence[PicturePiece],
    out: Path | None = None,
    *,
    title: str | None = None,
    score: float | None = None,
    words: str = "",
    width: int = WIDTH,
) -> Image.Image:
    """Draw one look.

    Args:
        pieces: 1 to about 15; several of one slot lie side by side.
        out: where to write the picture, whole or not at all; None: nowhere.
        title: at the top left.
        score: 0 to 1, at the top right, with a thin scale.
        words: what the score says.
        width: in pixels, at least 240; the height follows.

    Returns:
        An RGB picture.

    Raises:
        Misuse: no piece, too narrow, or an ending of `out` that stands for no picture format.
        ModisteError: `out` cannot be written.
    """
    _check(out, width, bool(pieces))
    sheet = _sheet(PictureLook(pieces=pieces, title=title, score=score, words=words), width)
    return _saved(sheet, out)


def draw_looks(
    looks: Sequence[PictureLook],
    out: Path | None = None,
    *,
    title: str | None = None,
    columns: int | None = None,
    width: int = 1500,
) -> Image.Image:
    """Draw several looks on one sheet, row by row; `columns` None: as many as look well."""
    _check(out, width, bool(looks) and all(look.pieces for look in looks))
    across = columns or min(len(looks), 3 if len(looks) != 4 else 2)
    each = max(width // across, 240)
    cards = [_sheet(look, each) for look in looks]
    rows = [cards[start : start + across] for start in range(0, len(cards), across)]
    y = round(each * 0.13) if title else 0
    height = y + sum(max(card.height for card in row) for row in rows)
    board = Image.new("RGB", (each * across, height), PAPER)
    draw = ImageDraw.Draw(board)
    if title:
        text = lines(title, each * 0.05, board.width * 0.9, most=1) or [""]
        write(draw, (each * 0.055, y * 0.66), text[0], each * 0.05, INK, anchor="lm")
    for row in rows:
        tall = max(card.height for card in row)
        for place, card in enumerate(row):
            board.paste(card, (place * each, y))
            if place:
                edge = place * each
                draw.line((edge, y + each * 0.06, edge, y + tall - each * 0.06), fill=HAIRLINE)
        y += tall
    return _saved(board, out)


def stack(sheets: Sequence[Image.Image], out: Path | None = None) -> Image.Image:
    """One picture of several of the same width, one below the other, with lines between."""
    _check(out, sheets[0].width if sheets else 0, bool(sheets))
    height = sum(sheet.height for sheet in sheets)
    board = Image.new("RGB", (sheets[0].width, height), PAPER)
    draw, y = ImageDraw.Draw(board), 0
    for sheet in sheets:
        board.paste(sheet, (0, y))
        if y:
            draw.line((board.width * 0.02, y, board.width * 0.98, y), fill=HAIRLINE)
        y += sheet.height
    return _saved(board, out)


def require_format(out: Path) -> None:
    """Stop unless the ending of a file stands for a picture format.

    Raises:
        Misuse: it does not.
    """
    if out.suffix.lower() not in FORMATS:
        raise Misuse(
            f"Cannot tell the picture format of {out.name!r}; end it in .png, .jpg or .webp."
        )


def _check(out: Path | None, width: int, pieces: bool) -> None:
    if not pieces:
        raise Misuse("There is no piece to draw; give at least one to every look.")
    if width < 240:
        raise Misuse(f"A picture {width} pixels wide shows nothing; give 240 or more.")
    if out is not None:
        require_format(out)


def _saved(sheet: Image.Image, out: Path | None) -> Image.Image:
    if out is not None:
        kind = FORMATS[out.suffix.lower()]
        with atomic_path(out) as temporary:
            sheet.save(temporary, kind, **({} if kind == "PNG" else {"quality": 92}))
    return sheet


def _sheet(look: PictureLook, width: int) -> Image.Image:
    """One look on its own paper."""
    margin = width * 0.055
    head = width * 0.11 if look.title or look.score is not None else 0.0
    placards = [_Placard(piece, width) for piece in look.pieces]
    boxes, tall = arranged(
        look.pieces, width - 2 * margin, lambda number, *room: placards[number].takes(*room)
    )
    sheet = Image.new("RGB", (width, round(tall + head + 2 * margin)), PAPER)
    if head:
        _heading(sheet, look, margin, head)
    for placard, box in zip(placards, boxes, strict=True):
        placard.lay(sheet, replace(box, x=box.x + margin, y=box.y + margin + head))
    return sheet


class _Placard:
    """A piece with its photograph and its name below it."""

    def __init__(self, piece: PicturePiece, width: int) -> None:
        self.piece, self.width = piece, width
        self.size = max(width * 0.0155, 9)  # of the letters
        self.pad = width * 0.01 if piece.given else 0.0  # between the photograph and its frame
        try:
            self.cutout = Cutout(piece.image) if piece.image is not None else None
        except ImageError:
            self.cutout = None

    def takes(self, width: float, height: float) -> tuple[float, float]:
        """Width and height that it takes of a place; names may use all of the width."""
        return width, self._shown(width, height)[1] + 2 * self.pad + self._foot(width)

    def lay(self, sheet: Image.Image, box: Box) -> None:
        """Lay it into a box of the size that it takes."""
        wide, tall = self._shown(box.width, math.inf, box.height - self._foot(box.width))
        x, y = box.x + (box.width - wide) / 2, box.y + self.pad
        if self.cutout is None:
            self._card(sheet, Box(x, y, wide, tall))
        else:
            pixels = self.cutout.resized(round(wide), round(tall))
            _blend(sheet, pixels, round(x), round(y), scene=self.cutout.scene)
        if self.piece.given:
            _framed(sheet, Box(x, y, wide, tall).inset(-self.pad), max(2, self.width * 0.0028))
        self._write(sheet, box, y + tall + self.pad + self.size * 0.5)

    def _shown(
        self, width: float, height: float, exact: float | None = None
    ) -> tuple[float, float]:
        """Width and height of the photograph within a place, or at an `exact` height with frame."""
        wide, tall = (1.0, 0.9) if self.cutout is None else self.cutout.size
        if exact is not None:
            inner = exact - 2 * self.pad
            return inner * wide / tall, inner
        scale = min((width - 2 * self.pad) / wide, height / tall)
        if self.cutout is None:
            scale = min(scale, self.width * 0.2)
        else:  # a small thing on a large photograph stays smaller than others
            scale = min(scale, _GROW * self.cutout.share * height / tall)
        return wide * scale, tall * scale

    def _words(self, width: float) -> tuple[list[str], list[str]]:
        name = lines(self.piece.title, self.size, width) or lines(
            self.piece.category, self.size, width
        )
        return name, lines(self.piece.note, self.size, width, most=1)

    def _foot(self, width: float) -> float:
        return self.size * (0.5 + 1.28 * sum(len(words) for words in self._words(width)))

    def _write(self, sheet: Image.Image, box: Box, y: float) -> None:
        draw = ImageDraw.Draw(sheet)
        name, note = self._words(box.width)
        for ink, words in ((INK, name), (MUTED, note)):
            for line in words:
                write(draw, (box.x + box.width / 2, y), line, self.size, ink, anchor="ma")
                y += self.size * 1.28

    def _card(self, sheet: Image.Image, at: Box) -> None:
        """A quiet card for a piece without a photograph."""
        _framed(sheet, at, 1, ink=HAIRLINE, fill=(252, 250, 247))
        size = max(min(self.width * 0.017, at.width * 0.12), 9)
        text = lines(self.piece.category, size, at.width * 0.84, most=1) or ["no photograph"]
        middle = (at.x + at.width / 2, at.y + at.height / 2)
        write(ImageDraw.Draw(sheet), middle, text[0], size, MUTED, anchor="mm")


def _blend(sheet: Image.Image, light: Floats, x: int, y: int, *, scene: bool) -> None:
    """Multiply the paper by a cut-out; lay a scene on it as it is."""
    height, width = light.shape[:2]
    area = (x, y, x + width, y + height)
    below = np.asarray(sheet.crop(area), dtype=np.float32)
    pixels = np.clip(light * 255 if scene else below * light, 0, 255)
    sheet.paste(Image.fromarray((pixels + 0.5).astype(np.uint8)), area[:2])


def _framed(
    sheet: Image.Image, box: Box, line: float, *, ink: Rgb = GIVEN, fill: Rgb | None = None
) -> None:
    edges = (box.x, box.y, box.x + box.width, box.y + box.height)
    draw = ImageDraw.Draw(sheet)
    draw.rounded_rectangle(edges, radius=2, outline=ink, fill=fill, width=round(line))


def _heading(sheet: Image.Image, look: PictureLook, margin: float, head: float) -> None:
    """The title on the left, the score with its scale on the right."""
    draw = ImageDraw.Draw(sheet)
    right, middle, large, small = (
        sheet.width - margin,
        margin + head * 0.2,
        head * 0.31,
        head * 0.18,
    )
    taken = 0.0
    if look.score is not None and math.isfinite(look.score):
        value = min(max(look.score, 0.0), 1.0)
        number = for_people(value)
        write(draw, (right, middle), number, large, INK, anchor="rm")
        words = (lines(look.words, small, sheet.width * 0.3, most=1) or [""])[0]
        write(
            draw,
            (right - length(number, large) - small * 0.6, middle + large * 0.06),
            words,
            small,
            MUTED,
            anchor="rm",
        )
        y, span = middle + large * 0.85, sheet.width * 0.2
        draw.line((right - span, y, right, y), fill=HAIRLINE, width=max(1, round(head * 0.02)))
        _dot(sheet, right - span + span * value, y, head * 0.045)
        taken = max(span, length(number, large) + length(words, small) + small) + margin
    text = lines(look.title or "", large, sheet.width - 2 * margin - taken, most=1)
    write(draw, (margin, middle), text[0] if text else "", large, INK, anchor="lm")


def _dot(sheet: Image.Image, x: float, y: float, radius: float) -> None:
    """A round dot with smooth edges."""
    edge, fine = math.ceil(radius) * 2 + 2, 8
    mask = Image.new("L", (edge * fine, edge * fine))
    middle, reach = edge * fine / 2, radius * fine
    ImageDraw.Draw(mask).ellipse(
        (middle - reach, middle - reach, middle + reach, middle + reach), fill=255
    )
    sheet.paste(INK, (round(x - edge / 2), round(y - edge / 2)), mask.reduce(fine))

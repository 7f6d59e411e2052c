"""Text on pictures, in the one typeface that comes with Pillow."""

from __future__ import annotations

import unicodedata
from functools import cache

from PIL import ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_NO_GLYPH = "\U0010fffd"  # a private character that no typeface has
_PLAIN = {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l"} | {
    "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "–": "-", "—": "-", "−": "-", "’": "'", "‘": "'",
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "×": "x", "·": ".", "•": ".",
}  # fmt: skip


@cache
def typeface(size: float) -> Font:
    """The typeface at a size in pixels."""
    return ImageFont.load_default(max(size, 6))


def legible(text: str) -> str:
    """What the typeface can show of a text, on one line; other scripts leave nothing."""
    return " ".join("".join(_shown(c) for c in " ".join(text.split())).split())


def lines(text: str, size: float, width: float, *, most: int = 2) -> list[str]:
    """Break a text into at most `most` lines of `width` pixels; the last ends in … if cut."""
    found: list[str] = []
    rest = legible(text).split(" ")
    while rest and rest != [""]:
        line, rest = _line(rest, size, width)
        if len(found) == most - 1 and rest:
            return [*found, _cut(f"{line} {' '.join(rest)}", size, width)]
        found.append(_cut(line, size, width))
    return found


def write(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    size: float,
    ink: tuple[int, int, int],
    *,
    anchor: str = "la",
) -> None:
    """Write one line; `anchor` as in Pillow."""
    if text:
        draw.text(place, text, fill=ink, font=typeface(size), anchor=anchor)


def length(text: str, size: float) -> float:
    """Pixels that a line takes."""
    return typeface(size).getlength(text)


@cache
def _shown(character: str) -> str:
    """A character, its plain form where the typeface has only that, or nothing."""
    if character == " " or _has(character):
        return character
    plain = _PLAIN.get(character) or unicodedata.normalize("NFKD", character)
    return "".join(c for c in plain if c == " " or _has(c))


@cache
def _has(character: str) -> bool:
    font = typeface(16)
    return bytes(font.getmask(character)) != bytes(font.getmask(_NO_GLYPH))


def _line(words: list[str], size: float, width: float) -> tuple[str, list[str]]:
    """As many words as fit, at least one, and those that are left."""
    taken = 1
    while taken < len(words) and length(" ".join(words[: taken + 1]), size) <= width:
        taken += 1
    return " ".join(words[:taken]), words[taken:]


def _cut(text: str, size: float, width: float) -> str:
    if length(text, size) <= width:
        return text
    while text and length(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"

"""Text on pictures, in DejaVu Sans, which has Latin, Greek and Cyrillic; matplotlib brings it."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import metadata

from PIL import ImageDraw, ImageFont, features

_NO_GLYPH = "\U0010fffd"  # a private character that no typeface has
_RIGHT_TO_LEFT = ("R", "AL")


@cache
def typeface(size: float) -> ImageFont.FreeTypeFont:
    """The typeface at a size in pixels."""
    # Found without importing matplotlib, which takes time and makes a folder in one's home.
    fonts = metadata.distribution("matplotlib").locate_file("matplotlib/mpl-data/fonts/ttf")
    return ImageFont.truetype(str(fonts / "DejaVuSans.ttf"), max(size, 6))


def legible(text: str) -> str:
    """What the typeface can show of a text, on one line; other scripts leave nothing."""
    whole = unicodedata.normalize("NFC", " ".join(text.split()))
    return " ".join("".join(map(_shown, whole)).split())


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
    plain = unicodedata.normalize("NFKD", character)
    return "".join(c for c in plain if c == " " or _has(c))


@cache
def _has(character: str) -> bool:
    if unicodedata.category(character).startswith("C"):  # it would turn or join what stands beside
        return False
    if unicodedata.bidirectional(character) in _RIGHT_TO_LEFT and not features.check("raqm"):
        return False  # its letters would stand apart, and the wrong way round
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

"""The colours that cloth is dyed in, and the palettes that go together."""

from __future__ import annotations

from typing import TypeAlias

Rgb: TypeAlias = tuple[float, float, float]
"""Red, green, blue, each 0 to 1 (sRGB)."""

_HEX = {
    "black": "222124",
    "charcoal": "45474d",
    "grey": "9b9ca0",
    "white": "f4f3f0",
    "ivory": "eee4cf",
    "sand": "d2bf9f",
    "camel": "b98850",
    "chocolate": "55382a",
    "navy": "232f4e",
    "red": "b9282f",
    "burgundy": "66182a",
    "rust": "ab5129",
    "coral": "e57a62",
    "mustard": "cf9b2f",
    "butter": "f1de96",
    "olive": "6b7040",
    "sage": "a7b699",
    "emerald": "17674d",
    "teal": "1f6c75",
    "sky": "a8c5de",
    "cobalt": "2b4bb0",
    "lilac": "bba8d6",
    "plum": "5a345f",
    "blush": "e8beb9",
    "fuchsia": "c02f72",
}


def rgb(code: str) -> Rgb:
    """`rrggbb` as three numbers."""
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


COLOURS: dict[str, Rgb] = {name: rgb(code) for name, code in _HEX.items()}

GOLD, SILVER = rgb("c9a254"), rgb("b9bcc2")


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`share` of `other` in `one`."""
    r, g, b = (p + (q - p) * share for p, q in zip(one, other, strict=True))
    return r, g, b


def darker(colour: Rgb, share: float) -> Rgb:
    """Towards a warm black."""
    return mix(colour, (0.06, 0.05, 0.06), share)


def lighter(colour: Rgb, share: float) -> Rgb:
    """Towards white."""
    return mix(colour, (1.0, 1.0, 1.0), share)


def lightness(colour: Rgb) -> float:
    """How light a colour looks, 0 to 1 (Rec. 709 weights on sRGB values)."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def seam_colour(colour: Rgb) -> Rgb:
    """A line that shows on cloth of this colour."""
    return darker(colour, 0.55) if lightness(colour) > 0.3 else lighter(colour, 0.3)


PALETTES: dict[str, tuple[str, ...]] = {
    "noir": ("black", "white", "grey", "charcoal"),
    "breton": ("navy", "white", "red", "sand"),
    "city": ("charcoal", "navy", "burgundy", "grey", "sky"),
    "earth": ("camel", "rust", "olive", "ivory", "chocolate"),
    "autumn": ("burgundy", "mustard", "chocolate", "olive", "camel"),
    "pastel": ("blush", "lilac", "sky", "white", "butter"),
    "garden": ("sage", "blush", "ivory", "emerald"),
    "jewel": ("emerald", "plum", "teal", "black"),
    "electric": ("cobalt", "fuchsia", "black", "white"),
    "sunset": ("coral", "mustard", "rust", "butter", "ivory"),
    "lagoon": ("teal", "coral", "sand", "sky"),
    "orchid": ("plum", "lilac", "fuchsia", "grey"),
}
"""Colours that go together: neutrals with one or two hues that are neighbours or opposites."""

COMMON = frozenset({"black", "white", "navy", "grey", "ivory", "camel", "sand"})
"""Colours that twice as many garments come in."""

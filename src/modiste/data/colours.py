"""Colours as people see them: CIE Lab, and the basic colour words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from modiste.arrays import Floats, Ints

COLOURS = (
    "black",
    "white",
    "grey",
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
    "beige",
)
"""The words that `colour_index` counts in."""

_CHANNEL = np.arange(256, dtype=np.float64) / 255
_LINEAR = np.where(_CHANNEL <= 0.04045, _CHANNEL / 12.92, ((_CHANNEL + 0.055) / 1.055) ** 2.4)
_TO_XYZ = np.array(  # sRGB, IEC 61966-2-1, rows divided by the D65 white point
    [
        [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883],
    ]
)


def to_lab(rgb: npt.NDArray[np.uint8]) -> Floats:
    """SRGB as CIE Lab under D65.

    Args:
        rgb: (..., 3) uint8.

    Returns:
        (..., 3) float32: lightness 0 to 100, then a (green to red) and b (blue to yellow), each
        within about -110 to 110. The Euclidean distance is the CIE 1976 colour difference;
        2.3 is just noticeable.
    """
    # Not `@`: BLAS would start threads of its own under those that decode photographs.
    red, green, blue = (_LINEAR[rgb[..., channel]] for channel in range(3))
    xyz = np.stack([row[0] * red + row[1] * green + row[2] * blue for row in _TO_XYZ], axis=-1)
    cube = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = cube[..., 0], cube[..., 1], cube[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def colour_index(lab: Floats) -> Ints:
    """The basic colour word of each colour, as an index into `COLOURS`.

    Args:
        lab: (..., 3) CIE Lab.

    Returns:
        (...) int64.
    """
    light, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
    warm = (hue >= 38) & (hue < 105)
    rules = [  # the first that holds names the colour
        ("black", (light < 28) & (chroma < 12)),
        ("black", light < 12),
        ("white", (light > 84) & (chroma < 9)),
        ("grey", chroma < np.where(warm, 8, 6)),
        ("beige", warm & (light > 62) & (chroma < 28)),
        ("brown", warm & (light < 64) & (chroma < 50)),
        ("pink", ((hue < 38) | (hue >= 335)) & (light > 56)),
        ("red", (hue < 44) | (hue >= 350)),
        ("orange", hue < 74),
        ("yellow", (hue < 105) & (light > 55)),
        ("green", hue < 190),
        ("blue", hue < 308),
        ("pink", (hue >= 325) & (light > 45)),
    ]
    index = [np.int64(COLOURS.index(name)) for name, _ in rules]
    return np.select([rule for _, rule in rules], index, COLOURS.index("purple"))

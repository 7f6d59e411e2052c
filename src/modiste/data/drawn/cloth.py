"""What a garment is made of: colour, pattern, weave, sheen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from modiste.data.drawn.colours import Rgb
from modiste.data.drawn.patterns import PATTERNS
from modiste.data.drawn.weaves import noise, sample, weave

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Cloth:
    """One material."""

    base: Rgb
    """The main colour."""
    ink: Rgb = (1.0, 1.0, 1.0)
    """The colour of the pattern on it."""
    pattern: str = "plain"
    """`plain` or one of `PATTERNS`."""
    weave: str = "jersey"
    """One of `WEAVES`."""
    sheen: float = 0.0
    """0 matt, 1 satin or metal."""
    drape: float = 1.0
    """How much it falls into folds; 0 for stiff material."""
    puff: float = 1.0
    """How round it lies."""
    scale: float = 1.0
    """Size of the pattern."""


def falling(cloth: Cloth, u: Floats, v: Floats, lamp: tuple[float, float]) -> tuple[Floats, Floats]:
    """How soft cloth that falls into folds catches the light, and how far it moves the pattern.

    Args:
        cloth: the material.
        u: (h, w) cloth coordinates, from a start of one's choice.
        v: (h, w) likewise.
        lamp: where the light comes from, along `u` and along `v`.

    Returns:
        Two arrays (h, w): added light, and pixels to move the pattern by.
    """
    across, along, height = (sample(sheet, u, v) for sheet in _folds())
    strength = cloth.drape * (1 + 0.5 * cloth.sheen)
    light = across * (lamp[0] * strength) + along * (lamp[1] * strength)
    return light, height * cloth.drape


@cache
def _folds() -> tuple[Floats, Floats, Floats]:
    """Slopes across and along hanging cloth, and its smoothed height."""
    hang, crease = noise(9, 38, 21), noise(11, 18, 22)
    height = 0.55 * hang + 0.3 * (1 - np.sqrt(crease**2 + 0.02))
    along, across = np.gradient(height)
    return np.ascontiguousarray(across), np.ascontiguousarray(along), hang


def lit(cloth: Cloth, u: Floats, v: Floats, light: Floats) -> Floats:
    """The colour (h, w, 3) at cloth coordinates `u`, `v` (h, w) where `light` falls.

    `light` is how much a point faces the lamp, 0 where it lies flat.
    """
    texture = sample(weave(cloth.weave), u, v)
    glow = light * (1.6 + 1.2 * cloth.sheen) + 0.16 * texture
    glow = np.where(glow > 0, glow / (1 + glow), glow)  # light areas do not burn out
    gloss = np.clip(light - 0.02, 0, 0.3) * (0.16 + 1.5 * cloth.sheen) + 0.012 * texture
    diffuse = np.maximum(0.98 + glow, 0.4)[..., None]
    return np.asarray(np.clip(_albedo(cloth, u, v) * diffuse + gloss[..., None], 0, 1))


def _albedo(cloth: Cloth, u: Floats, v: Floats) -> Floats:
    base = np.array(cloth.base, dtype=np.float32)
    if cloth.pattern == "plain":
        return base
    cover = PATTERNS[cloth.pattern](u / cloth.scale, v / cloth.scale)
    return base + (np.array(cloth.ink, dtype=np.float32) - base) * cover[..., None]

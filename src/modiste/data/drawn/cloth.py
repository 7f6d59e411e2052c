"""What a garment is made of: colour, pattern, weave, sheen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from modiste.arrays import Floats
from modiste.data.drawn.palettes import Rgb


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


def _bar(x: Floats, period: float, width: float) -> Floats:
    """1 on bars of `width` every `period` pixels, with soft edges."""
    away = np.abs((x / period) % 1 - 0.5) * period
    return np.asarray(np.clip(width / 2 - away + 0.5, 0, 1))


def _striped(u: Floats, v: Floats) -> Floats:
    return _bar(v, 14, 5.6)


def _pinstriped(u: Floats, v: Floats) -> Floats:
    return _bar(u, 10, 1.4) * 0.85


def _checked(u: Floats, v: Floats) -> Floats:
    return 0.5 * _bar(u, 20, 10) + 0.5 * _bar(v, 20, 10)


def _tartan(u: Floats, v: Floats) -> Floats:
    wide = 0.42 * _bar(u, 38, 17) + 0.42 * _bar(v, 38, 17)
    return np.maximum(wide, 0.75 * np.maximum(_bar(u + 19, 38, 2), _bar(v + 19, 38, 2)))


def _dotted(u: Floats, v: Floats) -> Floats:
    row = np.floor(v / 9.5)
    x = (u + (row % 2) * 7.5) % 15 - 7.5
    y = v - row * 9.5 - 4.75
    return np.asarray(np.clip(3.4 - np.hypot(x, y), 0, 1))


def _floral(u: Floats, v: Floats) -> Floats:
    return sample(_meadow(), u * 2, v * 2)


PATTERNS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "checked": _checked,
    "dotted": _dotted,
    "floral": _floral,
    "pinstriped": _pinstriped,
    "striped": _striped,
    "tartan": _tartan,
}
"""Functions of cloth coordinates (h, w) in pixels that answer (h, w) from 0 to 1."""


@cache
def _meadow() -> Floats:
    """A print of flowers and leaves at twice its size, without seams."""
    rng = np.random.default_rng(5)
    sheet = Image.new("L", (EDGE * 2, EDGE * 2))
    draw = ImageDraw.Draw(sheet)
    for x, y in _scattered(rng, apart=118, edge=EDGE * 2):
        size, turn = rng.uniform(25, 40), rng.uniform(0, 2 * np.pi)
        for dx in (-EDGE * 2, 0, EDGE * 2):
            for dy in (-EDGE * 2, 0, EDGE * 2):
                _flower(draw, x + dx, y + dy, size, turn)
    return np.array(sheet.reduce(2), dtype=np.float32) * np.float32(1 / 255)


def _scattered(rng: np.random.Generator, apart: float, edge: int) -> list[tuple[float, float]]:
    """Places at least `apart` from each other, counting around the edges."""
    spots: list[tuple[float, float]] = []
    for x, y in rng.uniform(0, edge, (600, 2)):
        gaps = (
            np.hypot(*(abs((a - b + edge / 2) % edge - edge / 2) for a, b in ((x, p), (y, q))))
            for p, q in spots
        )
        if all(gap >= apart for gap in gaps):
            spots.append((float(x), float(y)))
    return spots


def _flower(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, turn: float) -> None:
    for side in (0.6, 0.6 + np.pi * 0.8):
        for reach, share in ((1.5, 0.3), (1.85, 0.22)):
            along = turn + side
            _blob(
                draw,
                x + reach * size * np.cos(along),
                y + reach * size * np.sin(along),
                size * share,
                150,
            )
    for petal in range(5):
        along = turn + petal * 2 * np.pi / 5
        _blob(
            draw, x + size * 0.7 * np.cos(along), y + size * 0.7 * np.sin(along), size * 0.48, 255
        )
    _blob(draw, x, y, size * 0.3, 70)


def _blob(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, tone: int) -> None:
    draw.ellipse((x - r, y - r, x + r, y + r), fill=tone)


EDGE = 512
"""Pixels along a side of a sheet; a power of two, so that wrapping round is one bit operation."""


def sample(sheet: Floats, u: Floats, v: Floats) -> Floats:
    """A sheet at coordinates around its middle, pixel by pixel, without end."""
    column = (u + EDGE / 2).astype(np.int32) & (EDGE - 1)
    row = (v + EDGE / 2).astype(np.int32) & (EDGE - 1)
    return np.asarray(sheet.ravel().take(row * EDGE + column))


@cache
def noise(spread_x: float, spread_y: float, seed: int) -> Floats:
    """Smooth endless noise of mean 0 and standard deviation 1, blurred by so many pixels."""
    white = np.random.default_rng(seed).standard_normal((EDGE, EDGE))
    frequency = np.fft.fftfreq(EDGE)
    blur_x = np.exp(-2 * (np.pi * frequency * spread_x) ** 2)
    blur_y = np.exp(-2 * (np.pi * frequency * spread_y) ** 2)
    field = np.fft.ifft2(np.fft.fft2(white) * blur_y[:, None] * blur_x).real
    return np.asarray(field / field.std(), dtype=np.float32)


@cache
def weave(name: str) -> Floats:
    """The sheet of one of `WEAVES`."""
    return np.ascontiguousarray(WEAVES[name](), dtype=np.float32)


def _grid() -> tuple[Floats, Floats]:
    along = np.arange(EDGE, dtype=np.float32)
    x, y = np.meshgrid(along, along)
    return x, y


def _wave(x: Floats, period: float) -> Floats:
    return np.asarray(np.cos(x * (2 * np.pi / period)), dtype=np.float32)


def _jersey() -> Floats:
    return noise(0.7, 0.7, 1) * 0.07


def _denim() -> Floats:
    x, y = _grid()
    return _wave(x + y, 4) * 0.1 + noise(0.5, 4, 2) * 0.2


def _linen() -> Floats:
    return (noise(0.5, 7, 3) + noise(7, 0.5, 4)) * 0.18


def _wool() -> Floats:
    return noise(1, 1, 5) * 0.2 + noise(3, 3, 6) * 0.06


def _tweed() -> Floats:
    """Herringbone with flecks."""
    x, y = _grid()
    return _wave(x + np.abs(y % 12 - 6), 4) * 0.5 + noise(0.7, 0.7, 8) * 0.5


def _knit() -> Floats:
    """Columns of little Vs."""
    x, y = _grid()
    stitch = _wave(y + np.abs(x % 7 - 3.5) * 1.3, 6)
    return 0.5 * stitch - 0.55 * _wave(x, 7)


def _fine_knit() -> Floats:
    x, y = _grid()
    lean: Floats = np.abs(x % 4 - 2)
    return 0.26 * _wave(y + lean * 1.2, 3.5) + 0.16 * _wave(x, 4)


def _rib() -> Floats:
    return _wave(_grid()[0], 6) * 0.75


def _corduroy() -> Floats:
    return _wave(_grid()[0], 4) * 0.6 + noise(1, 4, 9) * 0.2


def _satin() -> Floats:
    return noise(0.5, 2, 10) * 0.03


def _leather() -> Floats:
    return noise(1.2, 1.2, 11) * 0.1 + noise(9, 9, 12) * 0.07


def _suede() -> Floats:
    return noise(0.8, 0.8, 13) * 0.2 + noise(9, 9, 14) * 0.16


def _straw() -> Floats:
    x, y = _grid()
    over = np.sin(x * np.pi / 6) * np.sin(y * np.pi / 4) > 0
    strand = np.where(over, _wave(y, 4), _wave(x, 6))
    return np.asarray(strand * 0.7 + noise(2, 0.6, 15) * 0.3)


def _sequins() -> Floats:
    """Overlapping little discs, each catching the light in its own way."""
    x, y = _grid()
    row = (y / 4).astype(int)
    across = x + (row % 2) * 2.5
    tilt = np.random.default_rng(16).uniform(-1, 1, (EDGE, EDGE)).astype(np.float32)
    glint = tilt[row, (across / 5).astype(int)]
    rim = np.hypot(across % 5 - 2, y % 4 - 1.2) / 2.6
    flash = np.where(glint > 0.9, 3.6, glint * 0.7)
    return np.asarray(flash * np.clip(1.5 - rim, 0.2, 1) + 0.8 - 1.5 * rim**2)


def _velvet() -> Floats:
    return noise(3, 10, 17) * 0.32


def _canvas() -> Floats:
    x, y = _grid()
    threads = np.sin(x * np.pi / 2 + 0.8) * np.sin(y * np.pi / 2 + 0.8)
    return np.asarray(threads * 0.12 + noise(0.8, 0.8, 18) * 0.1)


WEAVES: dict[str, Callable[[], Floats]] = {
    "canvas": _canvas,
    "corduroy": _corduroy,
    "denim": _denim,
    "fine knit": _fine_knit,
    "jersey": _jersey,
    "knit": _knit,
    "leather": _leather,
    "linen": _linen,
    "rib": _rib,
    "satin": _satin,
    "sequins": _sequins,
    "straw": _straw,
    "suede": _suede,
    "tweed": _tweed,
    "velvet": _velvet,
    "wool": _wool,
}

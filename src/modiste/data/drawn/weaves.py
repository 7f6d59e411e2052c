"""The grain of cloth: 512 x 512 sheets of relief, about -1 to 1."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

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

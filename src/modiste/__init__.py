"""Modiste learns what goes together: it scores, completes, composes and explains outfits.

Names are loaded on first use, so that `import modiste` takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOME = {
    "Item": "outfit",
    "ModisteError": "errors",
    "Outfit": "outfit",
    "Wardrobe": "data.wardrobe",
}
"""Public name -> the module of this package that has it."""

__all__ = ["Item", "ModisteError", "Outfit", "Wardrobe", "__version__"]

if TYPE_CHECKING:
    from modiste.data.wardrobe import Wardrobe
    from modiste.errors import ModisteError
    from modiste.outfit import Item, Outfit


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""Modiste learns what goes together: it scores, completes, composes and explains outfits.

Names are loaded on first use, so that `import modiste` takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "Client",
    "ComposeRequest",
    "Filter",
    "Filters",
    "Item",
    "ModisteError",
    "Outfit",
    "Query",
    "Stylist",
    "Wardrobe",
    "__version__",
    "audit",
    "compare",
    "draw_wardrobe",
    "embed",
    "evaluate",
    "import_table",
    "train",
]

_HOME = {
    "Client": "client",
    "ComposeRequest": "stylist.compose",
    "Filter": "catalogue.filters",
    "Filters": "catalogue.filters:Filter",
    "Item": "outfit",
    "ModisteError": "errors",
    "Outfit": "outfit",
    "Query": "stylist.generation.queries",
    "Stylist": "stylist.stylist",
    "Wardrobe": "data.wardrobe",
    "audit": "jobs.audit",
    "compare": "jobs.compare",
    "draw_wardrobe": "data.drawn.build",
    "embed": "jobs.embed",
    "evaluate": "jobs.evaluate",
    "import_table": "jobs.importing",
    "train": "jobs.train",
}
"""Public name -> the module of this package that has it, and what it is called there if not so."""

if TYPE_CHECKING:
    from modiste.catalogue.filters import Filter
    from modiste.catalogue.filters import Filter as Filters
    from modiste.client import Client
    from modiste.data.drawn.build import draw_wardrobe
    from modiste.data.wardrobe import Wardrobe
    from modiste.errors import ModisteError
    from modiste.jobs.audit import audit
    from modiste.jobs.compare import compare
    from modiste.jobs.embed import embed
    from modiste.jobs.evaluate import evaluate
    from modiste.jobs.importing import import_table
    from modiste.jobs.train import train
    from modiste.outfit import Item, Outfit
    from modiste.stylist.compose import ComposeRequest
    from modiste.stylist.generation.queries import Query
    from modiste.stylist.stylist import Stylist


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, _, named = _HOME[name].partition(":")
    value: object = getattr(import_module(f"{__name__}.{home}"), named or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

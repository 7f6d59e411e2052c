"""A wardrobe as the evaluation sees it."""

from __future__ import annotations

from modiste.data.wardrobe import Wardrobe
from modiste.evaluation.scoring import Assortment


def assortment_of(wardrobe: Wardrobe) -> Assortment:
    """The items of a wardrobe and their categories, row by row."""
    items = wardrobe.items
    return Assortment(
        tuple(items["id"]),
        tuple(items["fine"]),
        tuple(items["category"]),
        frozenset(wardrobe.outfits["items"].explode().drop_nulls()),
    )

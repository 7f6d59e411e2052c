"""What a version has to offer, counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from modiste.serving.schemas import (
    MOST_CHARACTERS,
    MOST_LOOKS,
    MOST_ON_PAGE,
    MOST_PIECES,
    MOST_SUGGESTIONS,
)
from modiste.serving.served import Served
from modiste.serving.thumbnails import SIZES
from modiste.stylist.board import Board

MOST_WORDS = 60
"""Colours and brands that are listed; the most frequent ones."""
TRIED = 200
"""Outfits among which the example is chosen."""


def shop_of(served: Served) -> dict[str, Any]:
    """Counts of slots, colours, brands and prices; what the run can do; an example look."""
    stock, items = served.stock, served.items
    senses = served.stylist.atelier.senses
    price = items["price"].fill_nan(None).drop_nulls()
    return {
        "name": stock.wardrobe.info.name,
        "items": len(items),
        "version": served.version,
        "slots": [_slot(served, name) for name in stock.shelves],
        "colours": _counted(served.colours),
        "brands": _counted(served.brands),
        "price": {"min": price.min(), "max": price.max()} if len(price) else None,
        "reads_words": senses.read is not None,
        "sees_photographs": senses.see is not None,
        "example": example_look(served),
        "limits": {
            "pieces": MOST_PIECES,
            "suggestions": MOST_SUGGESTIONS,
            "looks": MOST_LOOKS,
            "page": MOST_ON_PAGE,
            "words": MOST_CHARACTERS,
            "sizes": [int(size) for size in SIZES],
        },
    }


def example_look(served: Served) -> list[str]:
    """A look that invites: made by people, pieces of different slots, photographs of all of them.

    Of `TRIED` such outfits the one that the model likes best; empty where there is none.
    """
    stock, outfits = served.stock, served.stock.wardrobe.outfits
    wearable = [
        rows
        for items in outfits["items"].to_list()
        if 4 <= len(items) <= 6 and all(item in served.rows for item in items)
        for rows in [[served.rows[item] for item in items]]
        if len({stock.slot[row] for row in rows}) == len(rows)
    ]
    step = max(len(wearable) // TRIED, 1)
    ids = stock.table.ids
    some = [
        rows for rows in wearable[::step][:TRIED] if all(served.image_path(ids[r]) for r in rows)
    ]
    if not some:
        return []
    board = Board(served.stylist.atelier, [])
    best = max(zip(board.score(some).tolist(), range(len(some)), strict=True))[1]
    return [ids[row] for row in some[best]]


def _slot(served: Served, name: str) -> dict[str, Any]:
    shelves = served.stock.shelves[name]
    fines = [{"name": shelf.fine, "items": len(shelf.rows)} for shelf in shelves]
    return {
        "name": name,
        "items": sum(len(shelf.rows) for shelf in shelves),
        "fines": fines,
        "worn": round(served.stylist.atelier.habits.usual.get(name, 0.0), 4),
    }


def _counted(words: Iterable[str | None]) -> list[dict[str, Any]]:
    counts = Counter(word for word in words if word)
    return [{"name": word, "items": n} for word, n in counts.most_common(MOST_WORDS)]

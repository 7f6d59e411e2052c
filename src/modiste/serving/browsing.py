"""A search of the catalogue."""

from __future__ import annotations

import numpy as np

from modiste.serving.served import Served
from modiste.stylist.filters import Filters
from modiste.stylist.pieces import Piece, look_alikes


def browse(
    served: Served,
    filters: Filters,
    *,
    text: str | None,
    like: Piece | None,
    fits: list[Piece],
    window: tuple[int, int],
) -> tuple[list[str], int]:
    """Ids of one page, and how many items there are in all."""
    allowed = filters.allowed(served.stock)
    rows = np.flatnonzero(allowed)
    if text and text.strip():
        words = text.casefold().split()
        titles = [
            f"{i} {t} {f}".casefold()
            for i, t, f in served.items.select("id", "title", "fine").iter_rows()
        ]
        rows = np.array([r for r in rows if all(w in titles[r] for w in words)], dtype=np.int64)
    elif like is not None:
        features = served.stock.table.features
        wanted = features[like.row] if like.row is not None else like.guest.features  # type: ignore[union-attr]
        first = look_alikes(features, wanted, served.stylist.atelier.senses.looks, rows)
        rows = np.concatenate([first, np.setdiff1d(rows, first)])
    offset, limit = window
    ids = served.stock.table.ids
    return [ids[int(row)] for row in rows[offset : offset + limit]], len(rows)

"""A stylist that dresses people from a store's snapshot instead of a wardrobe's tables."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl

from modiste.arrays import Floats, Ints
from modiste.catalogue.base import NOTHING, Catalogue, Snapshot
from modiste.data.batches import ItemTable, category_index
from modiste.data.wardrobe import ITEM_SCHEMA, Wardrobe
from modiste.errors import RunError
from modiste.training.run import Run

_OWN = ("in_stock", "colour", "looks", "brand", "photo")
"""Columns of a store that a wardrobe has as attributes, or as measures of its photographs."""
_READ = ("id", "category", "fine", "title", "image", "photo")
"""Columns that the features of an item come from."""


class StoredWardrobe(Wardrobe):
    """The items of a snapshot, with the outfits of the wardrobe that the run was trained on.

    Args:
        home: that wardrobe.
        snapshot: of a store built for the run.
    """

    def __init__(self, home: Wardrobe, snapshot: Snapshot) -> None:
        self.root, self.info = home.root, home.info
        self.content_hash = f"{home.content_hash}+{snapshot.version}"
        self._home, self.snapshot = home, snapshot

    @cached_property
    def items(self) -> pl.DataFrame:
        """The snapshot's items as a wardrobe has them: fixed columns, then attributes."""
        stored = self.snapshot.items
        said = [name for name in ("colour", "brand") if stored[name].null_count() < len(stored)]
        attributes = [name for name in stored.columns if name not in {*ITEM_SCHEMA, *_OWN}]
        return stored.select(*ITEM_SCHEMA, *attributes, *said, "in_stock")

    @cached_property
    def rows(self) -> dict[str, int]:
        """Item id -> row in `items`."""
        return self.snapshot.facts.rows

    @cached_property
    def slots(self) -> dict[str, str]:
        """Item id -> its category, of items that are no longer sold too."""
        return {**self._home.slots, **super().slots}

    @cached_property
    def outfits(self) -> pl.DataFrame:
        """Those of the home wardrobe; they may name items that are no longer sold."""
        return self._home.outfits

    def image_path(self, image: str | None) -> Path | None:
        """The file behind an item's `image`, an absolute path that the store was built with."""
        path = None if image is None else Path(image)
        return path if path is not None and path.is_absolute() and path.is_file() else None

    @cached_property
    def photographs(self) -> pl.DataFrame:
        """(M) id, image_hash and colour of the photographs, as the store kept them."""
        return self.snapshot.items.select(
            "id", pl.col("photo").alias("image_hash"), pl.col("looks").alias("colour")
        )


def stored_table(snapshot: Snapshot, vocabulary: tuple[str, ...]) -> ItemTable:
    """The items of a snapshot as a model of this vocabulary sees them; features stay on disk."""
    return ItemTable(
        ids=tuple(snapshot.items["id"]),
        features=cast(Floats, snapshot.features),  # indexed by rows alone, as an array is
        category=category_index(snapshot.items["fine"].to_list(), vocabulary),
        vocabulary=vocabulary,
    )


def rows_before(now: Snapshot, before: Snapshot) -> Ints:
    """(M,) int64 the row that each item of a snapshot had in one before; `NOTHING` for new ones.

    An item counts as the same where the store knows it by the same key, and nothing is said of it
    that the model reads and that was said otherwise.
    """
    count = len(before.keys)
    place = np.searchsorted(before.keys, now.keys)
    place[place == count] = 0  # to be found different
    same = np.zeros(len(place), dtype=np.bool_) if not count else before.keys[place] == now.keys
    for name in _READ if count else ():
        equal = before.items[name].gather(place).eq_missing(now.items[name])
        same &= equal.to_numpy()
    return np.where(same, place, NOTHING)


def require_same_run(run: Run, catalogue: Catalogue) -> None:
    """Stop unless a store was built for a run.

    Raises:
        RunError: its vectors are another run's.
    """
    if catalogue.run != run.fingerprint:
        raise RunError(
            f"The catalogue was built for another run than {run.root}; build it again with "
            "`modiste catalogue build --replace`."
        )

"""What a stylist can make before anybody asks, so that nobody waits for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modiste.stylist.board import Atelier
from modiste.stylist.encodings import CHUNK, MOST_KEPT
from modiste.stylist.likeness import EXACT, Aspect, prepare
from modiste.stylist.pieces import Finder
from modiste.stylist.stored import SnapshotRows, rows_before

READ_FIRST = 20_000
"""Items that are read before the first question; the others while questions are answered."""


@dataclass(frozen=True)
class Ahead:
    """Work that can be done ahead; all of it is done on first use where it was not.

    Args:
        atelier: what the stylist works with.
        finder: how it finds pieces.
    """

    atelier: Atelier
    finder: Finder

    @property
    def searches_at_once(self) -> bool:
        """Whether the first search waits for nothing: few items, or `prepare` has been called."""
        return len(self.atelier.stock) <= EXACT or all(a.prepared for a in self._aspects)

    def read(self, most: int = READ_FIRST) -> None:
        """Let the model read items, the most worn first; 100,000 are kept at most."""
        for rows in np.array_split(self.atelier.popular[:most], most // CHUNK + 1):
            self.atelier.wearer.encodings.of(rows)

    def prepare(self) -> None:
        """Make what the first to search would wait for: seconds for a million items."""
        prepare(self._aspects)
        self.atelier.stock.with_words(["prepared"])
        self.read(MOST_KEPT)

    def follow(self, before: Ahead) -> None:
        """Take over what was made of items that were in an earlier version of the catalogue."""
        ours, theirs = self.atelier.catalogue, before.atelier.catalogue
        if not (isinstance(ours, SnapshotRows) and isinstance(theirs, SnapshotRows)):
            return
        if ours.snapshot.run != theirs.snapshot.run:
            return
        same = rows_before(ours.snapshot, theirs.snapshot)
        self.atelier.wearer.encodings.follow(before.atelier.wearer.encodings, same)
        for aspect, other in zip(self._aspects, before._aspects, strict=True):
            aspect.follow(other, same)

    @property
    def _aspects(self) -> list[Aspect]:
        """What items are compared by: their photographs, their titles."""
        titles = self.atelier.senses.titles
        return [self.finder.pictures, *([] if titles is None else [titles])]

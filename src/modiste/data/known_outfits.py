"""The outfits of a wardrobe, looked up by the items they hold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from modiste.data.wardrobe import Wardrobe


class KnownOutfits:
    """All outfits of a wardrobe, looked up by what they hold."""

    def __init__(self, wardrobe: Wardrobe) -> None:
        outfits = wardrobe.outfits["items"].to_list()
        self._outfits = [{wardrobe.rows[item] for item in items} for items in outfits]
        self._holding: dict[int, set[int]] = {}
        for outfit, rows in enumerate(self._outfits):
            for row in rows:
                self._holding.setdefault(row, set()).add(outfit)

    def completions(self, rows: Sequence[int]) -> set[int]:
        """Every item that stands in some outfit together with all of `rows`."""
        return {item for outfit in self._around(rows) for item in self._outfits[outfit]}

    def holds(self, rows: Sequence[int]) -> bool:
        """Whether some outfit has all of `rows`."""
        return bool(self._around(rows))

    def _around(self, rows: Sequence[int]) -> set[int]:
        around = sorted((self._holding.get(row, set()) for row in rows), key=len)
        return reduce(set.intersection, around[1:], around[0])

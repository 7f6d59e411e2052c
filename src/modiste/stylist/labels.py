"""A column of names that few items do not share, for a million items as for ten."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Labels:
    """Names as numbers.

    Args:
        names: the n distinct ones, in no particular order; none is null.
        number: (M,) where in `names` each item's name is; n where it has none.
    """

    names: pl.Series
    number: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, column: pl.Series) -> Labels:
        """Of (M) names, null where there is none."""
        column = column.cast(pl.String)  # one of nulls alone has no type
        names = column.drop_nulls().unique()
        numbers = column.cast(pl.Enum(names)).to_physical().cast(pl.UInt32)
        return cls(names, numbers.fill_null(len(names)).to_numpy())

    @cached_property
    def known(self) -> Bools:
        """(M,) whether an item has a name."""
        known: Bools = self.number < len(self.names)
        return known

    def __contains__(self, name: str) -> bool:
        return bool((self.names == name).any())

    def among(self, names: Iterable[str]) -> Bools:
        """(M,) whether an item's name is one of some."""
        chosen = np.zeros(len(self.names) + 1, dtype=np.bool_)
        chosen[:-1] = self.names.is_in(pl.Series(list(names), dtype=pl.String)).to_numpy()
        found: Bools = chosen[self.number]
        return found

    def to_list(self) -> list[str]:
        """(M) the names, of which items that share one share the object; all must have one."""
        names: list[str] = self.names.to_numpy().astype(object)[self.number].tolist()
        return names

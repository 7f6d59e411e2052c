"""What a store of items and vectors can do, wherever it keeps them.

`files.catalogue.FileCatalogue` and `postgres.catalogue.PostgresCatalogue` do it, `in_memory` does
what the stylist asks of either; `places.open_catalogue` opens one. All give the same answers to
`tests/catalogue/test_contract.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import polars as pl

from modiste.arrays import Floats, Ints
from modiste.catalogue.facts import check_numbers, checked
from modiste.catalogue.filters import EVERYTHING, Facts, Filter, Kind

NOTHING = -1
"""The row that stands where fewer items were found than asked for."""


@dataclass(frozen=True)
class Found:
    """What a search found, best first; ties go to the lower row.

    Args:
        rows: (B, k) int64 catalogue rows, `NOTHING` where there were no more.
        scores: (B, k) float32 inner products, minus infinity where there were no more.
    """

    rows: Ints
    scores: Floats


class RowSearch(Protocol):
    """Items and their vectors, searched by maximum inner product.

    Implementations: `in_memory.InMemory`, and the `Snapshot` of every store.
    """

    def search(
        self, wanted: Floats, kind: Kind | None, k: int, where: Filter = EVERYTHING
    ) -> Found:
        """Find the k items with the largest inner product; ties go to the lower row.

        Args:
            wanted: (B, H) float32, as `OutfitModel.wanted` gives it.
            kind: where to search; None: in all. One that there is not has no items.
            k: how many, at least 1.
            where: holds before the choice: k items come back wherever k meet it.
        """

    def vectors(self, rows: Ints) -> Floats:
        """(n, H) float32 what the items of `rows` are searched by."""


_CHUNK = 16_384  # rows that a pass over everything holds at once


class LazyRows:
    """Looks like an (M, D) float32 array to those who index it by rows.

    Args:
        shape: M and D.
        fetch: (n,) int64 rows from 0 to M - 1, in any order, to their (n, D) float32 values.
    """

    dtype = np.dtype(np.float32)
    ndim = 2

    def __init__(self, shape: tuple[int, int], fetch: Callable[[Ints], Floats]) -> None:
        self.shape = shape
        self._fetch = fetch

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Floats:
        """Rows by number, slice, numbers or bools; with a comma also columns, as NumPy has it."""
        which, columns = index if isinstance(index, tuple) else (index, slice(None))
        rows = np.arange(len(self))[which]
        fetched = self._fetch(np.ravel(rows)).reshape(*np.shape(rows), self.shape[1])
        found: Floats = fetched[..., columns]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """All of it, in memory."""
        return self[:].astype(dtype or self.dtype, copy=False)

    def mean(self, axis: int = 0, dtype: Any = np.float64) -> np.ndarray[Any, Any]:
        """(D,) the mean of all rows, some rows in memory at a time; `axis` is 0."""
        if axis != 0:
            raise ValueError("LazyRows has the mean of its rows alone: axis=0.")
        total = np.zeros(self.shape[1], dtype=dtype)
        for at in range(0, len(self), _CHUNK):
            total += self[at : at + _CHUNK].sum(axis=0, dtype=dtype)
        return np.asarray(total / max(len(self), 1))


class Batch(NamedTuple):
    """Items to add, with what the model makes of them.

    Args:
        items: n rows of the columns that `facts.checked` asks for.
        vectors: (n, H) float32 what the items are searched by; finite.
        features: (n, D) float32 what the model reads of them; finite.
    """

    items: pl.DataFrame
    vectors: Floats
    features: Floats


def checked_batch(batch: Batch, widths: tuple[int, int]) -> Batch:
    """A batch as a store keeps it.

    Args:
        batch: as it is given.
        widths: H and D of the store.

    Raises:
        DataError: see `facts.checked`, or a number is not finite.
        Misuse: the numbers have other widths.
    """
    items = checked(batch.items)
    return Batch(
        items,
        check_numbers(len(items), batch.vectors, widths[0], "vectors"),
        check_numbers(len(items), batch.features, widths[1], "features"),
    )


class Added(NamedTuple):
    """What adding items did: how many ids are new, how many took the place of one there was."""

    added: int
    replaced: int


@dataclass(frozen=True, kw_only=True)
class PartitionStats:
    """One fine category of a store."""

    name: str
    items: int
    search: Literal["exact", "ivf"]
    """How a query with this category is answered."""


@dataclass(frozen=True, kw_only=True)
class CatalogueStats:
    """What a store holds."""

    where: str
    """A folder, or the address of a database without its password."""
    run: str
    width: int
    feature_width: int
    version: int
    items: int
    deleted: int
    """Rows that are no longer found and still take space."""
    bytes: int
    """On disk."""
    partitions: tuple[PartitionStats, ...]
    """By name."""

    def to_json(self) -> dict[str, Any]:
        """All fields, as plain values."""
        return asdict(self)

    def to_text(self) -> str:
        """A few lines for people."""
        indexed = sum(partition.search == "ivf" for partition in self.partitions)
        return (
            f"{self.where}: {self.items:,} items in {len(self.partitions):,} categories "
            f"({indexed:,} of them searched by lists, the others exactly), version "
            f"{self.version:,}, {self.bytes / 1e6:,.1f} MB; {self.deleted:,} rows removed and not "
            f"yet cleared away.\nVectors of {self.width:,} and features of "
            f"{self.feature_width:,} numbers an item, by the run {self.run[:16]}."
        )


class Snapshot(RowSearch, Protocol):
    """One version of a store; stays what it is while the store changes.

    Rows are numbered from 0 to M - 1 in the order of `keys`.
    """

    @property
    def version(self) -> int:
        """The version that it is of."""

    @property
    def run(self) -> str:
        """Fingerprint of the run whose model made the vectors."""

    @property
    def items(self) -> pl.DataFrame:
        """M rows: the columns of `FACTS`, then attributes as text. Read on first use."""

    @property
    def facts(self) -> Facts:
        """The same, to be asked; made on first use."""

    @property
    def keys(self) -> Ints:
        """(M,) int64, ascending: what the store knows the rows by; never given to others later."""

    @property
    def features(self) -> LazyRows:
        """(M, D) float32, fetched by row when asked for."""


class Catalogue(Protocol):
    """Items and their vectors in a place of their own, changed while they are served.

    Every call that changes something is atomic: other processes see all of it or nothing.

    Raises:
        CatalogueError: from any method: the store is missing, damaged or held by another writer.
        CatalogueUnavailable: from any method: the database does not answer.
    """

    @property
    def run(self) -> str:
        """Fingerprint of the run whose model made the vectors."""

    @property
    def width(self) -> int:
        """H, numbers in a vector."""

    @property
    def feature_width(self) -> int:
        """D, numbers in an item's features."""

    def add(self, batches: Iterable[Batch]) -> Added:
        """Add items, in the place of those that have their ids, in one step.

        Readers see none of them until the last batch is in; where it fails, they never do.

        Raises:
            DataError: a column is missing, an id is twice, or a number is not finite.
            Misuse: the widths are not those of the store.
        """

    def delete(self, ids: Sequence[str]) -> int:
        """Delete items; ids that there are not are passed over. Returns how many are gone."""

    def replace(self, batches: Iterable[Batch], *, run: str, width: int, feature_width: int) -> int:
        """Put other items in the place of all, of another run perhaps, in one step.

        Readers see the old items until the last batch is in; where it fails, they still do.
        Returns how many items there are then. Raises what `add` raises.
        """

    def snapshot(self) -> Snapshot:
        """The newest version, to search and read from as long as one likes."""

    def version(self) -> int:
        """Grows with every change, by whomever; cheap enough to ask every second."""

    def stats(self) -> CatalogueStats:
        """What the store holds."""

    def verify(self) -> list[str]:
        """Read everything; damage that was found, one sentence each. Empty: sound."""

    def close(self) -> None:
        """Let go of files and connections; snapshots may end with it."""

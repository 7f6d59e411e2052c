"""What the stylist can choose from: items on partitions, one for each fine category of a slot.

A slot's partitions stand end to end: few items are weighed all at once faster than one partition
after the other. Names that few items do not share are kept as numbers, for a million as for ten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from modiste.arrays import Bools, Floats, Ints
from modiste.catalogue.base import RowSearch
from modiste.catalogue.facts import Labels, typed
from modiste.catalogue.filters import Facts, Kind, named
from modiste.catalogue.in_memory import InMemory
from modiste.data.batches import ItemTable
from modiste.data.photographs import load_photographs
from modiste.data.wardrobe import Wardrobe
from modiste.errors import Misuse, RunError, UnknownName
from modiste.outfit import Item
from modiste.stylist.results import ShownPiece
from modiste.stylist.stored import StoredWardrobe


@dataclass(frozen=True)
class Partition:
    """The items of one fine category in one slot.

    Args:
        slot: the coarse category.
        fine: the fine category.
        category: its index for the model, 0 where the model does not know it.
        rows: (P,) int64 catalogue rows, ascending; at least one.
    """

    slot: str
    fine: str
    category: int
    rows: Ints

    @property
    def kind(self) -> Kind:
        """What the catalogue calls it."""
        return self.slot, self.fine


class Stock:
    """The items of a wardrobe, by row, slot and partition.

    Args:
        wardrobe: the catalogue.
        table: the same items as the model sees them.

    Raises:
        RunError: the two are not of the same items.
    """

    def __init__(self, wardrobe: Wardrobe, table: ItemTable) -> None:
        self.wardrobe = wardrobe
        self.table = table
        if list(table.ids) != wardrobe.items["id"].to_list():
            raise RunError(
                f"The features are not of the items of {wardrobe.root}; run `modiste embed` on it."
            )

    def __len__(self) -> int:
        return len(self.table.ids)

    @cached_property
    def facts(self) -> Facts:
        """What filters ask of the items."""
        if isinstance(self.wardrobe, StoredWardrobe):
            return self.wardrobe.snapshot.facts
        return Facts(typed(self.wardrobe.items), lambda: self.photographs["colour"])

    @cached_property
    def slot(self) -> list[str]:
        """(M) the coarse category of each row."""
        return self.slot_labels.to_list()

    @cached_property
    def slot_labels(self) -> Labels:
        """The coarse category of each row, to be compared at once."""
        return Labels.of(self.wardrobe.items["category"])

    @cached_property
    def fine(self) -> list[str]:
        """(M) the fine category of each row."""
        return Labels.of(self.wardrobe.items["fine"]).to_list()

    @cached_property
    def partitions(self) -> dict[str, tuple[Partition, ...]]:
        """Slot -> its partitions, both in alphabetical order."""
        found: dict[str, list[Partition]] = {}
        for (slot, fine), rows in self.facts.partitions.items():
            partition = Partition(slot, fine, int(self.table.category[rows[0]]), rows)
            found.setdefault(slot, []).append(partition)
        return {slot: tuple(partitions) for slot, partitions in found.items()}

    @cached_property
    def pictured(self) -> Ints:
        """(M,) number of each item's photograph: items that share one look exactly alike."""
        names = self._photograph_names.to_frame("name").with_row_index("row")
        first = names.select(pl.col("row").first().over("name"))  # who shares one has its first row
        return first["row"].to_numpy().astype(np.int64)

    def alike(self, rows: Sequence[int]) -> Ints:
        """The rows that share a photograph with any of these, themselves included."""
        order, starts = self._by_photograph
        groups = self.pictured[np.asarray(rows, dtype=np.int64)]
        found = [order[starts[group] : starts[group + 1]] for group in groups]
        return np.concatenate([np.zeros(0, dtype=np.int64), *found])

    @cached_property
    def _by_photograph(self) -> tuple[Ints, Ints]:
        """Rows in the order of their photographs' numbers, and where each number begins."""
        counts = np.bincount(self.pictured)
        starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
        return np.argsort(self.pictured, kind="stable"), starts

    def item(self, row: int) -> Item:
        """The item in a row."""
        return self.wardrobe.item(self.table.ids[row])

    def garment(self, row: int) -> ShownPiece:
        """The item in a row as it is shown."""
        if row not in self._shown:
            self._shown[row] = ShownPiece.of(self.item(row), self.wardrobe)
        return self._shown[row]

    @cached_property
    def _shown(self) -> dict[int, ShownPiece]:
        """What was shown before: looking for the file takes longer than all the rest of it."""
        return {}

    def shelves_of(self, category: str) -> tuple[Partition, ...]:
        """The partitions of a coarse or a fine category; case matters only where it must.

        Raises:
            UnknownName: no such category.
            Misuse: the model knows the category, but the catalogue has nothing of it.
        """
        every = {each.kind: each for some in self.partitions.values() for each in some}
        if found := named(category, every):
            return tuple(every[kind] for kind in found)
        if category in self.table.vocabulary:
            raise Misuse(
                f"The catalogue {self.wardrobe.root} has no item of the category {category!r}; "
                "choose another category."
            )
        raise UnknownName("category", category, {*self.partitions, *(fine for _, fine in every)})

    def same_photograph(self, image_hash: str) -> Ints:
        """The rows whose photograph has these bytes (SHA-256)."""
        return (self._photograph_names == image_hash).arg_true().to_numpy().astype(np.int64)

    @cached_property
    def has_photograph(self) -> Bools:
        """(M,) whether there is one."""
        there: Bools = self.wardrobe.items["image"].is_not_null().to_numpy()
        return there

    def with_words(self, text: str) -> Bools:
        """(M,) the items in whose id, names or attributes every word of a text begins a word.

        What holds together in the text (t-shirt) stands together there; signs alone are no word.
        """
        words = as_words(pl.Series([f" {word}" for word in text.split()], dtype=pl.String))
        asked = [word for word in words if word.strip()]
        found = np.full(len(self), bool(asked))
        for word in asked:
            found &= self._said.str.contains(word, literal=True).to_numpy()
        return found

    @cached_property
    def _said(self) -> pl.Series:
        """(M) the words that are said of each item."""
        items = self.wardrobe.items
        texts = ["id", "title", "fine", "category", *self.wardrobe.attributes]
        texts = [name for name in texts if items.schema[name] == pl.String]
        joined = items.select(
            pl.concat_str([pl.lit(""), *texts], separator=" | ", ignore_nulls=True).alias("said")
        )["said"]  # no words stand together across a bar
        return as_words(joined)

    @cached_property
    def photographs(self) -> pl.DataFrame:
        """What was measured on the photographs, by item row; null where there is none."""
        if isinstance(self.wardrobe, StoredWardrobe):
            return self.wardrobe.photographs
        measured = load_photographs(self.wardrobe)
        ids = self.wardrobe.items.select("id")
        return ids.join(measured, on="id", how="left", maintain_order="left")

    def mask(self, rows: Sequence[int] | Ints) -> Bools:
        """(M,) bool, True at `rows`."""
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[np.asarray(rows, dtype=np.int64)] = True
        return mask

    @cached_property
    def _photograph_names(self) -> pl.Series:
        """(M) the hash of each photograph; its path, or else its row, where none was taken."""
        names = self.wardrobe.items.select(
            pl.coalesce("image", pl.format("row {}", pl.int_range(pl.len()))).alias("name")
        )["name"]
        stored = isinstance(self.wardrobe, StoredWardrobe)
        if stored or (self.wardrobe.root / "photographs.parquet").is_file():  # else it takes long
            hashes = self.photographs["image_hash"]
            names = pl.select(pl.coalesce(hashes.alias("hash"), names)).to_series()
        return names


def as_words(texts: pl.Series) -> pl.Series:
    """Texts cut into words and folded, what is said of items and what is asked alike.

    Args:
        texts: (n) each begins with a blank.

    Returns:
        (n) lower case, one blank before every word.
    """
    lower = texts.str.to_lowercase().str.replace_many(["ß", "ς"], ["ss", "σ"])
    return lower.str.replace_all(r"[\s/,;()-]+", " ")


def spread_over(rows: Ints, count: int) -> Ints:
    """Up to `count` of the rows, evenly spaced: the same ones every time."""
    if len(rows) <= count:
        return rows
    places = np.linspace(0, len(rows) - 1, count).round().astype(np.int64)
    spread: Ints = rows[places]
    return spread


SHORT = 20_000
"""Items of a slot up to which weighing them all beats an index for every partition."""
SAMPLE = 256
"""Items of a slot from which the mean and spread of their fit are estimated."""


@dataclass(frozen=True)
class SlotPartition:
    """The partitions of one slot.

    Args:
        partitions: one after the other.
        rows: (n,) int64 their catalogue rows.
        sample: places in `rows`, evenly spread over each partition.
    """

    partitions: tuple[Partition, ...]
    rows: Ints
    sample: Ints

    @classmethod
    def of(cls, partitions: Sequence[Partition]) -> SlotPartition:
        """Partitions put end to end."""
        starts = np.cumsum([0, *(len(partition.rows) for partition in partitions)])
        sample = [
            start + spread_over(np.arange(len(partition.rows)), count)
            for partition, start, count in zip(partitions, starts, shares(partitions), strict=False)
        ]
        rows = np.concatenate([partition.rows for partition in partitions])
        return cls(tuple(partitions), rows, np.concatenate(sample))

    @property
    def short(self) -> bool:
        """Whether its items are so few that all of them can be weighed."""
        return len(self.rows) <= SHORT

    def products(self, catalogue: RowSearch, wanted: Mapping[int, Floats]) -> Floats | None:
        """(B, n) inner products of every item with what is wanted of its fine category.

        None where that is not the fast way: too many items, or vectors that are elsewhere.
        """
        if not isinstance(catalogue, InMemory) or not self.short:
            return None
        parts = [
            catalogue.products(wanted[s.category], s.category, s.rows) for s in self.partitions
        ]
        dense = [part for part in parts if part is not None]
        return np.concatenate(dense, axis=1) if len(dense) == len(parts) else None


def shares(partitions: Sequence[Partition]) -> list[int]:
    """How many of `SAMPLE` items each partition gives, one at least."""
    size = sum(len(partition.rows) for partition in partitions)
    return [max(1, round(SAMPLE * len(partition.rows) / size)) for partition in partitions]

"""More training outfits: an item gives way to one that looks like it.

After DeepLearningClothes, which replaces every item of an outfit by each of its 5 nearest (the item
itself among them, and skipped), in two ways:

    split-first   only training outfits, only neighbours of the same slot, after the split
    published     all outfits, neighbours of any category, and then a random split 64 / 16 / 20 that
                  puts near-copies of every outfit on all sides; here to show what that does
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from modiste.arrays import Bools, Floats, Ints
from modiste.errors import FeatureError, Misuse
from modiste.outfit import Item, Outfit, Split

Order: TypeAlias = Literal["split-first", "published"]
SHARES: Mapping[Split, float] = {"train": 0.64, "valid": 0.16, "test": 0.2}
"""Of the published order: 80 / 20, then 80 / 20 of the first."""


@dataclass(frozen=True, kw_only=True)
class AugmentSettings:
    """How outfits are varied."""

    neighbours: int = 5
    """Nearest items that an item gives way to, itself among them; 2 or more."""
    order: Order = "split-first"
    """Whether the split stands before outfits are varied, or is drawn afterwards as published."""
    seed: int = 0
    """Of the published order's split."""

    def __post_init__(self) -> None:
        if self.neighbours < 2:
            raise Misuse(
                f"--augment {self.neighbours} leaves each item itself only; ask for 2 nearest "
                "items or more."
            )


@dataclass(frozen=True, kw_only=True)
class Augmented:
    """Outfits and variants of them, and what became of every variant."""

    outfits: tuple[Outfit, ...]
    """With variants called `<outfit>~<slot, from 0>~<neighbour, from 1>`."""
    counts: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The counts."""
        return dict(self.counts)


def augment(
    outfits: Sequence[Outfit],
    items: Sequence[Item],
    vectors: Floats,
    present: Bools,
    settings: AugmentSettings | None = None,
) -> Augmented:
    """Vary outfits by the nearest items of each of their items, by Euclidean distance, exactly.

    A variant is dropped where its new item is in the outfit already, where it equals a held-out
    outfit, or another outfit or variant (the published order keeps those); it is counted.

    Args:
        outfits: of items of `items`.
        items: `category` is the slot.
        vectors: (M, D) features of the items, in their order.
        present: (M,) whether an item has features; one without is neither replaced nor chosen.
        settings: see `AugmentSettings`.

    Raises:
        FeatureError: no item that is to be replaced has features.
    """
    settings = settings or AugmentSettings()
    published = settings.order == "published"
    sources = [o for o in outfits if published or o.split == "train"]
    neighbours = _Neighbours(items, vectors, present, settings)
    neighbours.find({item for outfit in sources for item in outfit.items})
    maker = _Variants(outfits, sources, neighbours, keep_equal=published)
    families = [(outfit, *maker.of(outfit)) for outfit in sources]
    made = (*outfits, *(variant for _, *variants in families for variant in variants))
    counts = {"outfits varied": len(sources), "variants": len(made) - len(outfits)}
    counts |= maker.dropped
    if published:
        made = _split_after(families, settings.seed)
        counts["items put in the slot of another category"] = maker.strange
    else:
        counts["variants with an item that only held-out outfits wear"] = maker.held_items
    return Augmented(outfits=made, counts=counts)


class _Neighbours:
    """The nearest items of items."""

    def __init__(
        self, items: Sequence[Item], vectors: Floats, present: Bools, settings: AugmentSettings
    ) -> None:
        self._ids = [item.id for item in items]
        self._rows = {item_id: row for row, item_id in enumerate(self._ids)}
        self._count = settings.neighbours
        self._vectors = vectors
        self._present = present
        whole = settings.order == "published"
        self._pool = np.array(["" if whole else item.category for item in items])
        self._found: dict[str, list[str]] = {}
        self.slot = {item.id: item.category for item in items}

    def find(self, wanted: set[str]) -> None:
        """Look up the neighbours of all of these."""
        rows = np.array(sorted(self._rows[item] for item in wanted), dtype=np.int64)
        if len(rows) and not self._present[rows].any():
            raise FeatureError("No item of the outfits to be varied has features.")
        rows = rows[self._present[rows]]
        for slot in np.unique(self._pool[rows]):
            pool = np.flatnonzero((self._pool == slot) & self._present)
            asked = rows[self._pool[rows] == slot]
            found = _nearest(self._vectors, asked, pool, self._count)
            for row, near in zip(asked.tolist(), found, strict=True):
                others = [self._ids[other] for other in near if other != row]
                self._found[self._ids[row]] = others[: self._count - 1]

    def of(self, item: str) -> list[str]:
        """The nearest others, the nearest first."""
        return self._found.get(item, [])

    def has(self, item: str) -> bool:
        """Whether the item has features."""
        return item in self._found


class _Variants:
    """Makes the variants of one outfit after the other."""

    def __init__(
        self,
        outfits: Sequence[Outfit],
        sources: Sequence[Outfit],
        neighbours: _Neighbours,
        *,
        keep_equal: bool,
    ) -> None:
        self._neighbours = neighbours
        self._keep_equal = keep_equal
        self._names = {outfit.id for outfit in outfits}
        self._held = {o.items for o in outfits} - {o.items for o in sources}
        self._made = {outfit.items for outfit in sources}
        trained = {item for outfit in sources for item in outfit.items}
        self._held_only = {item for items in self._held for item in items} - trained
        self.dropped = {
            "dropped: item already in the outfit": 0,
            "dropped: equal to a held-out outfit": 0,
            "dropped: equal to another": 0,
            "items without features, not replaced": 0,
        }
        self.strange = 0
        self.held_items = 0

    def of(self, outfit: Outfit) -> Iterator[Outfit]:
        """The variants of one outfit that are kept."""
        for place, item in enumerate(outfit.items):
            if not self._neighbours.has(item):
                self.dropped["items without features, not replaced"] += 1
            for number, other in enumerate(self._neighbours.of(item), start=1):
                items = (*outfit.items[:place], other, *outfit.items[place + 1 :])
                reason = self._refused(outfit, items, other)
                if reason is not None:
                    self.dropped[reason] += 1
                    continue
                self._made.add(items)
                slot = self._neighbours.slot
                self.strange += slot[other] != slot[item]
                self.held_items += other in self._held_only
                yield replace(outfit, id=self._name(outfit, place, number), items=items)

    def _name(self, outfit: Outfit, place: int, number: int) -> str:
        name = f"{outfit.id}~{place}~{number}"
        while name in self._names:  # of an outfit that was augmented before
            name += "~"
        self._names.add(name)
        return name

    def _refused(self, outfit: Outfit, items: tuple[str, ...], other: str) -> str | None:
        if other in outfit.items:
            return "dropped: item already in the outfit"
        if items in self._held:
            return "dropped: equal to a held-out outfit"
        known = items in self._made and not self._keep_equal
        return "dropped: equal to another" if known else None


def _nearest(vectors: Floats, asked: Ints, pool: Ints, count: int) -> list[list[int]]:
    """For each asked row the `count` nearest rows of `pool`, nearest first."""
    import faiss

    index: Any = faiss.IndexFlatL2(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors[pool], dtype=np.float32))
    queries = np.ascontiguousarray(vectors[asked], dtype=np.float32)
    _, places = index.search(queries, min(count, len(pool)))
    found: list[list[int]] = pool[places].tolist()
    return found


def _split_after(families: Sequence[Sequence[Outfit]], seed: int) -> tuple[Outfit, ...]:
    """Outfits and their variants dealt to the splits at random, each family in equal shares."""
    rng = np.random.default_rng(seed)
    limits = np.cumsum(list(SHARES.values()))[:-1]
    made = []
    for family in families:
        # Evenly spaced points with one random start: each split gets its share of the family.
        points = (rng.permutation(len(family)) + rng.random()) / len(family)
        places = np.searchsorted(limits, points, "right").tolist()
        splits = [list(SHARES)[place] for place in places]
        made += [replace(o, split=split) for o, split in zip(family, splits, strict=True)]
    return tuple(made)

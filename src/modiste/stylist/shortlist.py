"""Which items of a slot are worth trying on: retrieval across the partitions of a slot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from modiste.arrays import Doubles, Floats, Ints
from modiste.catalogue.base import NOTHING
from modiste.data.best import best_rows, highest
from modiste.stylist.choice import Choice
from modiste.stylist.context import StylistContext
from modiste.stylist.score import Steps, Want, alone
from modiste.stylist.scorer import OutfitScorer
from modiste.stylist.stock import Partition, SlotPartition, shares

DEEPER = 4
"""Times as many items are looked at where their fit alone does not decide."""
GLANCE = 1024
"""Items of a large slot that answer a wish best, whose staleness is asked about: where one was
shown, the next best are often near copies of it."""


@dataclass(frozen=True, eq=False)
class OpenSlot:
    """Where to look.

    Args:
        partitions: of one slot.
        choice: what may be suggested.
        wish: (M,) what is added to an item's fit, in standard deviations; None for nothing.
        stale: (n,) rows to the (n,) that is taken off the fit of each; None for nothing.
    """

    partitions: Sequence[Partition]
    choice: Choice
    wish: Doubles | None = None
    stale: Callable[[Ints], Doubles] | None = None

    @property
    def leans(self) -> bool:
        """Whether anything but fit counts."""
        return self.wish is not None or self.stale is not None

    def leaning(self, rows: Ints) -> Doubles:
        """(n,) what is added to the fit of some rows."""
        stale = np.zeros(len(rows)) if self.stale is None else self.stale(rows)
        return -stale if self.wish is None else self.wish[rows] - stale

    def favourites(self, partition: Partition, count: int, *, short: bool) -> Ints:
        """Up to `count` of a partition's allowed rows that have the most added to their fit.

        Of a slot that is not `short` they are chosen among those that answer the wish best.
        """
        key = (partition.slot, partition.fine, count)
        if key not in self._favourites:
            rows = partition.rows[self.choice.mask[partition.rows]]
            if not short:
                rows = rows[:0] if self.wish is None else rows[highest(self.wish[rows], GLANCE)]
            self._favourites[key] = rows[highest(self.leaning(rows), count)]
        return self._favourites[key]

    @cached_property
    def _favourites(self) -> dict[tuple[str, str, int], Ints]:
        return {}

    @cached_property
    def rows(self) -> Ints:
        """All rows that are allowed, partition by partition."""
        rows: Ints = np.concatenate(
            [partition.rows[self.choice.mask[partition.rows]] for partition in self.partitions]
        )
        return rows


@dataclass(frozen=True)
class Shortlist:
    """Items worth trying on with each of B outfits, best first.

    Args:
        rows: (B, k) int64 catalogue rows, `NOTHING` where there were no more.
        fit: (B, k) float64, in standard deviations above the slot's mean item (wish included);
            minus infinity where there were no more. Scale-free, so slots can be compared.
    """

    rows: Ints
    fit: Doubles


def shortlist(
    context: StylistContext,
    scorer: OutfitScorer,
    outfits: Sequence[Sequence[int]],
    slot: OpenSlot,
    k: int,
) -> Shortlist:
    """The k items of a slot that each outfit wants most, exactly."""
    return alone(scorer, shortlists(context, outfits, [slot], k))[0]


def shortlists(
    context: StylistContext, outfits: Sequence[Sequence[int]], slots: Sequence[OpenSlot], k: int
) -> Steps[list[Shortlist]]:
    """The same for several slots, of which the model hears in one step."""
    kinds = sorted({partition.category for slot in slots for partition in slot.partitions})
    each = [kind for kind in kinds for _ in outfits]
    found: Floats = yield Want([*outfits] * len(kinds), each)
    wanted = {kind: found[n * len(outfits) :][: len(outfits)] for n, kind in enumerate(kinds)}
    return [_of_slot(context, wanted, slot, k) for slot in slots]


def _of_slot(
    context: StylistContext, wanted: dict[int, Floats], slot: OpenSlot, k: int
) -> Shortlist:
    """The items of one slot by what is wanted of each fine category, (B, H)."""
    slot_partition = context.slot_partition(slot.partitions)
    products = slot_partition.products(context.catalogue, wanted)
    if products is not None:
        return _weighed(slot_partition, products, slot, k)
    mean, spread = _usual_fit(context, wanted, slot)
    parts = [
        part
        for partition in slot.partitions
        for part in _found_on(
            context, wanted[partition.category], partition, slot, k, short=slot_partition.short
        )
    ]
    rows = np.concatenate([rows for rows, _ in parts], axis=1)
    fit = (np.concatenate([scores for _, scores in parts], axis=1) - mean) / spread
    if slot.leans:
        known, place = np.unique(np.maximum(rows, 0), return_inverse=True)
        fit = fit + np.where(rows == NOTHING, 0.0, slot.leaning(known)[place].reshape(rows.shape))
    return _best_once(rows, fit, k, twice=slot.leans)


def _weighed(slot_partition: SlotPartition, products: Floats, slot: OpenSlot, k: int) -> Shortlist:
    """The k best of all items of a slot, whose (B, n) inner products are known."""
    mean, spread = _level(products[:, slot_partition.sample].astype(np.float64))
    fit = (products - mean) / spread
    if slot.leans:
        fit += slot.leaning(slot_partition.rows)
    fit[:, ~slot.choice.mask[slot_partition.rows]] = -np.inf
    k = min(k, fit.shape[1])
    least = np.partition(fit, -k, axis=1)[:, -k]
    rows = np.full((len(fit), k), NOTHING, dtype=np.int64)
    best = np.full((len(fit), k), -np.inf)
    for outfit, (each, bar) in enumerate(zip(fit, least, strict=True)):
        near = np.flatnonzero((each >= bar) & (each > -np.inf))  # more than k where some are tied
        chosen = near[np.lexsort((slot_partition.rows[near], -each[near]))[:k]]
        rows[outfit, : len(chosen)] = slot_partition.rows[chosen]
        best[outfit, : len(chosen)] = each[chosen]
    return Shortlist(rows, best)


def _found_on(
    context: StylistContext,
    wanted: Floats,
    partition: Partition,
    slot: OpenSlot,
    k: int,
    *,
    short: bool,
) -> list[tuple[Ints, Floats]]:
    """(B, n) rows and inner products of what fits best, and of what else may be worth it."""
    deep = k if short or slot.stale is None else DEEPER * k
    found = context.catalogue.search(wanted, partition.kind, deep, slot.choice.where)
    parts = [(found.rows, found.scores)]
    if slot.leans and len(best := slot.favourites(partition, DEEPER * k, short=short)):
        scores = wanted @ context.catalogue.vectors(best).T
        parts.append((np.broadcast_to(best, scores.shape), scores))
    return parts


def _usual_fit(
    context: StylistContext, wanted: dict[int, Floats], slot: OpenSlot
) -> tuple[Doubles, Doubles]:
    """(B, 1) mean and (B, 1) standard deviation of the fit of a slot's items."""
    products = [
        wanted[partition.category].astype(np.float64) @ context.sample(partition, count).T
        for partition, count in zip(slot.partitions, shares(slot.partitions), strict=True)
    ]
    return _level(np.concatenate(products, axis=1))


def _level(sample: Doubles) -> tuple[Doubles, Doubles]:
    """(B, 1) mean and (B, 1) standard deviation of (B, n) numbers."""
    spread = sample.std(axis=1, keepdims=True)
    flat = spread < 1e-9  # a model that does not care: nothing to divide by
    return sample.mean(axis=1, keepdims=True), np.where(flat, 1.0, spread)


def _best_once(rows: Ints, fit: Doubles, k: int, *, twice: bool) -> Shortlist:
    """The k best of each row, none of them twice; ties go to the lower catalogue row."""
    if twice:
        by_row = np.lexsort((-fit, rows), axis=1)
        rows, fit = np.take_along_axis(rows, by_row, 1), np.take_along_axis(fit, by_row, 1)
        again = np.pad(rows[:, 1:] == rows[:, :-1], ((0, 0), (1, 0)))
        fit = np.where(again, -np.inf, fit)
    fit = np.where(rows == NOTHING, -np.inf, fit)
    rows, fit = best_rows(rows, fit, k)
    return Shortlist(np.where(np.isneginf(fit), NOTHING, rows), fit)

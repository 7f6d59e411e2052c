"""Which items of a slot are worth trying on: retrieval across the shelves of a slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modiste.catalogue.rows import NOTHING
from modiste.data.batches import Floats, Ints
from modiste.evaluation.calibration import Doubles
from modiste.stylist.aisle import Aisle, shares
from modiste.stylist.board import Atelier, Bools
from modiste.stylist.score import FittingRoom
from modiste.stylist.stock import Shelf
from modiste.stylist.together import Steps, Want, alone


@dataclass(frozen=True)
class Slot:
    """Where to look.

    Args:
        shelves: of one slot.
        allowed: (M,) bool by catalogue row.
        wish: (M,) what is added to an item's fit, in standard deviations; None for nothing.
    """

    shelves: Sequence[Shelf]
    allowed: Bools
    wish: Doubles | None = None

    @property
    def rows(self) -> Ints:
        """All rows that are allowed, shelf by shelf."""
        rows: Ints = np.concatenate(
            [shelf.rows[self.allowed[shelf.rows]] for shelf in self.shelves]
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
    atelier: Atelier, room: FittingRoom, outfits: Sequence[Sequence[int]], slot: Slot, k: int
) -> Shortlist:
    """The k items of a slot that each outfit wants most, exactly."""
    return alone(room, shortlists(atelier, outfits, [slot], k))[0]


def shortlists(
    atelier: Atelier, outfits: Sequence[Sequence[int]], slots: Sequence[Slot], k: int
) -> Steps[list[Shortlist]]:
    """The same for several slots, of which the model hears in one step."""
    kinds = sorted({shelf.category for slot in slots for shelf in slot.shelves})
    each = [kind for kind in kinds for _ in outfits]
    found: Floats = yield Want([*outfits] * len(kinds), each)
    wanted = {kind: found[n * len(outfits) :][: len(outfits)] for n, kind in enumerate(kinds)}
    return [_of_slot(atelier, wanted, slot, k) for slot in slots]


def _of_slot(atelier: Atelier, wanted: dict[int, Floats], slot: Slot, k: int) -> Shortlist:
    """The items of one slot by what is wanted of each fine category, (B, H)."""
    aisle = atelier.aisle(slot.shelves)
    products = aisle.products(atelier.catalogue, wanted)
    if products is not None:
        return _weighed(aisle, products, slot, k)
    mean, spread = _usual_fit(atelier, wanted, slot)
    parts = []
    for shelf in slot.shelves:
        for allowed in _searches(atelier, shelf, slot, k):
            found = atelier.catalogue.search(wanted[shelf.category], shelf.category, k, allowed)
            parts.append((found.rows, found.scores))
    rows = np.concatenate([rows for rows, _ in parts], axis=1)
    fit = (np.concatenate([scores for _, scores in parts], axis=1) - mean) / spread
    if slot.wish is not None:
        fit = fit + np.where(rows == NOTHING, 0.0, slot.wish[rows])
    return _best_once(rows, fit, k, twice=slot.wish is not None)


def _weighed(aisle: Aisle, products: Floats, slot: Slot, k: int) -> Shortlist:
    """The k best of all items of a slot, whose (B, n) inner products are known."""
    mean, spread = _level(products[:, aisle.sample].astype(np.float64))
    fit = (products - mean) / spread
    if slot.wish is not None:
        fit += slot.wish[aisle.rows]
    fit[:, ~slot.allowed[aisle.rows]] = -np.inf
    k = min(k, fit.shape[1])
    least = np.partition(fit, -k, axis=1)[:, -k]
    rows = np.full((len(fit), k), NOTHING, dtype=np.int64)
    best = np.full((len(fit), k), -np.inf)
    for outfit, (each, bar) in enumerate(zip(fit, least, strict=True)):
        near = np.flatnonzero((each >= bar) & (each > -np.inf))  # more than k where some are tied
        chosen = near[np.lexsort((aisle.rows[near], -each[near]))[:k]]
        rows[outfit, : len(chosen)] = aisle.rows[chosen]
        best[outfit, : len(chosen)] = each[chosen]
    return Shortlist(rows, best)


def _searches(atelier: Atelier, shelf: Shelf, slot: Slot, k: int) -> list[Bools]:
    """What to search: the shelf and, where there is a wish, what on it answers the wish best."""
    everything = slot.allowed
    if atelier.stock.shares_category(shelf):  # a category's search would find other shelves' items
        everything = atelier.stock.mask(shelf.rows) & slot.allowed
    if slot.wish is None:
        return [everything]
    rows = shelf.rows[slot.allowed[shelf.rows]]
    best = rows[np.argsort(-slot.wish[rows], kind="stable")[: 4 * k]]
    return [everything, atelier.stock.mask(best)]


def _usual_fit(atelier: Atelier, wanted: dict[int, Floats], slot: Slot) -> tuple[Doubles, Doubles]:
    """(B, 1) mean and (B, 1) standard deviation of the fit of a slot's items."""
    products = [
        wanted[shelf.category].astype(np.float64) @ atelier.sample(shelf, count).T
        for shelf, count in zip(slot.shelves, shares(slot.shelves), strict=True)
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
    best = np.lexsort((rows, -fit), axis=1)[:, :k]
    rows, fit = np.take_along_axis(rows, best, 1), np.take_along_axis(fit, best, 1)
    return Shortlist(np.where(np.isneginf(fit), NOTHING, rows), fit)

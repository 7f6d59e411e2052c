"""Which items of a slot are worth trying on: retrieval across the shelves of a slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modiste.catalogue.rows import NOTHING
from modiste.data.batches import Floats, Ints
from modiste.evaluation.calibration import Doubles
from modiste.stylist.board import Atelier, Bools
from modiste.stylist.score import FittingRoom
from modiste.stylist.stock import Shelf
from modiste.stylist.together import Steps, Want, alone

SAMPLE = 256
"""Items of a slot from which the mean and spread of their fit are estimated."""


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
    size = sum(len(shelf.rows) for shelf in slot.shelves)
    products = []
    for shelf in slot.shelves:
        count = max(1, round(SAMPLE * len(shelf.rows) / size))
        vectors = atelier.sample(shelf, count)
        products.append(wanted[shelf.category].astype(np.float64) @ vectors.T)
    sample = np.concatenate(products, axis=1)
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

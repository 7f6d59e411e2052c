"""Beam search: one look built slot by slot, partial outfits grown by what each wants.

Looks after the first are to show something else: `NoveltyPenalty`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from modiste.arrays import Doubles, Floats, Ints
from modiste.catalogue.base import NOTHING
from modiste.data.best import highest
from modiste.stylist.choice import Choice
from modiste.stylist.complete import standard, standard_units
from modiste.stylist.context import PartialOutfit, StylistContext
from modiste.stylist.shortlist import GLANCE, OpenSlot, shortlist
from modiste.stylist.stock import Partition, shares


class NoveltyPenalty:
    """Likeness of items to those of their slot that were shown, 0 to 1.

    Of a slot that is short all items are compared at once, whenever one of it is shown; of a
    larger one those that are asked about, by the mean and spread of a sample.

    Args:
        context: what the stylist works with.
    """

    def __init__(self, context: StylistContext) -> None:
        self._atelier = context
        self._short: dict[str, Floats] = {}  # slot -> its items' units
        self._large: dict[int, _Sampled] = {}  # number of a slot among the labels -> of it
        self._anything = False

    def __bool__(self) -> bool:
        """Whether anything was shown."""
        return self._anything

    def show(self, rows: Iterable[int]) -> None:
        """Remember that these items have been shown too."""
        for row in rows:
            self._anything = True
            slot = self._atelier.stock.slot[row]
            slot_partition = self._atelier.slot_partition(self._atelier.stock.partitions[slot])
            if slot_partition.short:
                self._compare(slot, slot_partition.rows, row)
            else:
                number = int(self._atelier.stock.slot_labels.number[row])
                if number not in self._large:
                    self._large[number] = _Sampled(self._atelier, slot)
                self._large[number].show(row)

    def at(self, rows: Ints) -> Doubles:
        """(n,) of catalogue rows."""
        stale: Doubles = self._compared[rows]
        slots = self._atelier.stock.slot_labels.number[rows] if self._large else rows
        for slot, sampled in self._large.items():
            mine = np.flatnonzero(slots == slot)
            if len(mine):
                stale[mine] = sampled.at(rows[mine])
        return stale

    @cached_property
    def _compared(self) -> Doubles:
        """(M,) of the items of short slots; 0 elsewhere."""
        return np.zeros(len(self._atelier.stock))

    def _compare(self, slot: str, rows: Ints, shown: int) -> None:
        """All items of a short slot with one of them."""
        if slot not in self._short:
            self._short[slot] = standard_units(self._atelier.catalogue.vectors(rows))
        units = self._short[slot]
        likeness = units @ units[np.flatnonzero(rows == shown)[0]]
        self._compared[rows] = np.maximum(self._compared[rows], likeness)


class _Sampled:
    """What was shown of a large slot, and a sample that says what is usual there."""

    def __init__(self, context: StylistContext, slot: str) -> None:
        partitions = context.stock.partitions[slot]
        self._catalogue = context.catalogue
        self._usual = np.concatenate(
            [context.sample(*each) for each in zip(partitions, shares(partitions), strict=True)]
        )
        self._shown: list[Floats] = []

    def show(self, row: int) -> None:
        self._shown.append(self._units(np.array([row]))[0])

    def at(self, rows: Ints) -> Doubles:
        """(n,) of one row of this slot or more."""
        likeness = self._units(rows) @ np.stack(self._shown, axis=1)  # (n, s)
        most: Doubles = likeness.max(axis=1, initial=0.0).astype(np.float64)
        return most

    def _units(self, rows: Ints) -> Floats:
        return standard_units(self._catalogue.vectors(rows), self._usual)


CHILDREN = 3
"""Of one partial outfit that stay in the beam, so that it does not fill with near copies."""


@dataclass(frozen=True, kw_only=True)
class ComposeConfig:
    """How looks are searched for."""

    beam: int = 8
    """Partial outfits that are kept after each slot."""
    proposals: int = 12
    """Items that are tried on with each of them."""
    plans: int = 3
    """Combinations of slots that are tried, the most usual ones."""
    wish_weight: float = 1.5
    """Weight of the text wish beside the model's opinion, both in standard deviations."""
    variety: float = 1.5
    """Weight of not looking like the looks before, beside the model's opinion."""
    anchors: int = 50
    """Popular items among which a look from nothing starts."""
    wobble: float = 0.3
    """Random part of a proposal's fit, in standard deviations, for seeds other than 0."""


@dataclass(frozen=True)
class Partial:
    """An outfit in the making.

    Args:
        added: catalogue rows beside the given pieces.
        logit: of all together.
    """

    added: tuple[int, ...]
    logit: float


@dataclass(frozen=True)
class BeamSearch:
    """What the looks of one request share.

    Args:
        context: what the stylist works with.
        board: the given pieces.
        config: settings of the search.
        wish: (M,) how well each item answers the text wish, standardised; None without one.
        shown: how alike items are to those of their slot in the looks before.
        seed: 0 for the best there is.
    """

    context: StylistContext
    board: PartialOutfit
    config: ComposeConfig
    wish: Doubles | None
    shown: NoveltyPenalty
    seed: int

    def slot(self, partitions: Sequence[Partition], choice: Choice) -> OpenSlot:
        """Where to look, with what wish and variety add to an item's fit."""
        return OpenSlot(partitions, choice, self._liking, self._stale if self.shown else None)

    @cached_property
    def _liking(self) -> Doubles | None:
        return None if self.wish is None else self.config.wish_weight * self.wish

    def _stale(self, rows: Ints) -> Doubles:
        return self.config.variety * self.shown.at(rows)

    def answered(self, added: Ints) -> Doubles:
        """(n,) how well (n, L) added pieces answer the wish: half the best of L, half all."""
        if self.wish is None:
            return np.zeros(len(added))
        each = self.wish[added]
        answered: Doubles = (each.max(axis=1) + each.mean(axis=1)) / 2
        return answered

    def appeal(self, added: Ints) -> Doubles:
        """(n,) what wish and variety add to the verdicts on partial outfits of (n, L) pieces."""
        rows, place = np.unique(added, return_inverse=True)
        stale = self.shown.at(rows)[place].reshape(added.shape).mean(axis=1)
        appeal: Doubles = self.config.wish_weight * self.answered(added)
        appeal -= self.config.variety * stale
        return appeal


class Growth:
    """Looks that are grown slot by slot; what those that begin alike share is grown once.

    Args:
        search: what all of them share.
    """

    def __init__(self, search: BeamSearch) -> None:
        self._search = search
        seed = [Partial((), 0.0)], np.random.default_rng(search.seed)
        self._grown: dict[tuple[OpenSlot, ...], tuple[list[Partial], np.random.Generator]] = {
            (): seed
        }

    def looks(self, slots: Sequence[OpenSlot]) -> list[Partial]:
        """An item of each slot in turn, added to every partial outfit; the best are kept.

        Where there are no pieces, looks start from popular items of the first slot.

        Returns:
            Whole looks, best first; fewer, or none, where a slot runs out.
        """
        for end, slot in enumerate(slots):
            path = tuple(slots[: end + 1])
            if path not in self._grown:
                partials, rng = self._grown[path[:-1]]
                rng = deepcopy(rng)  # another look may go on from there
                if path[1:] or self._search.board.pieces:
                    partials = _best(self._search, _expand(self._search, partials, slot, rng))
                else:
                    partials = anchors(self._search, slot)
                self._grown[path] = partials, rng
        return self._grown[tuple(slots)][0]


def _expand(
    search: BeamSearch, partials: Sequence[Partial], slot: OpenSlot, rng: np.random.Generator
) -> list[Partial]:
    """Every partial outfit with each of its proposals."""
    if not partials:
        return []
    numbers = search.board.numbers
    pictured = search.context.stock.pictured
    worn = [[*numbers, *partial.added] for partial in partials]
    k = search.config.proposals
    found = shortlist(search.context, search.board.scorer, worn, slot, 2 * k if search.seed else k)
    wobble = search.config.wobble if search.seed else 0.0
    liking = found.fit + wobble * rng.gumbel(size=found.fit.shape)
    grown: list[tuple[int, ...]] = []
    for partial, rows, fit in zip(partials, found.rows, liking, strict=True):
        taken = set(pictured[list(partial.added)].tolist())
        ranked = rows[np.argsort(-fit, kind="stable")]
        fresh = [int(r) for r in ranked if r != NOTHING and int(pictured[r]) not in taken]
        grown += [(*partial.added, row) for row in fresh[:k]]
    logits = search.board.score([[*numbers, *added] for added in grown])
    return [Partial(added, float(z)) for added, z in zip(grown, logits, strict=True)]


def _best(search: BeamSearch, partials: Sequence[Partial]) -> list[Partial]:
    """The best of one step, no set of items twice, few children of one parent."""
    if not partials:
        return []
    value = standard(np.array([partial.logit for partial in partials]))
    value = value + search.appeal(np.array([partial.added for partial in partials]))
    kept: list[Partial] = []
    seen: set[frozenset[int]] = set()
    children: Counter[tuple[int, ...]] = Counter()
    for place in np.argsort(-value, kind="stable"):
        partial = partials[place]
        items, parent = frozenset(partial.added), partial.added[:-1]
        if items in seen or (parent and children[parent] >= CHILDREN):
            continue
        seen.add(items)
        children[parent] += 1
        kept.append(partial)
        if len(kept) == search.config.beam:
            break
    return kept


def anchors(search: BeamSearch, slot: OpenSlot) -> list[Partial]:
    """Where a look from nothing starts: some of a slot's popular items, at random.

    With a wish, items that answer it.
    """
    rows = slot.rows
    value = standard(np.log1p(search.context.times_worn[rows]))
    most = search.config.anchors if search.wish is None else 2 * search.config.beam
    if slot.stale is not None and not search.context.slot_partition(slot.partitions).short:
        likely = value if slot.wish is None else value + 2 * slot.wish[rows]
        some = np.sort(highest(likely, GLANCE))
        rows, value = rows[some], value[some]
    if slot.leans:
        value = value + 2 * slot.leaning(rows)
    by_row = np.argsort(rows, kind="stable")  # ties go to the lower row
    best = rows[by_row][highest(value[by_row], most)]
    rng = np.random.default_rng(search.seed)
    chosen: Ints = rng.permutation(best)[: search.config.beam]
    return [Partial((int(row),), 0.0) for row in chosen]

"""One look, built slot by slot: a beam of partial outfits, grown by what each wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modiste.catalogue.rows import NOTHING
from modiste.data.batches import Ints
from modiste.evaluation.calibration import Doubles
from modiste.stylist.board import Atelier, Board
from modiste.stylist.complete import standard
from modiste.stylist.shortlist import Slot, shortlist

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
class Search:
    """What the looks of one request share.

    Args:
        atelier: what the stylist works with.
        board: the given pieces.
        config: settings of the search.
        wish: (M,) how well each item answers the text wish, standardised; None without one.
        shown: (M,) how alike each item is to those of its slot in the looks before, 0 to 1.
        seed: 0 for the best there is.
    """

    atelier: Atelier
    board: Board
    config: ComposeConfig
    wish: Doubles | None
    shown: Doubles
    seed: int

    @property
    def leaning(self) -> Doubles | None:
        """(M,) what wish and variety add to an item's fit, in standard deviations, if anything."""
        fresh = -self.config.variety * self.shown
        if self.wish is not None:
            return fresh + self.config.wish_weight * self.wish
        return fresh if self.shown.any() else None

    def answered(self, added: Sequence[int]) -> float:
        """How well the added pieces answer the wish: half the best of them, half all of them."""
        if self.wish is None or not added:
            return 0.0
        each = self.wish[list(added)]
        return float(each.max() + each.mean()) / 2

    def appeal(self, added: Sequence[int]) -> float:
        """What wish and variety add to the verdict on a partial outfit."""
        stale = float(self.shown[list(added)].mean()) if added else 0.0
        return self.config.wish_weight * self.answered(added) - self.config.variety * stale


def grow(search: Search, start: Sequence[Partial], slots: Sequence[Slot]) -> list[Partial]:
    """Add an item of each slot in turn to every partial outfit, keeping the best.

    Returns:
        Whole looks, best first; fewer, or none, where a slot runs out.
    """
    partials = list(start)
    rng = np.random.default_rng(search.seed)
    for slot in slots:
        if not partials:
            return []
        partials = _best(search, _expand(search, partials, slot, rng))
    return partials


def _expand(
    search: Search, partials: Sequence[Partial], slot: Slot, rng: np.random.Generator
) -> list[Partial]:
    """Every partial outfit with each of its proposals."""
    numbers = search.board.numbers
    pictured = search.atelier.stock.pictured
    worn = [[*numbers, *partial.added] for partial in partials]
    k = search.config.proposals
    found = shortlist(search.atelier, search.board.room, worn, slot, 2 * k if search.seed else k)
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


def _best(search: Search, partials: Sequence[Partial]) -> list[Partial]:
    """The best of one step, no set of items twice, few children of one parent."""
    value = standard(np.array([partial.logit for partial in partials]))
    value = value + np.array([search.appeal(partial.added) for partial in partials])
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


def anchors(search: Search, slot: Slot) -> list[Partial]:
    """Where a look from nothing starts: some of a slot's popular items, at random.

    With a wish, items that answer it.
    """
    rows = slot.rows
    worn = search.atelier.worn_in
    value = standard(np.array([np.log1p(len(worn.get(int(row), ()))) for row in rows]))
    if (leaning := search.leaning) is not None:
        value = value + 2 * leaning[rows]
    most = search.config.anchors if search.wish is None else 2 * search.config.beam
    best = rows[np.lexsort((rows, -value))][:most]
    rng = np.random.default_rng(search.seed)
    chosen: Ints = rng.permutation(best)[: search.config.beam]
    return [Partial((int(row),), 0.0) for row in chosen]

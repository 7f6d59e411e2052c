"""Whole looks, from pieces, from a wish, or from nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modiste.errors import Misuse
from modiste.evaluation.calibration import Doubles
from modiste.stylist.beam import ComposeConfig, Partial, Search, anchors, grow
from modiste.stylist.board import Atelier, Board, Bools
from modiste.stylist.complete import look_in, standard
from modiste.stylist.filters import Filters
from modiste.stylist.look import Composition, Look
from modiste.stylist.rules import Plan
from modiste.stylist.score import log_odds
from modiste.stylist.shortlist import Slot


@dataclass(frozen=True, kw_only=True)
class ComposeRequest:
    """What looks are asked for."""

    text: str | None = None
    """A wish in words; one piece may answer it or all."""
    slots: tuple[str, ...] | None = None
    """The slots of the whole look (coarse or fine); those of the given pieces are taken by them.
    None: what people wear with the pieces."""
    looks: int = 3
    filters: Filters = Filters()
    """On the added pieces."""
    seed: int = 0
    """0: the best there is; any other: a little at random, the same every time."""

    def __post_init__(self) -> None:
        if self.looks < 1:
            raise Misuse(f"{self.looks} looks are none; ask for 1 or more.")
        if self.seed < 0:
            raise Misuse(f"The seed {self.seed} is below 0; give 0 or more.")
        if self.text is not None and not self.text.strip():
            raise Misuse("The wish is empty; say what you would like, or leave it out.")


def compose(
    atelier: Atelier, board: Board, request: ComposeRequest, config: ComposeConfig
) -> Composition:
    """Compose looks that differ in at least half of the pieces added.

    Raises:
        Misuse: nothing can be added, no wish can be read by this run, or nothing is left to
            choose from.
        UnknownName: no such slot.
    """
    wish = _wish(atelier, request.text)
    search = Search(atelier, board, config, wish, request.seed)
    allowed = request.filters.allowed(atelier.stock) & board.others(atelier)
    plans = _plans(search, request, allowed)
    looks: list[tuple[float, Partial]] = []
    for _ in range(request.looks):
        free = allowed.copy()
        taken = [row for _, look in looks for row in look.added]
        free &= ~np.isin(atelier.stock.pictured, atelier.stock.pictured[taken])
        # A slot that has run out may show a piece again.
        found = _best_look(search, plans, (free, allowed), [look for _, look in looks])
        if found is None:
            break
        looks.append(found)
    if not looks:
        raise Misuse("No look can be composed of what is left after filtering; loosen a filter.")
    notes = list(board.notes)
    if len(looks) < request.looks:
        notes.append(f"Only {len(looks)} distinct looks can be composed of what there is.")
    looks.sort(key=lambda look: -look[0])
    return Composition(looks=tuple(_shown(search, *look) for look in looks), notes=tuple(notes))


def _wish(atelier: Atelier, text: str | None) -> Doubles | None:
    """(M,) how well each item's title answers a wish, in standard deviations."""
    if text is None:
        return None
    if atelier.senses.read is None:
        raise Misuse("This run does not read titles, so it cannot read a wish; leave it out.")
    return standard(atelier.senses.read(text).astype(np.float64))


def _plans(search: Search, request: ComposeRequest, allowed: Bools) -> list[Plan]:
    """Which slots to fill."""
    atelier, board = search.atelier, search.board
    if request.slots is not None:
        return [Plan(_still_open(search, request.slots), 1.0)]
    if not atelier.habits.combinations:
        raise Misuse(
            f"{atelier.stock.wardrobe.root} has no training outfits that say which slots make a "
            "look; name them (--slots)."
        )
    shelves = atelier.stock.shelves
    stocked = [s for s in shelves if len(Slot(shelves[s], allowed).rows)]
    most = search.config.plans if search.wish is None else 4 * search.config.plans
    plans = atelier.habits.plans(board.slots, stocked, most)
    if not plans:
        raise Misuse(
            "Nothing can be added to these pieces as outfits go (they are a whole look, or the "
            "filters leave none of what goes with them); name the slots (--slots)."
        )
    return _wished_for(search, plans, allowed)[: search.config.plans]


def _still_open(search: Search, slots: Sequence[str]) -> tuple[str, ...]:
    """The slots asked for less those that the given pieces take."""
    worn = Counter(search.board.slots)
    left = []
    for name in slots:
        taken = {shelf.slot for shelf in search.atelier.stock.shelves_of(name)} & worn.keys()
        if taken:
            worn -= Counter([min(taken)])
        else:
            left.append(name)
    if not left:
        raise Misuse("The given pieces take all the slots of the look; name another slot.")
    return tuple(left)


def _wished_for(search: Search, plans: Sequence[Plan], allowed: Bools) -> list[Plan]:
    """The plans whose slots answer the wish best first, if there is one."""
    wish = search.wish
    if wish is None:
        return list(plans)

    def answer(plan: Plan) -> float:
        stock = search.atelier.stock
        best = [np.sort(wish[Slot(stock.shelves[s], allowed).rows])[-10:].mean() for s in plan.add]
        return float(np.log(plan.share) + search.config.wish_weight * max(best))

    return sorted(plans, key=answer, reverse=True)


def _best_look(
    search: Search,
    plans: Sequence[Plan],
    allowed: tuple[Bools, Bools],
    before: Sequence[Partial],
) -> tuple[float, Partial] | None:
    """The best look that differs enough from those before it, whichever plan it follows."""
    found = []
    for plan in plans:
        for look in _looks_of(search, plan, allowed):
            if all(_differ(look, other) for other in before):
                found.append((_value(search, plan, look), look))
                break
    return max(found, key=lambda f: f[0], default=None)


def _looks_of(search: Search, plan: Plan, allowed: tuple[Bools, Bools]) -> list[Partial]:
    shelves = search.atelier.stock.shelves_of
    slots = []
    for name in plan.add:
        free, all_allowed = allowed
        fresh = Slot(shelves(name), free, _weighed(search))
        enough = len(fresh.rows) >= plan.add.count(name)
        slots.append(fresh if enough else look_in(shelves(name), all_allowed, name, fresh.wish))
    if search.board.pieces:
        return grow(search, [Partial((), 0.0)], slots)
    first = _anchor_slot(search, slots)
    rest = slots[:first] + slots[first + 1 :]
    return grow(search, anchors(search, slots[first]), rest)


def _anchor_slot(search: Search, slots: Sequence[Slot]) -> int:
    """Where to start: the slot that answers the wish best, else the most usual one."""
    wish = search.wish
    if wish is None:
        return 0
    return int(np.argmax([wish[slot.rows].max() for slot in slots]))


def _weighed(search: Search) -> Doubles | None:
    return None if search.wish is None else search.config.wish_weight * search.wish


def _differ(look: Partial, other: Partial) -> bool:
    """Whether at least half of the pieces added are different."""
    shared = len(set(look.added) & set(other.added))
    return 2 * shared <= min(len(look.added), len(other.added))


def _value(search: Search, plan: Plan, look: Partial) -> float:
    """Evidence for a look: calibrated log-odds, how usual its slots are, and the wish."""
    odds = float(log_odds(search.atelier.calibration, np.array(look.logit)))
    wish = search.config.wish_weight * search.answered(look.added)
    return odds + float(np.log(plan.share)) + wish


def _shown(search: Search, value: float, look: Partial) -> Look:
    atelier = search.atelier
    added = [atelier.garment(row) for row in look.added]
    return Look(
        pieces=(*search.board.garments, *added),
        verdict=atelier.verdict(look.logit),
        wish=None if search.wish is None else search.answered(look.added),
        value=value,
    )

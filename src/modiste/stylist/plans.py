"""Which slots a composed look is to fill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from modiste.errors import Misuse
from modiste.stylist.beam import Search
from modiste.stylist.board import Bools
from modiste.stylist.rules import Plan
from modiste.stylist.shortlist import Slot, highest


class WholeLook(Misuse):
    """Nothing can be added to the given pieces."""


def choose_plans(search: Search, slots: Sequence[str] | None, allowed: Bools) -> list[Plan]:
    """The ways to a whole look that are worth following.

    Args:
        search: the given pieces, and the wish.
        slots: those of the whole look; None: what people wear with the pieces.
        allowed: (M,) bool, what may be added.

    Raises:
        WholeLook: nothing can be added.
        Misuse: nobody knows what to add.
        UnknownName: no such slot.
    """
    atelier, board = search.atelier, search.board
    if slots is not None:
        return [Plan(_still_open(search, slots), 1.0)]
    if not atelier.habits.combinations:
        raise Misuse(
            f"{atelier.stock.wardrobe.root} has no training outfits that say which slots make a "
            "look; name them (--slots)."
        )
    shelves = atelier.stock.shelves
    slots_of = {name: Slot(shelves[name], allowed) for name in shelves}
    stocked = [name for name, slot in slots_of.items() if len(slot.rows)]
    most = search.config.plans if search.wish is None else 4 * search.config.plans
    plans = atelier.habits.plans(board.slots, stocked, most)
    if not plans:
        raise WholeLook(
            "Nothing can be added to these pieces as outfits go (they are a whole look, or the "
            "filters leave none of what goes with them); name the slots (--slots)."
        )
    return _wished_for(search, plans, slots_of)[: search.config.plans]


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
        raise WholeLook("The given pieces take all the slots of the look; name another slot.")
    if len(left) + len(search.board.pieces) < 2:
        raise Misuse("A look needs two slots or more; name another slot, or give a piece.")
    return tuple(left)


def _wished_for(search: Search, plans: Sequence[Plan], slots: Mapping[str, Slot]) -> list[Plan]:
    """The plans whose slots answer the wish best first, if there is one."""
    wish = search.wish
    if wish is None:
        return list(plans)
    best = {}
    for name in {name for plan in plans for name in plan.add}:
        each = wish[slots[name].rows]
        best[name] = each[highest(each, 10)][::-1].mean()

    def answer(plan: Plan) -> float:
        wished = max(best[name] for name in plan.add)
        return float(np.log(plan.share) + search.config.wish_weight * wished)

    return sorted(plans, key=answer, reverse=True)

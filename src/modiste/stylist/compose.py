"""Whole looks, from pieces, from a wish, or from nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modiste.arrays import Doubles
from modiste.catalogue.filters import EVERYTHING, Filter
from modiste.data.best import highest
from modiste.errors import Misuse
from modiste.stylist.beam import BeamSearch, ComposeConfig, Growth, NoveltyPenalty, Partial
from modiste.stylist.choice import Choice
from modiste.stylist.complete import look_in, standard
from modiste.stylist.context import PartialOutfit, StylistContext
from modiste.stylist.results import ComposedLook, ComposeResult
from modiste.stylist.rules import LookPlan
from modiste.stylist.shortlist import OpenSlot
from modiste.stylist.stock import Stock
from modiste.stylist.wishes import QueryEncoders


class WholeLook(Misuse):
    """Nothing can be added to the given pieces."""


def choose_plans(search: BeamSearch, slots: Sequence[str] | None, choice: Choice) -> list[LookPlan]:
    """The ways to a whole look that are worth following.

    Args:
        search: the given pieces, and the wish.
        slots: those of the whole look; None: what people wear with the pieces.
        choice: what may be added.

    Raises:
        WholeLook: nothing can be added.
        Misuse: nobody knows what to add.
        UnknownName: no such slot.
    """
    context, board = search.context, search.board
    if slots is not None:
        return [LookPlan(_still_open(search, slots), 1.0)]
    if not context.slot_prior.combinations:
        raise Misuse(
            f"{context.stock.wardrobe.root} has no training outfits that say which slots make a "
            "look; name them (--slots)."
        )
    partitions = context.stock.partitions
    slots_of = {name: OpenSlot(partitions[name], choice) for name in partitions}
    stocked = [name for name, slot in slots_of.items() if len(slot.rows)]
    most = search.config.plans if search.wish is None else 4 * search.config.plans
    plans = context.slot_prior.plans(board.slots, stocked, most)
    if not plans:
        raise WholeLook(
            "Nothing can be added to these pieces as outfits go (they are a whole look, or the "
            "filters leave none of what goes with them); name the slots (--slots)."
        )
    return _wished_for(search, plans, slots_of)[: search.config.plans]


def _still_open(search: BeamSearch, slots: Sequence[str]) -> tuple[str, ...]:
    """The slots asked for less those that the given pieces take."""
    worn = Counter(search.board.slots)
    left = []
    for name in slots:
        taken = {
            partition.slot for partition in search.context.stock.shelves_of(name)
        } & worn.keys()
        if taken:
            worn -= Counter([min(taken)])
        else:
            left.append(name)
    if not left:
        raise WholeLook("The given pieces take all the slots of the look; name another slot.")
    if len(left) + len(search.board.pieces) < 2:
        raise Misuse("A look needs two slots or more; name another slot, or give a piece.")
    return tuple(left)


def _wished_for(
    search: BeamSearch, plans: Sequence[LookPlan], slots: Mapping[str, OpenSlot]
) -> list[LookPlan]:
    """The plans whose slots answer the wish best first, if there is one."""
    wish = search.wish
    if wish is None:
        return list(plans)
    best = {}
    for name in {name for plan in plans for name in plan.add}:
        each = wish[slots[name].rows]
        best[name] = each[highest(each, 10)][::-1].mean()

    def answer(plan: LookPlan) -> float:
        wished = max(best[name] for name in plan.add)
        return float(np.log(plan.share) + search.config.wish_weight * wished)

    return sorted(plans, key=answer, reverse=True)


STANDS_OUT = 3.0
"""Standard deviations beyond which an item answers a wish no better: it is the only one of its
kind in a slot, not a better match."""

SLOT_NAMED = 2.0
"""Weight of how well a whole slot answers a wish: whoever wants a coat wants one in the look."""

CERTAIN = 4.0
"""What a probability of 1 adds to a look's value, in the units of the wish: beyond 0.9 or so a
look is good enough, and another should not be worn for the last hundredth."""


@dataclass(frozen=True, kw_only=True)
class ComposeRequest:
    """What looks are asked for."""

    text: str | None = None
    """A wish in words; one piece may answer it or all."""
    slots: tuple[str, ...] | None = None
    """The slots of the whole look (coarse or fine); those of the given pieces are taken by them.
    None: what people wear with the pieces."""
    looks: int = 3
    filters: Filter = EVERYTHING
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
    context: StylistContext, board: PartialOutfit, request: ComposeRequest, config: ComposeConfig
) -> ComposeResult:
    """Compose looks that differ in at least half of the pieces added.

    Raises:
        Misuse: nothing can be added, no wish can be read by this run, or nothing is left to
            choose from.
        UnknownName: no such slot.
    """
    wish = read_wish(context.stock, context.query_encoders, request.text)
    search = BeamSearch(context, board, config, wish, NoveltyPenalty(context), request.seed)
    choice = Choice.of(context.stock, request.filters).without(context.stock, board.taken(context))
    plans = choose_plans(search, request.slots, choice)
    looks: list[tuple[float, Partial]] = []
    for _ in range(request.looks):
        found = _next_look(search, plans, choice, [look for _, look in looks])
        if found is None:
            break
        looks.append(found)
        search.shown.show(found[1].added)
    if not looks:
        raise Misuse("No look can be composed of what is left after filtering; loosen a filter.")
    notes = [*board.notes, *context.query_encoders.notes(request.text)]
    if len(looks) < request.looks:
        notes.append(f"Only {len(looks)} distinct looks can be composed of what there is.")
    looks.sort(key=lambda look: -look[0])
    return ComposeResult(looks=tuple(_as_look(search, *look) for look in looks), notes=tuple(notes))


def read_wish(stock: Stock, query_encoders: QueryEncoders, text: str | None) -> Doubles | None:
    """(M,) how well each item's title answers a wish, in standard deviations.

    How well its slot does, so that a wish for a dress finds the dresses, and how far it stands
    out in its slot, so that one for something red finds the red bags too.

    Raises:
        Misuse: the run reads no wish, or knows no word of this one.
    """
    if text is None:
        return None
    if query_encoders.read is None:
        raise Misuse("This run does not read titles, so it cannot read a wish; leave it out.")
    likeness = query_encoders.read(text).astype(np.float64)
    wish = standard(likeness)
    for partitions in stock.partitions.values():
        rows = np.concatenate([partition.rows for partition in partitions])
        apart = np.clip(standard(likeness[rows]), -STANDS_OUT, STANDS_OUT)
        wish[rows] = SLOT_NAMED * wish[rows].mean() + apart
    return wish


def _next_look(
    search: BeamSearch, plans: Sequence[LookPlan], choice: Choice, before: Sequence[Partial]
) -> tuple[float, Partial] | None:
    """The best look that differs enough from those before it, whichever plan it follows."""
    taken = [row for look in before for row in look.added]
    stock = search.context.stock
    offer = _Offer(search, choice.without(stock, stock.alike(taken)), choice)
    growth = Growth(search)
    found = []
    for plan in plans:
        for look in growth.looks(offer.slots(plan)):
            if all(_differ(look, other) for other in before):
                found.append((_value(search, plan, look), look))
                break
    return max(found, key=lambda f: f[0], default=None)


class _Offer:
    """The slots that the plans for one look share.

    Args:
        search: for the look.
        fresh: what may be added and is in no look before.
        choice: what may be added.
    """

    def __init__(self, search: BeamSearch, fresh: Choice, choice: Choice) -> None:
        self._search, self._fresh, self._choice = search, fresh, choice
        self._slots: dict[str, OpenSlot] = {}
        self._answer: dict[OpenSlot, float] = {}

    def slots(self, plan: LookPlan) -> list[OpenSlot]:
        """The slots of a plan in the order in which a look grows.

        Where there is no piece, it starts from the most usual slot, or the one that answers the
        wish best.
        """
        slots = [self._slot(name, plan.add.count(name)) for name in plan.add]
        if not self._search.board.pieces and self._search.wish is not None:
            slots.insert(0, slots.pop(int(np.argmax([self._best(slot) for slot in slots]))))
        return slots

    def _slot(self, name: str, count: int) -> OpenSlot:
        """What is fresh; a slot that has run out may show a piece again."""
        partitions = self._search.context.stock.shelves_of(name)
        if name not in self._slots:
            self._slots[name] = self._search.slot(partitions, self._fresh)
        if len(self._slots[name].rows) >= count:
            return self._slots[name]
        look_in(partitions, self._choice, f"the category {name!r}")
        return self._search.slot(partitions, self._choice)

    def _best(self, slot: OpenSlot) -> float:
        """How well the best of a slot answers the wish."""
        if slot.wish is None:
            return 0.0
        if slot not in self._answer:
            self._answer[slot] = float(slot.wish[slot.rows].max())
        return self._answer[slot]


def _differ(look: Partial, other: Partial) -> bool:
    """Whether at least half of the pieces added are different."""
    shared = len(set(look.added) & set(other.added))
    return 2 * shared <= min(len(look.added), len(other.added))


def _value(search: BeamSearch, plan: LookPlan, look: Partial) -> float:
    """What looks are ranked by: the verdict, the wish, and how usual the slots are together."""
    probability = float(search.context.calibration.probability(look.logit))
    usual = float(np.log(plan.share))
    return CERTAIN * probability + usual + float(search.appeal(np.array([look.added]))[0])


def _as_look(search: BeamSearch, value: float, look: Partial) -> ComposedLook:
    context, board = search.context, search.board
    numbers = [*board.numbers, *look.added]
    return ComposedLook(
        pieces=board.shown(context, board.scorer.in_order(numbers) if board.in_order else numbers),
        verdict=context.verdict(look.logit),
        wish=None if search.wish is None else float(search.answered(np.array([look.added]))[0]),
        value=value,
    )

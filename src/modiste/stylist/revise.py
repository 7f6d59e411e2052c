"""The piece to change, and what to wear instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modiste.catalogue.filters import EVERYTHING, Filter
from modiste.errors import Misuse, UnknownName
from modiste.stylist.choice import Choice
from modiste.stylist.complete import (
    CompleteConfig,
    Limit,
    Retrieved,
    pick_diverse,
    suggestions,
    try_on,
)
from modiste.stylist.context import PartialOutfit, StylistContext
from modiste.stylist.explain import contributions, usual_pieces
from modiste.stylist.results import ReviseResult
from modiste.stylist.score import Steps, judged, require_outfit
from modiste.stylist.shortlist import OpenSlot

WORTHWHILE = 0.01
"""A swap must raise the probability by this much: nobody changes for less."""


@dataclass(frozen=True, kw_only=True)
class ReviseRequest:
    """What may change."""

    keep: tuple[str, ...] = ()
    """Ids (or paths) of pieces that must stay."""
    k: int = 5
    """Swaps to show."""
    filters: Filter = EVERYTHING
    """On what is worn instead."""

    def __post_init__(self) -> None:
        if self.k < 1:
            raise Misuse(f"{self.k} swaps are none; ask for 1 or more.")


def revise(
    context: StylistContext, board: PartialOutfit, request: ReviseRequest, config: CompleteConfig
) -> Steps[ReviseResult]:
    """Find the piece that does least for the outfit and something better in its slot, in steps.

    If nothing in the slot is noticeably better, the next piece is tried, and so on.

    Raises:
        Misuse: fewer than two pieces, or all of them are to be kept.
        UnknownName: a piece to keep is not on the board.
    """
    require_outfit(board)
    choice = Choice.of(context.stock, request.filters).without(context.stock, board.taken(context))
    logit, adds = yield from contributions(board, usual_pieces(context, board))
    before = context.verdict(logit)
    for place in _changeable(board, request.keep, np.argsort(adds, kind="stable").tolist()):
        found = yield from _better_at(context, board, place, choice, config)
        if not len(found.rows):
            continue
        limit = Limit(context.stock.pictured[found.rows], 1)
        vectors = context.catalogue.vectors(found.rows)
        picked = pick_diverse(found.value, vectors, [limit], request.k, 0.0)
        swaps = yield from suggestions(context, board, board.without(place), found, picked)
        return ReviseResult(
            pieces=board.garments,
            before=before,
            change=board.garments[place],
            swaps=swaps,
            notes=board.notes,
        )
    nothing = "Nothing that may be worn instead would make this outfit noticeably better."
    return ReviseResult(
        pieces=board.garments, before=before, change=None, swaps=(), notes=(*board.notes, nothing)
    )


def _better_at(
    context: StylistContext,
    board: PartialOutfit,
    place: int,
    choice: Choice,
    config: CompleteConfig,
) -> Steps[Retrieved]:
    """What makes a better outfit in the place of one piece, the best verdict first."""
    slot = OpenSlot(context.stock.partitions.get(board.slots[place], ()), choice)
    if not len(slot.rows):
        nothing = np.zeros(0)
        return Retrieved(nothing.astype(np.int64), nothing, nothing)
    tried = yield from try_on(context, board.without(place), [slot], config.shortlist, 1.0)
    now = yield from judged([board.numbers])
    probability = context.calibration.probability
    better = probability(tried.logits) - probability(now) >= WORTHWHILE
    return Retrieved(tried.rows[better], tried.value[better], tried.logits[better])


def _changeable(board: PartialOutfit, keep: Sequence[str], order: Sequence[int]) -> list[int]:
    """Places of the pieces that may change, in the order given."""
    names = [garment.id for garment in board.garments]
    kept = set()
    for name in keep:
        alone = name.partition("=")[2]  # as in shoes=photo.jpg
        if name not in names and alone not in names:
            raise UnknownName("piece to keep", name, names)
        kept.add(name if name in names else alone)
    places = [place for place in order if names[place] not in kept]
    if not places:
        raise Misuse("All pieces are to be kept, so there is nothing to change; keep fewer.")
    return places

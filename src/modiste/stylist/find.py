"""The catalogue searched: by words, by a look-alike, by fit with an outfit, by filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from modiste.arrays import Bools, Ints
from modiste.catalogue.filters import EVERYTHING, Filter
from modiste.errors import Misuse
from modiste.stylist.choice import Choice
from modiste.stylist.context import PartialOutfit, StylistContext
from modiste.stylist.pieces import Finder, Piece
from modiste.stylist.results import ShownPiece
from modiste.stylist.score import alone
from modiste.stylist.shortlist import OpenSlot, shortlists

DEEPEST_FIT = 2000
"""Items ranked by fit with an outfit; those behind them follow by popularity."""
ALIKE = 0.25
"""Cosine from which an item's words count as alike to words that it does not have."""
MOST_ALIKE = 100
"""Items that are found by likeness of words alone."""


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """What is looked for; everything given holds at once."""

    text: str | None = None
    """Words; items that have all of them, else those whose words are most alike."""
    like: str | Path | Piece | None = None
    """A piece; items that look like it come first."""
    fits: tuple[str | Path | Piece, ...] = ()
    """Pieces that are worn; what goes with them comes first, and they are left out."""
    filters: Filter = EVERYTHING
    offset: int = 0
    limit: int = 24

    def __post_init__(self) -> None:
        if self.offset < 0 or self.limit < 1:
            raise Misuse(f"A page of {self.limit} from {self.offset} is none; count from 0.")
        if self.text is not None and not self.text.strip():
            raise Misuse("The text is empty; say what to look for, or leave it out.")


@dataclass(frozen=True, kw_only=True)
class SearchPage:
    """Some of what was found.

    Args:
        garments: of this page, best first.
        total: how many were found in all.
        notes: what a person should know about the answer, a sentence each.
    """

    garments: tuple[ShownPiece, ...]
    total: int
    notes: tuple[str, ...] = ()


def find(context: StylistContext, finder: Finder, request: SearchRequest) -> SearchPage:
    """Search; text comes before likeness, likeness before fit, fit before popularity.

    Raises:
        Misuse: a piece cannot be found, or a filter names what does not exist.
        ImageError: a photograph cannot be read.
    """
    choice, last = Choice.of(context.stock, request.filters), request.offset + request.limit
    notes: list[str] = []
    if request.fits:
        board = PartialOutfit(context, finder.find_all(request.fits))
        choice = choice.without(context.stock, board.taken(context))
    if request.text is not None:
        rows, total, notes = _by_words(context, request.text, choice.mask, last)
    elif request.like is not None:
        rows, total = _by_looks(context, finder, _piece(finder, request.like), choice.mask, last)
    else:
        rows = (
            _by_fit(context, board, choice, last)
            if request.fits
            else context.popular[choice.mask[context.popular]]
        )
        total = len(rows)
    page = rows[request.offset : last]
    return SearchPage(
        garments=tuple(context.garment(row) for row in page.tolist()),
        total=total,
        notes=tuple(notes),
    )


def _piece(finder: Finder, given: str | Path | Piece) -> Piece:
    return given if isinstance(given, Piece) else finder.find(given)


def _by_words(
    context: StylistContext, text: str, allowed: Bools, last: int
) -> tuple[Ints, int, list[str]]:
    """The first rows that have all the words, else of those that are most alike; and how many."""
    every = np.flatnonzero(allowed & context.stock.with_words(text))
    likeness = context.query_encoders.likeness(text)
    if likeness is None:
        return every, len(every), [] if len(every) else context.query_encoders.notes(text)
    if len(every):
        return likeness.best(every, last), len(every), []
    close = likeness.best(np.flatnonzero(allowed), MOST_ALIKE)
    best = close[likeness.at(close) >= ALIKE]
    note = "Nothing has all of these words; this comes closest." if len(best) else None
    return best, len(best), [note] if note else []


def _by_looks(
    context: StylistContext, finder: Finder, piece: Piece, allowed: Bools, last: int
) -> tuple[Ints, int]:
    """The first rows whose photographs look most like the piece's, by cosine; and how many.

    Items without a photograph are left out.
    """
    stock, looks = context.stock, context.query_encoders.looks
    allowed = allowed & stock.has_photograph
    if piece.row is not None:
        allowed[piece.row] = False
    wanted = stock.table.features[piece.row] if piece.external is None else piece.external.features
    rows = np.flatnonzero(allowed)
    return finder.pictures.to(np.asarray(wanted)[looks]).best(rows, last), len(rows)


def _by_fit(context: StylistContext, board: PartialOutfit, choice: Choice, deep: int) -> Ints:
    """Rows by how well they go with the pieces; from `DEEPEST_FIT` on by popularity."""
    slots = [OpenSlot(partitions, choice) for partitions in context.stock.partitions.values()]
    slots = [slot for slot in slots if len(slot.rows)]
    each = min(max(deep, 100), DEEPEST_FIT)
    lists = alone(board.scorer, shortlists(context, [board.numbers], slots, each)) if slots else []
    fit = np.concatenate([np.zeros(0), *(found.fit[0] for found in lists)])
    rows = np.concatenate([np.zeros(0, np.int64), *(found.rows[0] for found in lists)])
    ranked = rows[np.argsort(-fit, kind="stable")][: int(np.isfinite(fit).sum())]
    rest = context.popular[_rest(choice.mask, ranked)[context.popular]]
    return np.concatenate([ranked, rest])


def _rest(allowed: Bools, taken: Sequence[int] | Ints) -> Bools:
    rest = allowed.copy()
    rest[taken] = False
    return rest

"""Looks for queries of images and text, by our search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from modiste.stylist.beam import ComposeConfig
from modiste.stylist.board import Atelier, Board
from modiste.stylist.compose import ComposeRequest, compose, read_wish
from modiste.stylist.generation import Answered, Generation
from modiste.stylist.look import Composition, Look
from modiste.stylist.pieces import Finder
from modiste.stylist.plans import WholeLook
from modiste.stylist.queries import Query, named
from modiste.stylist.score import FittingRoom


@dataclass(frozen=True)
class Asked:
    """A query whose pieces are found.

    Args:
        query: as given.
        board: its pieces, in order.
    """

    query: Query
    board: Board

    @property
    def text(self) -> str | None:
        """The wish, None without one."""
        return self.query.text.strip() or None


def lay_out(atelier: Atelier, finder: Finder, queries: Sequence[Query]) -> list[Asked]:
    """Find the pieces of every query.

    Raises:
        ModisteError: a piece cannot be found or read; the sentence names the query.
    """
    asked = []
    for number, query in enumerate(queries, start=1):
        with named(number, query):
            board = Board(atelier, finder.find_all(query.pieces), in_order=True)
            asked.append(Asked(query, board))
    return asked


def generate_ours(
    atelier: Atelier, asked: Sequence[Asked], request: ComposeRequest, config: ComposeConfig
) -> Generation:
    """Compose looks for every query: slots as people wear them, no piece twice.

    Pieces that are a whole look already are the answer, with a note.

    Args:
        atelier: what the stylist works with.
        asked: the queries.
        request: of every query, but for its text.
        config: settings of the search.

    Raises:
        ModisteError: a wish cannot be read, or nothing can be composed; the sentence names the
            query. All wishes are read before anything is composed.
    """
    request.filters.allowed(atelier.stock)  # what is wrong with all of them is said of none
    for slot in request.slots or ():
        atelier.stock.shelves_of(slot)
    for number, each in enumerate(asked, start=1):
        with named(number, each.query):
            read_wish(atelier.stock, atelier.senses, each.text)
    answers = []
    for number, each in enumerate(asked, start=1):
        with named(number, each.query):
            looks = _composed(atelier, each.board, replace(request, text=each.text), config)
            answers.append(Answered(query=each.query, looks=looks))
    return Generation(answers=tuple(answers))


def look_of(
    atelier: Atelier, board: Board, sequence: Sequence[int], wish: float | None = None
) -> Look:
    """A sequence of numbers as a look, judged in its own order; its value is its logit."""
    room = FittingRoom(atelier.wearer, board.room.guests, sequence)
    logit = float(room.score([sequence])[0])
    return Look(
        pieces=board.shown(atelier, sequence),
        verdict=atelier.verdict(logit),
        wish=wish,
        value=logit,
    )


def _composed(
    atelier: Atelier, board: Board, request: ComposeRequest, config: ComposeConfig
) -> Composition:
    try:
        return compose(atelier, board, request, config)
    except WholeLook:
        if len(board.pieces) < 2:
            raise
        note = "Nothing is added: these pieces are a whole look as outfits go."
        look = look_of(atelier, board, board.room.in_order(board.numbers))
        return Composition(looks=(look,), notes=(*board.notes, note))

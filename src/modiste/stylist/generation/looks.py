"""Looks for queries of images and text, by our search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from modiste.stylist.beam import ComposeConfig
from modiste.stylist.choice import Choice
from modiste.stylist.compose import ComposeRequest, WholeLook, compose, read_wish
from modiste.stylist.context import PartialOutfit, StylistContext
from modiste.stylist.generation.queries import Query, named
from modiste.stylist.pieces import Finder
from modiste.stylist.results import ComposedLook, ComposeResult, in_lines
from modiste.stylist.scorer import OutfitScorer


@dataclass(frozen=True, kw_only=True)
class GeneratedLooks:
    """One query and its looks."""

    query: Query
    looks: ComposeResult

    def to_json(self) -> dict[str, Any]:
        """The query as in its file, the looks, the notes."""
        return {"query": self.query.to_json(), **self.looks.to_json()}


@dataclass(frozen=True, kw_only=True)
class Generation(Sequence[GeneratedLooks]):
    """The answers to several queries, in their order; a sequence of them."""

    answers: tuple[GeneratedLooks, ...]

    def __len__(self) -> int:
        return len(self.answers)

    def __getitem__(self, place: Any) -> Any:
        return self.answers[place]

    def __iter__(self) -> Iterator[GeneratedLooks]:
        return iter(self.answers)

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {"answers": [answer.to_json() for answer in self.answers]}

    def to_text(self) -> str:
        """A heading a query, then its looks and notes."""
        parts = [
            in_lines([f"Query {number}: {answer.query}", answer.looks.to_text()], [])
            for number, answer in enumerate(self.answers, start=1)
        ]
        return "\n\n".join(parts)


@dataclass(frozen=True)
class GenerationRequest:
    """A query whose pieces are found.

    Args:
        query: as given.
        board: its pieces, in order.
    """

    query: Query
    board: PartialOutfit

    @property
    def text(self) -> str | None:
        """The wish, None without one."""
        return self.query.text.strip() or None


def lay_out(
    context: StylistContext, finder: Finder, queries: Sequence[Query]
) -> list[GenerationRequest]:
    """Find the pieces of every query.

    Raises:
        ModisteError: a piece cannot be found or read; the sentence names the query.
    """
    asked = []
    for number, query in enumerate(queries, start=1):
        with named(number, query):
            board = PartialOutfit(context, finder.find_all(query.pieces), in_order=True)
            asked.append(GenerationRequest(query, board))
    return asked


def generate_ours(
    context: StylistContext,
    asked: Sequence[GenerationRequest],
    request: ComposeRequest,
    config: ComposeConfig,
) -> Generation:
    """Compose looks for every query: slots as people wear them, no piece twice.

    Pieces that are a whole look already are the answer, with a note.

    Args:
        context: what the stylist works with.
        asked: the queries.
        request: of every query, but for its text.
        config: settings of the search.

    Raises:
        ModisteError: a wish cannot be read, or nothing can be composed; the sentence names the
            query. All wishes are read before anything is composed.
    """
    Choice.of(context.stock, request.filters)  # what is wrong with all of them is said of none
    for slot in request.slots or ():
        context.stock.shelves_of(slot)
    for number, each in enumerate(asked, start=1):
        with named(number, each.query):
            read_wish(context.stock, context.query_encoders, each.text)
    answers = []
    for number, each in enumerate(asked, start=1):
        with named(number, each.query):
            looks = _composed(context, each.board, replace(request, text=each.text), config)
            answers.append(GeneratedLooks(query=each.query, looks=looks))
    return Generation(answers=tuple(answers))


def look_of(
    context: StylistContext,
    board: PartialOutfit,
    sequence: Sequence[int],
    wish: float | None = None,
) -> ComposedLook:
    """A sequence of numbers as a look, judged in its own order; its value is its logit."""
    scorer = OutfitScorer(context.catalogue_model, board.scorer.externals, sequence)
    logit = float(scorer.score([sequence])[0])
    return ComposedLook(
        pieces=board.shown(context, sequence),
        verdict=context.verdict(logit),
        wish=wish,
        value=logit,
    )


def _composed(
    context: StylistContext, board: PartialOutfit, request: ComposeRequest, config: ComposeConfig
) -> ComposeResult:
    try:
        return compose(context, board, request, config)
    except WholeLook:
        if len(board.pieces) < 2:
            raise
        note = "Nothing is added: these pieces are a whole look as outfits go."
        look = look_of(context, board, board.scorer.in_order(board.numbers))
        return ComposeResult(looks=(look,), notes=(*board.notes, note))

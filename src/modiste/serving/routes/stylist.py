"""`score`, `complete`, `compose`, `explain`, `revise`: questions to the stylist."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from modiste.serving.answers import (
    as_bytes,
    completion_answer,
    composition_answer,
    explanation_answer,
    revision_answer,
    score_answer,
)
from modiste.serving.asking import answer, filters_of, house_of, pieces_of
from modiste.serving.schemas import (
    CompleteAsked,
    ComposeAsked,
    ExplainAsked,
    ReviseAsked,
    ScoreAsked,
)
from modiste.stylist.compose import ComposeRequest

router = APIRouter(prefix="/v1", tags=["stylist"])


@router.post("/score")
async def score(request: Request, asked: ScoreAsked) -> Response:
    """How well pieces go together."""
    house = house_of(request)
    served = house.served
    pieces = pieces_of(request, served, asked.pieces)
    found = await house.batcher.alone(
        lambda: as_bytes(score_answer(served, served.stylist.score(pieces))), long=False
    )
    return answer(found)


@router.post("/complete")
async def complete(request: Request, asked: CompleteAsked) -> Response:
    """Items to wear with the pieces, best first."""
    house = house_of(request)
    served = house.served
    pieces, filters = pieces_of(request, served, asked.pieces), filters_of(served, asked.filters)

    def work() -> bytes:
        found = served.stylist.complete(
            pieces, asked.category, k=asked.k, filters=filters, diversity=asked.diversity
        )
        return as_bytes(completion_answer(served, found))

    return answer(await house.batcher.alone(work, long=False))


@router.post("/compose")
async def compose(request: Request, asked: ComposeAsked) -> Response:
    """Whole looks around the pieces, or from nothing."""
    house = house_of(request)
    served = house.served
    pieces = pieces_of(request, served, asked.pieces)
    wanted = ComposeRequest(
        text=asked.wish,
        slots=None if asked.slots is None else tuple(asked.slots),
        looks=asked.looks,
        filters=filters_of(served, asked.filters),
        seed=asked.seed,
    )
    found = await house.batcher.alone(
        lambda: as_bytes(composition_answer(served, served.stylist.compose(pieces, wanted)))
    )
    return answer(found)


@router.post("/explain")
async def explain(request: Request, asked: ExplainAsked) -> Response:
    """What each piece adds or costs, and which pair clashes."""
    house = house_of(request)
    served = house.served
    pieces = pieces_of(request, served, asked.pieces)
    found = await house.batcher.alone(
        lambda: as_bytes(explanation_answer(served, served.stylist.explain(pieces)))
    )
    return answer(found)


@router.post("/revise")
async def revise(request: Request, asked: ReviseAsked) -> Response:
    """The piece to change, and what to wear instead."""
    house = house_of(request)
    served = house.served
    pieces, filters = pieces_of(request, served, asked.pieces), filters_of(served, asked.filters)

    def work() -> bytes:
        found = served.stylist.revise(pieces, keep=asked.keep, k=asked.k, filters=filters)
        return as_bytes(revision_answer(served, found))

    return answer(await house.batcher.alone(work))

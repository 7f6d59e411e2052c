"""`score`, `complete`, `compose`, `explain`, `revise`: questions to the stylist."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from modiste.serving.answers import (
    as_bytes,
    composition_answer,
    explanation_answer,
    revision_answer,
)
from modiste.serving.asking import answer, filters_of, house_of, pieces_of
from modiste.serving.documented import ASKING, failures
from modiste.serving.schemas import (
    CompleteAsked,
    ComposeAsked,
    ExplainAsked,
    ReviseAsked,
    ScoreAsked,
)
from modiste.serving.schemas_answers import (
    CompleteAnswered,
    ComposeAnswered,
    ExplainAnswered,
    ReviseAnswered,
    ScoreAnswered,
)
from modiste.serving.together import complete_all, score_all
from modiste.stylist.complete import CompleteRequest
from modiste.stylist.compose import ComposeRequest

router = APIRouter(prefix="/v1", tags=["stylist"], responses=failures(*ASKING))


@router.post("/score", response_model=ScoreAnswered)
async def score(request: Request, asked: ScoreAsked) -> Response:
    """How well pieces go together."""
    house = house_of(request)
    served = house.served
    pieces = pieces_of(request, served, asked.pieces)
    key = (served, "score")
    return answer(
        await house.batcher.together(key, partial(score_all, served), pieces, request.receive)
    )


@router.post("/complete", response_model=CompleteAnswered)
async def complete(request: Request, asked: CompleteAsked) -> Response:
    """Items to wear with the pieces, best first."""
    house = house_of(request)
    served = house.served
    wanted = CompleteRequest(
        category=asked.category,
        k=asked.k,
        filters=filters_of(served, asked.filters),
        diversity=asked.diversity,
    )
    question = (pieces_of(request, served, asked.pieces), wanted)
    key = (served, "complete")
    return answer(
        await house.batcher.together(key, partial(complete_all, served), question, request.receive)
    )


@router.post("/compose", response_model=ComposeAnswered)
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

    def work() -> bytes:
        return as_bytes(composition_answer(served, served.stylist.compose(pieces, wanted)))

    return answer(await house.batcher.alone(work, request.receive))


@router.post("/explain", response_model=ExplainAnswered)
async def explain(request: Request, asked: ExplainAsked) -> Response:
    """What each piece adds or costs, and which pair clashes."""
    house = house_of(request)
    served = house.served
    pieces = pieces_of(request, served, asked.pieces)

    def work() -> bytes:
        return as_bytes(explanation_answer(served, served.stylist.explain(pieces)))

    return answer(await house.batcher.alone(work, request.receive))


@router.post("/revise", response_model=ReviseAnswered)
async def revise(request: Request, asked: ReviseAsked) -> Response:
    """The piece to change, and what to wear instead."""
    house = house_of(request)
    served = house.served
    pieces, filters = pieces_of(request, served, asked.pieces), filters_of(served, asked.filters)

    def work() -> bytes:
        found = served.stylist.revise(pieces, keep=asked.keep, k=asked.k, filters=filters)
        return as_bytes(revision_answer(served, found))

    return answer(await house.batcher.alone(work, request.receive))

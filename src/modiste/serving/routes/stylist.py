"""`score`, `complete`, `compose`, `explain`, `revise`: questions to the stylist.

The worker thread asks the stylist and writes the answer as JSON, so that the thread that talks to
visitors only passes bytes on. Each answers for one version.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from modiste.client.models import Completion, Composition, Explanation, Revision, Score
from modiste.errors import ModisteError
from modiste.serving.api.answers import (
    as_bytes,
    completion_answer,
    composition_answer,
    explanation_answer,
    revision_answer,
    score_answer,
)
from modiste.serving.api.requests import (
    CompleteAsked,
    ComposeAsked,
    ExplainAsked,
    ReviseAsked,
    ScoreAsked,
)
from modiste.serving.problems import ASKING, failures
from modiste.serving.routes.deps import answer, filters_of, pieces_of, service_of
from modiste.serving.version import ServedVersion
from modiste.stylist.complete import CompleteRequest
from modiste.stylist.compose import ComposeRequest
from modiste.stylist.pieces import Piece

ScoreQuestion = Sequence[Piece]
CompleteQuestion = tuple[Sequence[Piece], CompleteRequest]


def score_all(served: ServedVersion, asked: Sequence[ScoreQuestion]) -> list[bytes | ModisteError]:
    """Verdicts on several outfits by one call of the model, as JSON."""
    return [
        found if isinstance(found, ModisteError) else as_bytes(score_answer(served, found))
        for found in served.stylist.score_many(asked)
    ]


def complete_all(
    served: ServedVersion, asked: Sequence[CompleteQuestion]
) -> list[bytes | ModisteError]:
    """Completions of several outfits by one call of the model, as JSON."""
    return [
        found if isinstance(found, ModisteError) else as_bytes(completion_answer(served, found))
        for found in served.stylist.complete_many(asked)
    ]


router = APIRouter(prefix="/v1", tags=["stylist"], responses=failures(*ASKING))


@router.post("/score", response_model=Score)
async def score(request: Request, asked: ScoreAsked) -> Response:
    """How well pieces go together."""
    service = service_of(request)
    served = service.served
    pieces = pieces_of(request, served, asked.pieces)
    key = (served, "score")
    return answer(
        await service.batcher.together(key, partial(score_all, served), pieces, request.receive)
    )


@router.post("/complete", response_model=Completion)
async def complete(request: Request, asked: CompleteAsked) -> Response:
    """Items to wear with the pieces, best first."""
    service = service_of(request)
    served = service.served
    wanted = CompleteRequest(
        category=asked.category,
        k=asked.k,
        filters=filters_of(served, asked.filters),
        diversity=asked.diversity,
    )
    question = (pieces_of(request, served, asked.pieces), wanted)
    key = (served, "complete")
    return answer(
        await service.batcher.together(
            key, partial(complete_all, served), question, request.receive
        )
    )


@router.post("/compose", response_model=Composition)
async def compose(request: Request, asked: ComposeAsked) -> Response:
    """Whole looks around the pieces, or from nothing."""
    service = service_of(request)
    served = service.served
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

    return answer(await service.batcher.alone(work, request.receive))


@router.post("/explain", response_model=Explanation)
async def explain(request: Request, asked: ExplainAsked) -> Response:
    """What each piece adds or costs, and which pair clashes."""
    service = service_of(request)
    served = service.served
    pieces = pieces_of(request, served, asked.pieces)

    def work() -> bytes:
        return as_bytes(explanation_answer(served, served.stylist.explain(pieces)))

    return answer(await service.batcher.alone(work, request.receive))


@router.post("/revise", response_model=Revision)
async def revise(request: Request, asked: ReviseAsked) -> Response:
    """The piece to change, and what to wear instead."""
    service = service_of(request)
    served = service.served
    pieces, filters = pieces_of(request, served, asked.pieces), filters_of(served, asked.filters)

    def work() -> bytes:
        found = served.stylist.revise(pieces, keep=asked.keep, k=asked.k, filters=filters)
        return as_bytes(revision_answer(served, found))

    return answer(await service.batcher.alone(work, request.receive))

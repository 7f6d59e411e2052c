"""`questions`: the game, fill in the blank, against the model."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from modiste.client.models import Answer, Question
from modiste.outfit import FitbQuestion
from modiste.serving.api.answers import as_bytes
from modiste.serving.api.requests import AnswerAsked
from modiste.serving.problems import WRITING, failures, not_found
from modiste.serving.routes.deps import answer, service_of
from modiste.serving.routes.items import shown
from modiste.serving.version import ServedVersion
from modiste.stylist.context import PartialOutfit

router = APIRouter(prefix="/v1/questions", tags=["questions"])
Number = Annotated[int, Path(ge=0, le=1_000_000, description="Of the question, from 0.")]


@router.get("", response_model=Question, responses=failures("not_found"))
async def first(request: Request) -> Response:
    """The first question; it says how many there are."""
    return await question(request, 0)


@router.get("/{number}", response_model=Question, responses=failures("not_found", "invalid"))
async def question(request: Request, number: Number) -> Response:
    """One question: an outfit with a blank, and four candidates."""
    service = service_of(request)
    served = service.served
    questions = await service.counted(service.questions, served)
    if number >= len(questions):
        raise not_found("question of that number")
    asked = questions[number]
    return answer(
        {
            "number": number,
            "of": len(questions),
            "question": [shown(served, item_id) for item_id in asked.question],
            "candidates": [shown(served, item_id) for item_id in asked.candidates],
        }
    )


@router.post("/{number}/answer", response_model=Answer, responses=failures("not_found", *WRITING))
async def answer_question(request: Request, number: Number, asked: AnswerAsked) -> Response:
    """Your choice, the right one, and the model's."""
    service = service_of(request)
    served = service.served
    questions = await service.counted(service.questions, served)
    if number >= len(questions):
        raise not_found("question of that number")
    found = await service.batcher.alone(
        lambda: as_bytes(answered(served, questions[number], asked.choice)),
        request.receive,
        long=False,
    )
    return answer(found)


def answered(served: ServedVersion, question: FitbQuestion, choice: int) -> dict[str, Any]:
    """Whether a choice was right, and the model's share for each candidate.

    The model judges the four completed outfits; the shares are its calibrated odds that each was
    made by people, given that exactly one of them was: a softmax of the calibrated logits.
    """
    context = served.stylist.context
    rows = [served.rows[item_id] for item_id in question.question]
    board = PartialOutfit(context, [served.piece(item_id) for item_id in question.question])
    outfits = [[*rows, served.rows[item_id]] for item_id in question.candidates]
    probability = np.clip(context.calibration.probability(board.score(outfits)), 1e-9, 1 - 1e-9)
    odds = probability / (1 - probability)
    shares = odds / odds.sum()
    return {
        "right": choice == question.answer,
        "answer": question.answer,
        "model": int(np.argmax(shares)),
        "scores": [round(float(share), 4) for share in shares],
    }

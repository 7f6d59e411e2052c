"""The stylist's answers as version 1 of the API says them: plain values, no paths."""

from __future__ import annotations

import json
from typing import Any

from modiste.serving.version import ServedVersion
from modiste.stylist.results import (
    CompleteResult,
    ComposeResult,
    ExplainResult,
    ReviseResult,
    ScoreResult,
    SuggestedItem,
    rounded,
)

Document = dict[str, Any]


def as_bytes(document: Any) -> bytes:
    """A document as UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def score_answer(served: ServedVersion, result: ScoreResult) -> Document:
    """What `POST /v1/score` answers."""
    return {
        **served.judged(result.verdict),
        "pieces": [served.shown(garment) for garment in result.pieces],
        "notes": served.notes(result.notes),
    }


def completion_answer(served: ServedVersion, completion: CompleteResult) -> Document:
    """What `POST /v1/complete` answers."""
    return {
        "pieces": [served.shown(garment) for garment in completion.pieces],
        "category": completion.category,
        "suggestions": [_suggestion(served, each) for each in completion.suggestions],
        "notes": served.notes(completion.notes),
    }


def composition_answer(served: ServedVersion, composition: ComposeResult) -> Document:
    """What `POST /v1/compose` answers."""
    looks = [
        {
            **served.judged(look.verdict),
            "wish": None if look.wish is None else rounded(look.wish),
            "value": rounded(look.value),
            "pieces": [served.shown(garment) for garment in look.pieces],
        }
        for look in composition.looks
    ]
    return {"looks": looks, "notes": served.notes(composition.notes)}


def explanation_answer(served: ServedVersion, explanation: ExplainResult) -> Document:
    """What `POST /v1/explain` answers."""
    said = explanation.to_json()
    adds = [share["adds"] for share in said["pieces"]]
    pieces = [
        {**served.shown(share.garment), "adds": more}
        for share, more in zip(explanation.shares, adds, strict=True)
    ]
    return {
        **served.judged(explanation.verdict),
        "pieces": pieces,
        **{name: said[name] for name in ("clash", "match", "pairs", "sentence", "compared")},
        "notes": served.notes(explanation.notes),
    }


def revision_answer(served: ServedVersion, revision: ReviseResult) -> Document:
    """What `POST /v1/revise` answers."""
    return {
        "pieces": [served.shown(garment) for garment in revision.pieces],
        "before": served.judged(revision.before),
        "change": None if revision.change is None else served.shown(revision.change),
        "swaps": [_suggestion(served, swap) for swap in revision.swaps],
        "notes": served.notes(revision.notes),
    }


def _suggestion(served: ServedVersion, suggestion: SuggestedItem) -> Document:
    return {
        **served.shown(suggestion.garment),
        "score": rounded(suggestion.score),
        "verdict": served.judged(suggestion.verdict),
        "why": suggestion.why,
    }

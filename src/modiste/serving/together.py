"""What the worker thread does: asks the stylist, and writes the answers as JSON there.

So the thread that talks to visitors only passes bytes on. Each of these answers for one version.
"""

from __future__ import annotations

from collections.abc import Sequence

from modiste.errors import ModisteError
from modiste.serving.answers import as_bytes, completion_answer, score_answer
from modiste.serving.served import Served
from modiste.stylist.complete import CompleteRequest
from modiste.stylist.pieces import Piece

ScoreQuestion = Sequence[Piece]
CompleteQuestion = tuple[Sequence[Piece], CompleteRequest]


def score_all(served: Served, asked: Sequence[ScoreQuestion]) -> list[bytes | ModisteError]:
    """Verdicts on several outfits by one call of the model, as JSON."""
    return [
        found if isinstance(found, ModisteError) else as_bytes(score_answer(served, found))
        for found in served.stylist.score_many(asked)
    ]


def complete_all(served: Served, asked: Sequence[CompleteQuestion]) -> list[bytes | ModisteError]:
    """Completions of several outfits by one call of the model, as JSON."""
    return [
        found if isinstance(found, ModisteError) else as_bytes(completion_answer(served, found))
        for found in served.stylist.complete_many(asked)
    ]

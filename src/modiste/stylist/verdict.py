"""The verdict on the pieces of a board."""

from __future__ import annotations

from modiste.errors import Misuse
from modiste.stylist.board import Atelier, Board
from modiste.stylist.suggestion import ScoreResult
from modiste.stylist.together import Steps, judged


def score(atelier: Atelier, board: Board) -> Steps[ScoreResult]:
    """How well the pieces go together, in steps.

    Raises:
        Misuse: fewer than two pieces.
    """
    require_outfit(board)
    logits = yield from judged([board.numbers])
    return ScoreResult(
        pieces=board.garments, verdict=atelier.verdict(float(logits[0])), notes=board.notes
    )


def require_outfit(board: Board) -> None:
    """Stop at fewer than two pieces.

    Raises:
        Misuse: an outfit needs two.
    """
    if len(board.pieces) < 2:
        raise Misuse("An outfit needs two items or more.")

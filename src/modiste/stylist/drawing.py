"""Answers of the stylist as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias, assert_never

from PIL import Image

from modiste.stylist.explanation import Explanation
from modiste.stylist.garment import Garment, Verdict
from modiste.stylist.look import Composition
from modiste.stylist.picture import PictureLook, PicturePiece, draw_look, draw_looks
from modiste.stylist.suggestion import Completion, Revision, ScoreResult

Answer: TypeAlias = ScoreResult | Completion | Composition | Explanation | Revision
MOST = 6
"""Suggestions on one sheet."""


def draw_answer(answer: Answer, out: Path | None = None) -> Image.Image:
    """Draw an answer; the pieces that a person gave are framed in green.

    Suggestions and swaps are drawn on the outfit that they complete, the first few of them.

    Args:
        answer: of any of the stylist's methods.
        out: a .png, .jpg or .webp file, written whole or not at all; None: nowhere.

    Returns:
        An RGB picture.

    Raises:
        Misuse: an ending of `out` that stands for no picture format, or nothing to draw.
        ModisteError: `out` cannot be written.
    """
    looks = looks_of(answer)
    if len(looks) == 1:
        look = looks[0]
        return draw_look(look.pieces, out, title=look.title, score=look.score, words=look.words)
    return draw_looks(looks, out)


def looks_of(answer: Answer) -> list[PictureLook]:
    """The outfits that an answer is about, as they are to be drawn."""
    match answer:
        case ScoreResult():
            return [_look(answer.pieces, answer.verdict)]
        case Explanation():
            notes = [f"{share.probability:+.2f}" for share in answer.shares]
            return [_look([share.garment for share in answer.shares], answer.verdict, notes=notes)]
        case Composition():
            return [_look(look.pieces, look.verdict) for look in answer]
        case Completion():
            return [
                _look([*answer.pieces, found.garment], found.verdict)
                for found in answer.suggestions[:MOST]
            ]
        case Revision():
            return [_look(answer.pieces, answer.before, title="now"), *_swapped(answer)]
        case _:
            assert_never(answer)


def _swapped(answer: Revision) -> list[PictureLook]:
    kept = [piece for piece in answer.pieces if piece != answer.change]
    return [
        _look([*kept, swap.garment], swap.verdict, title=f"instead, {place}")
        for place, swap in enumerate(answer.swaps[: MOST - 1], start=1)
    ]


def _look(
    garments: Sequence[Garment],
    verdict: Verdict,
    *,
    title: str | None = None,
    notes: Sequence[str] = (),
) -> PictureLook:
    pieces = [
        PicturePiece(
            image=Path(garment.image) if garment.image else None,
            title=garment.title or garment.id,
            category=garment.category,
            given=garment.given,
            note=note,
        )
        for garment, note in zip(garments, notes or [""] * len(garments), strict=True)
    ]
    return PictureLook(pieces=pieces, title=title, score=verdict.probability, words=verdict.words)

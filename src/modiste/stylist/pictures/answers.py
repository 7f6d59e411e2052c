"""Answers of the stylist as pictures, of one question or of many queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias, assert_never

from PIL import Image

from modiste.stylist.generation.looks import GeneratedLooks, Generation
from modiste.stylist.pictures.sheet import PictureLook, PicturePiece, draw_look, draw_looks, stack
from modiste.stylist.results import (
    CompleteResult,
    ComposeResult,
    ExplainResult,
    Judgement,
    ReviseResult,
    ScoreResult,
    ShownPiece,
)

Answer: TypeAlias = ScoreResult | CompleteResult | ComposeResult | ExplainResult | ReviseResult
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
        case ExplainResult():
            notes = [f"{share.probability:+.2f}" for share in answer.shares]
            return [_look([share.garment for share in answer.shares], answer.verdict, notes=notes)]
        case ComposeResult():
            return [_look(look.pieces, look.verdict) for look in answer]
        case CompleteResult():
            return [
                _look([*answer.pieces, found.garment], found.verdict)
                for found in answer.suggestions[:MOST]
            ]
        case ReviseResult():
            return [_look(answer.pieces, answer.before, title="now"), *_swapped(answer)]
        case _:
            assert_never(answer)


def _swapped(answer: ReviseResult) -> list[PictureLook]:
    kept = [piece for piece in answer.pieces if piece != answer.change]
    return [
        _look([*kept, swap.garment], swap.verdict, title=f"instead, {place}")
        for place, swap in enumerate(answer.swaps[: MOST - 1], start=1)
    ]


def _look(
    garments: Sequence[ShownPiece],
    verdict: Judgement,
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


QUERIES = 12
"""On one sheet."""
ACROSS = 3
"""Looks side by side."""
WIDTH = 1500


def draw_queries(generation: Generation, out: Path) -> list[Path]:
    """Draw all looks of all queries, titled by their query; query pieces framed in green.

    A piece that comes several times in a look is drawn once, with their number beside its name.

    Args:
        generation: the answers.
        out: a .png, .jpg or .webp file. Beyond 12 queries each dozen has a sheet of its own:
            looks-1.png, looks-2.png and so on for looks.png.

    Returns:
        The files written.

    Raises:
        Misuse: an ending of `out` that stands for no picture format.
        ModisteError: a file cannot be written.
    """
    answers = list(enumerate(generation, start=1))
    dozens = [answers[start : start + QUERIES] for start in range(0, len(answers), QUERIES)]
    files = [
        out if len(dozens) == 1 else out.with_name(f"{out.stem}-{sheet}{out.suffix}")
        for sheet in range(1, len(dozens) + 1)
    ]
    for file, dozen in zip(files, dozens, strict=True):
        _draw(dozen, file)
    return files


def _draw(answers: Sequence[tuple[int, GeneratedLooks]], out: Path) -> Image.Image:
    """One sheet: a band for each query, or a look beside the other where each has one."""
    titled = [(f"{number}. {answer.query}", _looks(answer)) for number, answer in answers]
    if all(len(looks) == 1 for _, looks in titled):
        single = [replace(looks[0], title=title) for title, looks in titled]
        return _single(single[0], out) if len(single) == 1 else draw_looks(single, out, width=WIDTH)
    across = min(max(len(looks) for _, looks in titled), ACROSS)
    bands = [draw_looks(looks, title=title, columns=across, width=WIDTH) for title, looks in titled]
    return stack(bands, out)


def _looks(answer: GeneratedLooks) -> list[PictureLook]:
    return [replace(look, pieces=_once(look.pieces)) for look in looks_of(answer.looks)]


def _once(pieces: Sequence[PicturePiece]) -> list[PicturePiece]:
    return [
        piece if times == 1 else replace(piece, note=f"{times} times")
        for piece, times in Counter(pieces).items()
    ]


def _single(look: PictureLook, out: Path) -> Image.Image:
    return draw_look(look.pieces, out, title=look.title, score=look.score, words=look.words)

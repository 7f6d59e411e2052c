"""The looks of many queries on sheets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from modiste.stylist.drawing import looks_of
from modiste.stylist.generation import Answered, Generation
from modiste.stylist.picture import PictureLook, PicturePiece, draw_look, draw_looks, stack

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


def _draw(answers: Sequence[tuple[int, Answered]], out: Path) -> Image.Image:
    """One sheet: a band for each query, or a look beside the other where each has one."""
    titled = [(f"{number}. {answer.query}", _looks(answer)) for number, answer in answers]
    if all(len(looks) == 1 for _, looks in titled):
        single = [replace(looks[0], title=title) for title, looks in titled]
        return _single(single[0], out) if len(single) == 1 else draw_looks(single, out, width=WIDTH)
    across = min(max(len(looks) for _, looks in titled), ACROSS)
    bands = [draw_looks(looks, title=title, columns=across, width=WIDTH) for title, looks in titled]
    return stack(bands, out)


def _looks(answer: Answered) -> list[PictureLook]:
    return [replace(look, pieces=_once(look.pieces)) for look in looks_of(answer.looks)]


def _once(pieces: Sequence[PicturePiece]) -> list[PicturePiece]:
    return [
        piece if times == 1 else replace(piece, note=f"{times} times")
        for piece, times in Counter(pieces).items()
    ]


def _single(look: PictureLook, out: Path) -> Image.Image:
    return draw_look(look.pieces, out, title=look.title, score=look.score, words=look.words)

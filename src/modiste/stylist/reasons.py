"""A few words on why an item is suggested."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modiste.stylist.board import Atelier, Board
from modiste.stylist.together import Steps, judged


def reasons(
    atelier: Atelier, board: Board, worn: Sequence[int], rows: Sequence[int]
) -> Steps[list[str]]:
    """For each suggested row: who wore it with the pieces, or which piece it suits best.

    Args:
        atelier: what the stylist works with.
        board: the pieces.
        worn: those of `board.numbers` that the suggestions are worn with, one at least.
        rows: catalogue rows, each to be worn with all of `worn`.
    """
    name = dict(zip(board.numbers, board.garments, strict=True))
    pairs = yield from judged([[number, row] for row in rows for number in worn])
    suits = pairs.reshape(len(rows), len(worn))
    suits = suits - suits.mean(axis=0) if len(rows) > 1 else suits  # some pieces suit anything
    words = []
    for row, liking in zip(rows, suits, strict=True):
        together = [(len(_together(atelier, row, number)), number) for number in worn]
        times, number = max(together, key=lambda t: t[0])
        if times:
            outfits = "an outfit" if times == 1 else f"{times} outfits"
            words.append(f"worn with the {name[number].fine} {name[number].id} in {outfits}")
        else:
            best = name[worn[int(np.argmax(liking))]]
            words.append(f"suits the {best.fine} {best.id}" if len(worn) > 1 else "")
    return words


def _together(atelier: Atelier, row: int, number: int) -> frozenset[int]:
    nowhere: frozenset[int] = frozenset()
    return atelier.worn_in.get(row, nowhere) & atelier.worn_in.get(number, nowhere)

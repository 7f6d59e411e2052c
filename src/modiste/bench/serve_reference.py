"""The reference of a service: the same stylist in a process of its own, asked one at a time.

Run as a module: a document on standard input says what to ask, one on standard output tells how
long it took, and what was suggested first.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from modiste.errors import Misuse

WARM = 5
"""Questions before time is taken."""


@dataclass(frozen=True, kw_only=True)
class Alone:
    """How the stylist did alone.

    Args:
        complete: seconds that each question took.
        score: the same for the verdict on the same pieces.
        firsts: the id of the first suggestion for each; None where there is none.
    """

    complete: tuple[float, ...]
    score: tuple[float, ...]
    firsts: tuple[str | None, ...]


def ask_alone(
    run: Path, boards: Sequence[Mapping[str, Any]], threads: int | None, seconds: float
) -> Alone:
    """Ask a stylist without HTTP, one board after the other, until the time is over.

    Args:
        run: the folder of a trained run.
        boards: as `draw_boards` draws them.
        threads: of torch; None: as many as it takes.
        seconds: at most, for each of complete and score.
    """
    import torch

    from modiste.stylist.stylist import Stylist

    if threads is not None:
        torch.set_num_threads(threads)
    stylist = Stylist.load(run)
    for board in boards[:WARM]:
        stylist.complete(board["pieces"], board.get("category"))
        stylist.score(board["pieces"])
    complete, score = [], []
    firsts: list[str | None] = []
    end = time.perf_counter() + seconds
    for board in boards:
        if (began := time.perf_counter()) >= end:
            break
        try:
            firsts.append(stylist.complete(board["pieces"], board.get("category"))[0].garment.id)
        except Misuse:
            firsts.append(None)
        complete.append(time.perf_counter() - began)
    end = time.perf_counter() + seconds
    for board in boards:
        if (began := time.perf_counter()) >= end:
            break
        stylist.score(board["pieces"])
        score.append(time.perf_counter() - began)
    return Alone(complete=tuple(complete), score=tuple(score), firsts=tuple(firsts))


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    found = ask_alone(Path(asked["run"]), asked["boards"], asked["threads"], asked["seconds"])
    json.dump(asdict(found), sys.stdout)

"""The reference of a service: the same stylist in a process of its own, asked one at a time.

Run as a module: a document on standard input says what to ask, one on standard output tells how
long it took, and what was suggested first.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modiste.bench.serve_asking import Answers, ask_stylist
from modiste.bench.serve_questions import Asked
from modiste.catalogue.places import open_catalogue
from modiste.errors import Misuse

if TYPE_CHECKING:
    from modiste.stylist.stylist import Stylist

WARM = 5
"""Questions before time is taken."""


@dataclass(frozen=True, kw_only=True)
class Alone:
    """How the stylist did alone.

    Args:
        complete: seconds that each question took.
        score: the same for the verdict on the same pieces.
        firsts: the id of the first suggestion for each; None where there is none.
        page: kind of question -> the answers to those.
    """

    complete: tuple[float, ...]
    score: tuple[float, ...]
    firsts: tuple[str | None, ...]
    page: dict[str, Answers] = field(default_factory=dict)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Alone:
        """What the process of the reference wrote."""
        page = {kind: Answers(**answers) for kind, answers in told["page"].items()}
        return cls(**{**told, "page": page})


def ask_alone(
    run: Path,
    boards: Sequence[Mapping[str, Any]],
    threads: int | None,
    seconds: float,
    *,
    catalogue: str | None = None,
    questions: Mapping[str, Sequence[Asked]] | None = None,
) -> Alone:
    """Ask a stylist without HTTP, one board after the other, until the time is over.

    Args:
        run: the folder of a trained run.
        boards: as `draw_boards` draws them.
        threads: of torch; None: as many as it takes.
        seconds: at most, for each of complete and score.
        catalogue: what to dress from, as `open_catalogue` takes it; None: the run's wardrobe.
        questions: of the page, as `draw_questions` draws them; all are asked.
    """
    import torch

    if threads is not None:
        torch.set_num_threads(threads)
    stylist = _stylist(run, catalogue)
    for board in boards[:WARM]:
        with suppress(Misuse):  # nothing is left for some boards
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
    return Alone(
        complete=tuple(complete),
        score=tuple(score),
        firsts=tuple(firsts),
        page=ask_stylist(stylist, questions or {}),
    )


def _stylist(run: Path, catalogue: str | None) -> Stylist:
    from modiste.stylist.stylist import Stylist

    return Stylist.load(run) if catalogue is None else Stylist.over(run, open_catalogue(catalogue))


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(asdict(ask_alone(Path(asked.pop("run")), **asked)), sys.stdout)

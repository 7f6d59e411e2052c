"""Ask the stylist of a run, and draw the answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from modiste.jobs.threads import use_threads
from modiste.stylist.drawing import Answer, draw_answer
from modiste.stylist.stylist import Stylist

One = TypeVar("One", bound=Answer)


def ask(
    run: Path,
    question: Callable[[Stylist], One],
    *,
    wardrobe: Path | None = None,
    picture: Path | None = None,
    threads: int | None = None,
) -> One:
    """Load a stylist and ask one question.

    Args:
        run: a finished run.
        question: what to ask.
        wardrobe: another one than the run was trained on.
        picture: where to draw the answer; None: nowhere.
        threads: CPU threads; None: one a core.

    Raises:
        ModisteError: see the parts.
    """
    use_threads(threads)
    stylist = Stylist.load(run, wardrobe=wardrobe)
    answer = question(stylist)
    if picture is not None:
        draw_answer(answer, picture)
    return answer

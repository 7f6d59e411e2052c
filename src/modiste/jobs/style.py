"""Ask the stylist of a run, and draw the answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from modiste.jobs.threads import use_threads
from modiste.stylist.compose import ComposeRequest
from modiste.stylist.generation.han2017 import Han2017Config
from modiste.stylist.generation.looks import Generation
from modiste.stylist.generation.queries import read_queries
from modiste.stylist.pictures.answers import Answer, draw_answer, draw_queries
from modiste.stylist.pictures.sheet import require_format
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


def ask_queries(
    run: Path,
    queries: Path,
    request: ComposeRequest,
    *,
    published: Han2017Config | None = None,
    wardrobe: Path | None = None,
    picture: Path | None = None,
    threads: int | None = None,
) -> Generation:
    """Load a stylist and compose looks for all queries of a file.

    Args:
        run: a finished run.
        queries: a file; see `stylist/generation/queries.py`.
        request: of every query, but for its text.
        published: generate as Han et al. 2017 did instead.
        wardrobe: another one than the run was trained on.
        picture: where to draw the looks; see `draw_queries`.
        threads: CPU threads; None: one a core.

    Raises:
        ModisteError: see the parts.
    """
    use_threads(threads)
    if picture is not None:
        require_format(picture)
    asked = read_queries(queries)
    answer = Stylist.load(run, wardrobe=wardrobe).generate(asked, request, published=published)
    if picture is not None:
        draw_queries(answer, picture)
    return answer

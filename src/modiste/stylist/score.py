"""The verdict on the pieces of an outfit; several questions answered by one call of the model.

An answer is worked out in steps: a generator that yields what it must know from the model and is
sent the numbers. `alone` drives one, `together` drives many in step and joins what they ask.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from modiste.arrays import Doubles, Floats
from modiste.errors import Misuse, ModisteError
from modiste.stylist.context import PartialOutfit, StylistContext
from modiste.stylist.results import ScoreResult
from modiste.stylist.scorer import OutfitScorer

Outfits: TypeAlias = Sequence[Sequence[int]]
"""Outfits as numbers of the scorer."""


@dataclass(frozen=True)
class Judge:
    """Asks for the (n,) logits of n outfits."""

    outfits: Sequence[Sequence[int]]


@dataclass(frozen=True)
class Want:
    """Asks for the (n, H) items wanted by n outfits, each of one fine category."""

    outfits: Sequence[Sequence[int]]
    categories: Sequence[int]


Result = TypeVar("Result")
Steps: TypeAlias = Generator[Judge | Want, Any, Result]


def judged(outfits: Sequence[Sequence[int]]) -> Steps[Doubles]:
    """The logits of outfits, as a step."""
    logits: Doubles = yield Judge(outfits)
    return logits


def judged_each(groups: Sequence[Outfits]) -> Steps[list[Doubles]]:
    """The logits of several groups of outfits, as one step."""
    logits: Doubles = yield Judge([outfit for group in groups for outfit in group])
    return list(_parts(logits, map(len, groups)))


def alone(scorer: OutfitScorer, steps: Steps[Result]) -> Result:
    """Work one answer out.

    Raises:
        ModisteError: whatever the steps raise.
    """
    (found,) = together(scorer, [steps])
    if isinstance(found, ModisteError):
        raise found
    return found


def together(scorer: OutfitScorer, every: Sequence[Steps[Result]]) -> list[Result | ModisteError]:
    """Work several answers out in step, joining what they ask into one call of the model.

    Args:
        scorer: that knows the externals of all of them.
        every: the answers to be worked out.

    Returns:
        Each one's answer, or the error that it raised; the others go on.
    """
    found: dict[int, Result | ModisteError] = {}
    waiting: dict[int, Judge | Want] = {}

    def go_on(place: int, numbers: Any) -> None:
        try:
            waiting[place] = every[place].send(numbers)
        except StopIteration as end:
            found[place] = end.value
        except ModisteError as error:
            found[place] = error

    for place in range(len(every)):
        go_on(place, None)
    while waiting:
        asked = dict(waiting)
        waiting.clear()
        for place, numbers in _answers(scorer, asked).items():
            go_on(place, numbers)
    return [found[place] for place in range(len(every))]


def _answers(scorer: OutfitScorer, asked: dict[int, Judge | Want]) -> dict[int, Doubles | Floats]:
    """What the model says to each, by one call for scores and one for wanted items."""
    answers: dict[int, Doubles | Floats] = {}
    judge = {place: ask for place, ask in asked.items() if isinstance(ask, Judge)}
    want = {place: ask for place, ask in asked.items() if isinstance(ask, Want)}
    if judge:
        logits = scorer.score([outfit for ask in judge.values() for outfit in ask.outfits])
        answers.update(_shared_out(logits, judge))
    if want:
        outfits = [outfit for ask in want.values() for outfit in ask.outfits]
        kinds = [kind for ask in want.values() for kind in ask.categories]
        answers.update(_shared_out(scorer.wanted(outfits, kinds), want))
    return answers


def _shared_out(numbers: Any, asked: dict[int, Any]) -> dict[int, Any]:
    """Joined numbers given back to those who asked, in order."""
    parts = _parts(numbers, (len(ask.outfits) for ask in asked.values()))
    return dict(zip(asked, parts, strict=True))


def _parts(numbers: Any, lengths: Iterable[int]) -> Iterator[Any]:
    """Consecutive parts of an array; `np.split` takes ten times as long."""
    start = 0
    for length in lengths:
        yield numbers[start : start + length]
        start += length


def score(context: StylistContext, board: PartialOutfit) -> Steps[ScoreResult]:
    """How well the pieces go together, in steps.

    Raises:
        Misuse: fewer than two pieces.
    """
    require_outfit(board)
    logits = yield from judged([board.numbers])
    return ScoreResult(
        pieces=board.garments, verdict=context.verdict(float(logits[0])), notes=board.notes
    )


def require_outfit(board: PartialOutfit) -> None:
    """Stop at fewer than two pieces.

    Raises:
        Misuse: an outfit needs two.
    """
    if len(board.pieces) < 2:
        raise Misuse("An outfit needs two items or more.")

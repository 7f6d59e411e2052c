"""Questions with known answers, to measure by: read from files, or made from outfits and a seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Literal, TypeAlias

import numpy as np
import polars as pl

from modiste.data.questions.negatives import NegativePools
from modiste.data.wardrobe import Wardrobe
from modiste.errors import Misuse
from modiste.outfit import CompatibilityQuestion, CompletionQuestion, FitbQuestion, Question, Split


class KnownOutfits:
    """All outfits of a wardrobe, looked up by what they hold."""

    def __init__(self, wardrobe: Wardrobe) -> None:
        outfits = wardrobe.outfits["items"].to_list()
        self._outfits = [{wardrobe.rows[item] for item in items} for items in outfits]
        self._holding: dict[int, set[int]] = {}
        for outfit, rows in enumerate(self._outfits):
            for row in rows:
                self._holding.setdefault(row, set()).add(outfit)

    def completions(self, rows: Sequence[int]) -> set[int]:
        """Every item that stands in some outfit together with all of `rows`."""
        return {item for outfit in self._around(rows) for item in self._outfits[outfit]}

    def holds(self, rows: Sequence[int]) -> bool:
        """Whether some outfit has all of `rows`."""
        return bool(self._around(rows))

    def _around(self, rows: Sequence[int]) -> set[int]:
        around = sorted((self._holding.get(row, set()) for row in rows), key=len)
        return reduce(set.intersection, around[1:], around[0])


Kind: TypeAlias = Literal["fitb", "compatibility", "completion"]
KINDS: tuple[Kind, ...] = ("fitb", "compatibility", "completion")
_REDRAWS = 10


@dataclass(frozen=True, kw_only=True)
class QuestionSettings:
    """How questions are made."""

    seed: int = 0
    """The same seed, wardrobe and settings make the same questions."""
    match: tuple[str, ...] | None = None
    """Item columns that wrong items share with right ones; None: the wardrobe's own choice."""
    candidates: int = 4
    """Of a FITB question, the right one among them; 2 or more."""
    kinds: tuple[Kind, ...] = KINDS
    every_place: bool = False
    """Leave out each item of an outfit in turn, rather than one at random."""
    swaps: int | None = None
    """Items that are exchanged in an outfit to make one that does not go together; None: all."""
    smallest: int = 2
    """Outfits of fewer items are not asked about; 2 or more."""

    def __post_init__(self) -> None:
        if self.candidates < 2 or self.smallest < 2:
            raise Misuse("A question needs at least 2 candidates, and an outfit of 2 items.")
        if self.swaps is not None and self.swaps < 1:
            raise Misuse(f"swaps={self.swaps}: exchange at least one item of an outfit.")
        if unknown := set(self.kinds) - set(KINDS):
            raise Misuse(f"No question kind {sorted(unknown)[0]!r}; known: {', '.join(KINDS)}.")


@dataclass(frozen=True, kw_only=True)
class QuestionSet:
    """Questions, and how well they could be made."""

    questions: list[Question]
    relaxed: Mapping[str, int]
    """What was given up -> for how many draws; see `negatives.py`."""
    draws: int
    """Wrong items asked for: one draw is all wrong candidates of one question."""
    dropped: Mapping[Kind, int]
    """Questions that could not be made: too few items of the fine category."""


def make_questions(
    wardrobe: Wardrobe,
    split: Split,
    *,
    seed: int = 0,
    match: Sequence[str] | None = None,
    photographs: pl.DataFrame | None = None,
    kinds: Sequence[Kind] = KINDS,
) -> list[Question]:
    """Make the questions of `ask` with the usual settings."""
    chosen = None if match is None else tuple(match)
    settings = QuestionSettings(seed=seed, match=chosen, kinds=tuple(kinds))
    return ask(wardrobe, split, settings, photographs=photographs).questions


def ask(
    wardrobe: Wardrobe,
    split: Split,
    settings: QuestionSettings | None = None,
    *,
    photographs: pl.DataFrame | None = None,
) -> QuestionSet:
    """Make questions from the outfits of one split.

    FITB: an outfit without one item; which of the candidates is it? The right one stands at a
    random place among them. No wrong one makes, with the question, part of a known outfit.
    Compatibility: an outfit (1), and the same with every item exchanged (0). Completion: the FITB
    question, to be answered from all items of the right one's coarse category.

    Wrong items are drawn by the rules of `negatives.py`, as often as they occur in the outfits of
    the same split, from which right ones come: popularity alone answers nothing.

    Args:
        wardrobe: its outfits of all splits count as known.
        split: whose outfits to ask about.
        settings: see `QuestionSettings`.
        photographs: what `load_photographs` gives, to match on the background; None: do not.

    Raises:
        Misuse: a setting cannot be.
        DataError: the split has no outfit.
    """
    settings = settings or QuestionSettings()
    outfits = wardrobe.outfits_of(split)
    pools = NegativePools.of(wardrobe, outfits, match=settings.match, photographs=photographs)
    maker = _Maker(wardrobe, pools, settings)
    questions: list[Question] = []
    for outfit in outfits:
        rows = [wardrobe.rows[item] for item in dict.fromkeys(outfit.items)]
        if len(rows) >= settings.smallest:
            questions += maker.questions(rows)
    return QuestionSet(
        questions=questions, relaxed=pools.relaxed, draws=maker.draws, dropped=maker.dropped
    )


class _Maker:
    """Makes the questions about one outfit after the other."""

    def __init__(
        self, wardrobe: Wardrobe, pools: NegativePools, settings: QuestionSettings
    ) -> None:
        self.draws = 0
        self.dropped: Counter[Kind] = Counter()
        self._ids: list[str] = wardrobe.items["id"].to_list()
        self._slots: list[str] = wardrobe.items["category"].to_list()
        self._known = KnownOutfits(wardrobe)
        self._pools = pools
        self._settings = settings
        self._rng = np.random.default_rng(settings.seed)

    def questions(self, rows: Sequence[int]) -> Iterator[Question]:
        """All questions about one outfit."""
        places = self._rng.permutation(len(rows)).tolist()
        if not self._settings.every_place:
            places = places[:1]
        for place in places:
            if "fitb" in self._settings.kinds:
                yield from self._fitb(rows, place)
            if "completion" in self._settings.kinds:
                yield self._completion(rows, place)
        if "compatibility" in self._settings.kinds:
            yield from self._compatibility(rows)

    def _fitb(self, rows: Sequence[int], place: int) -> Iterator[Question]:
        right, rest = rows[place], [*rows[:place], *rows[place + 1 :]]
        count = self._settings.candidates - 1
        wrong = self._draw(right, count, {*rest, *self._known.completions(rest)})
        answer = int(self._rng.integers(self._settings.candidates))
        if len(wrong) < count:
            self.dropped["fitb"] += 1
            return
        candidates = [*wrong[:answer], right, *wrong[answer:]]
        yield FitbQuestion(
            question=self._names(rest),
            candidates=self._names(candidates),
            answer=answer,
            position=place,
        )

    def _completion(self, rows: Sequence[int], place: int) -> Question:
        rest = [*rows[:place], *rows[place + 1 :]]
        answer = rows[place]
        return CompletionQuestion(
            question=self._names(rest), category=self._slots[answer], answer=self._ids[answer]
        )

    def _compatibility(self, rows: Sequence[int]) -> Iterator[Question]:
        for _ in range(_REDRAWS):
            swapped = self._swapped(rows)
            if swapped is None:
                break
            if not self._known.holds(swapped):
                yield CompatibilityQuestion(items=self._names(rows), label=1)
                yield CompatibilityQuestion(items=self._names(swapped), label=0)
                return
        self.dropped["compatibility"] += 2

    def _swapped(self, rows: Sequence[int]) -> list[int] | None:
        """The outfit with items exchanged; None where an item has nothing to stand in for it."""
        swaps = len(rows) if self._settings.swaps is None else self._settings.swaps
        swapped, banned = list(rows), set(rows)
        for place in self._rng.permutation(len(rows))[:swaps].tolist():
            wrong = self._draw(rows[place], 1, banned)
            if not wrong:
                return None
            swapped[place] = wrong[0]
            banned.update(wrong)
        return swapped

    def _draw(self, right: int, count: int, exclude: set[int]) -> list[int]:
        self.draws += 1
        return [int(row) for row in self._pools.draw(right, count, self._rng, exclude)]

    def _names(self, rows: Sequence[int]) -> tuple[str, ...]:
        return tuple(self._ids[row] for row in rows)

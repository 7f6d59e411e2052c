"""The best possible answers about drawn outfits, computed from the rule that made them.

With right items drawn by the rule and wrong ones by how often they occur among items of the same
class (fine category and `match` columns), whatever the outfit, no scorer is better than

    score(outfit) = log p(outfit) - log p(the same classes, each item by its frequency)

Here p sums over the hidden theme exactly (`rule.py`), and an item's frequency is its chance
q_i = sum over z of p(z) p(i | z, category). For compatibility this is the likelihood ratio of the
two ways an outfit came about, which no ranking beats (Neyman and Pearson). For fill-in-the-blank
the chance that candidate k is the right one is exp(score_k) / sum over j of exp(score_j), where
score_k is that of the completed outfit: the best answer is its largest, right with that chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from modiste.arrays import Doubles, Ints
from modiste.data.drawn.rule import Chances, Rule, log_sum
from modiste.data.wardrobe import Wardrobe
from modiste.errors import UnknownItem, WardrobeError
from modiste.outfit import CompatibilityQuestion, FitbQuestion, Question

_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
_BATCH = 512  # outfits at once: 512 outfits x 432 themes x 8 items are 14 MB


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """How well the best possible scorer does on certain questions; None where none is of a kind."""

    fitb: float | None
    """Accuracy to be expected: the mean over questions of the chance of the likeliest answer."""
    fitb_reached: float | None
    """Accuracy that the oracle has on these very answers; differs from `fitb` by luck alone."""
    fitb_questions: int
    auc: float | None
    """Area under the curve of the exact likelihood ratio on these very outfits."""
    compatibility_questions: int


class Oracle:
    """Knows the rule of a drawn wardrobe.

    Raises:
        WardrobeError: the wardrobe was not drawn, or its rule is damaged.
    """

    def __init__(self, wardrobe: Wardrobe) -> None:
        self._wardrobe = wardrobe
        self._chances = Chances(_rule(wardrobe), wardrobe.items)
        columns = wardrobe.items.select(["fine", *wardrobe.info.match]).rows()
        number = {key: place for place, key in enumerate(dict.fromkeys(columns))}
        self._class = np.array([number[key] for key in columns], dtype=np.int64)  # (M,)
        self._of_class = self._chances.of_classes(self._class)  # (C, Z)
        worn = log_sum(self._of_class + self._chances.prior, axis=1)  # (C,) log chance of a class
        self._within = self._chances.frequency - worn[self._class]  # (M,) of an item in its class

    def score(self, outfits: Sequence[Sequence[int]]) -> Doubles:
        """(n,) log likelihood ratio of each outfit, given as rows; higher goes together better."""
        scores = np.zeros(len(outfits))
        for start in range(0, len(outfits), _BATCH):
            padded = _padded(outfits[start : start + _BATCH])
            drawn = self._evidence(padded, self._chances.of)
            swapped = self._evidence(padded, lambda rows: self._of_class[self._class[rows]])
            swapped += np.where(padded < 0, 0, self._within[padded]).sum(axis=1)
            scores[start : start + _BATCH] = drawn - swapped
        return scores

    def completions(self, outfit: Sequence[int], rows: Ints) -> Doubles:
        """(P,) log chance of each of `rows` to be the item of its category, beside `outfit`."""
        others = np.array(outfit, dtype=np.int64)
        theme = self._chances.prior + self._chances.of(others).sum(axis=0)  # (Z,)
        return log_sum(self._chances.of(rows) + theme - log_sum(theme, axis=0), axis=1)

    def rows(self, items: Sequence[str]) -> list[int]:
        """Rows of item ids.

        Raises:
            UnknownItem: an id is not in the wardrobe.
        """
        known = self._wardrobe.rows
        if missing := [item for item in items if item not in known]:
            raise UnknownItem(missing[0], self._wardrobe.root, known)
        return [known[item] for item in items]

    def _evidence(self, padded: Ints, chance: Callable[[Ints], Doubles]) -> Doubles:
        """(n,) log of the sum over themes of p(z) times the product over items."""
        total = np.tile(self._chances.prior, (len(padded), 1))  # (n, Z)
        for column in padded.T:
            here = np.flatnonzero(column >= 0)
            total[here] += chance(column[here])
        return log_sum(total, axis=1)


def oracle_score(wardrobe: Wardrobe, outfit: Sequence[str]) -> float:
    """The log likelihood ratio of one outfit, given as item ids; keep an `Oracle` for many."""
    oracle = Oracle(wardrobe)
    return float(oracle.score([oracle.rows(outfit)])[0])


def ceiling(wardrobe: Wardrobe, questions: Sequence[Question]) -> Ceiling:
    """The best possible results on questions about a drawn wardrobe.

    Raises:
        WardrobeError: the wardrobe was not drawn.
        UnknownItem: a question names an item that is not in it.
    """
    oracle = Oracle(wardrobe)
    fitb = [q for q in questions if isinstance(q, FitbQuestion)]
    whole = [q for q in questions if isinstance(q, CompatibilityQuestion)]
    expected, reached = _fitb(oracle, fitb) if fitb else (None, None)
    return Ceiling(
        fitb=expected,
        fitb_reached=reached,
        fitb_questions=len(fitb),
        auc=_auc(oracle, whole),
        compatibility_questions=len(whole),
    )


def _fitb(oracle: Oracle, questions: Sequence[FitbQuestion]) -> tuple[float, float]:
    expected, reached = 0.0, 0.0
    for question in questions:
        rest = oracle.rows(question.question)
        scores = oracle.score([[*rest, row] for row in oracle.rows(question.candidates)])
        chance = np.exp(scores - log_sum(scores, axis=0))
        best = np.isclose(chance, chance.max(), rtol=1e-9)
        expected += float(chance.max())
        reached += float(best[question.answer] / best.sum())  # ties share credit
    return expected / len(questions), reached / len(questions)


def _auc(oracle: Oracle, questions: Sequence[CompatibilityQuestion]) -> float | None:
    right = np.array([question.label == 1 for question in questions], dtype=bool)
    if not right.any() or right.all():
        return None
    scores = oracle.score([oracle.rows(question.items) for question in questions])
    good, bad = scores[right], np.sort(scores[~right])
    below, not_above = (np.searchsorted(bad, good, side) for side in _SIDES)
    return float((below + not_above).mean() / (2 * len(bad)))  # ties share credit


def _padded(outfits: Sequence[Sequence[int]]) -> Ints:
    """(n, longest) rows, -1 where an outfit is shorter."""
    longest = max((len(rows) for rows in outfits), default=0)
    padded = np.full((len(outfits), longest), -1, dtype=np.int64)
    for place, rows in enumerate(outfits):
        padded[place, : len(rows)] = rows
    return padded


def _rule(wardrobe: Wardrobe) -> Rule:
    facts = wardrobe.info.extra.get("rule")
    if facts is None:
        raise WardrobeError(
            f"{wardrobe.root} was not drawn by a rule, so its ceiling is not known; "
            "make one that was with `modiste demo`."
        )
    try:
        return Rule(**facts)
    except TypeError as error:
        raise WardrobeError(f"The rule in {wardrobe.root} is damaged; draw it again.") from error

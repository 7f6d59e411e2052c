"""Fill in the blank: which candidate completes the outfit?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modiste.arrays import Bools, Doubles, Ints
from modiste.evaluation.intervals import ALL, Mean, clusters_of, groups_of, means
from modiste.evaluation.scoring import EvaluationContext, Scorer, tied, worst_first
from modiste.outfit import FitbQuestion


@dataclass(frozen=True, kw_only=True)
class FitbResult:
    """What a scorer earned on n questions.

    Args:
        credit: (n,) in 0 to 1: 1 for a right choice, a share where the right answer is tied for
            first, 1 / candidates where an item is unknown.
        scores: (n, C) what each candidate scored; NaN beyond a question's candidates and for
            questions with an unknown item.
        clusters: (n,) number of the outfit behind each question.
        chance: (n,) what knowing nothing earns.
        accuracy: mean credit of all questions.
        warm: of those whose right answer occurs in an outfit that the run was trained on.
        cold: of the others.
        by_size: by the number of items of the whole outfit.
        by_category: by the coarse category of the right answer.
        unknown: questions with an item that the catalogue does not have.
        not_a_number: questions whose right answer scored NaN; they earn nothing.
    """

    credit: Doubles
    scores: Doubles
    clusters: Ints
    chance: Doubles
    accuracy: Mean
    warm: Mean
    cold: Mean
    by_size: dict[str, Mean]
    by_category: dict[str, Mean]
    unknown: int
    not_a_number: int

    def to_json(self) -> dict[str, Any]:
        """The headline figures: what DESIGN.md promises, and how many answers were no number."""
        return {
            **self.accuracy.to_json("accuracy"),
            "unknown": self.unknown,
            "not_a_number": self.not_a_number,
            "warm": self.warm.to_json("accuracy"),
            "cold": self.cold.to_json("accuracy"),
        }

    def breakdowns(self) -> dict[str, Any]:
        """Accuracy by outfit size and by category."""
        return {
            "by_size": {name: mean.to_json("accuracy") for name, mean in self.by_size.items()},
            "by_category": {
                name: mean.to_json("accuracy") for name, mean in self.by_category.items()
            },
        }


@dataclass(frozen=True)
class Example:
    """One question with what was chosen, to be looked at.

    Args:
        question: the question.
        scores: what each candidate scored.
        chosen: index of the candidate that scored highest, the first of equals.
    """

    question: FitbQuestion
    scores: tuple[float, ...]
    chosen: int

    @property
    def right(self) -> bool:
        """Whether the choice was the right one."""
        return self.chosen == self.question.answer


def measure_fitb(
    scorer: Scorer, questions: Sequence[FitbQuestion], terms: EvaluationContext
) -> FitbResult:
    """Ask fill-in-the-blank questions.

    Ties share credit, so that a scorer that knows nothing earns exactly chance. A score that is
    NaN counts as the worst; a right answer that scores NaN earns nothing.
    """
    answers = np.array([q.answer for q in questions], dtype=np.int64)
    contexts, rows = _known_rows(questions, terms)
    present = rows >= 0
    known = present.any(axis=1)
    scores = np.full(rows.shape, np.nan)
    wanted = _one_category(rows, terms) if terms.fitb_by == "wanted" else np.zeros_like(known)
    for ask, asked in ((_by_wanted, wanted), (_by_score, ~wanted)):
        chosen = [context for context, mine in zip(contexts, asked, strict=True) if mine]
        found = np.full(rows[asked].shape, np.nan)
        found[present[asked]] = ask(scorer, chosen, rows[asked], terms)
        scores[asked] = found
    chance = np.array([1 / len(q.candidates) for q in questions])
    credit = np.where(known, fitb_credit(scores, answers, present), chance)
    lost = np.isnan(scores[np.arange(len(questions)), answers]) & known
    clusters = clusters_of([frozenset((*q.question, q.candidates[q.answer])) for q in questions])
    by_group = means(credit, _groups(questions, terms), clusters, terms.seed)
    return FitbResult(
        credit=credit,
        scores=scores,
        clusters=clusters,
        chance=chance,
        accuracy=by_group[ALL],
        warm=by_group["temperature", "warm"],
        cold=by_group["temperature", "cold"],
        by_size={label: mean for (kind, label), mean in by_group.items() if kind == "size"},
        by_category={label: mean for (kind, label), mean in by_group.items() if kind == "category"},
        unknown=int((~known).sum()),
        not_a_number=int(lost.sum()),
    )


def fitb_credit(scores: Doubles, answers: Ints, present: Bools | None = None) -> Doubles:
    """What each question earns.

    Args:
        scores: (n, C) one score for each candidate; NaN is the worst.
        answers: (n,) index of the right candidate.
        present: (n, C) which candidates there are; all where None.

    Returns:
        (n,) 0 where a wrong candidate scored higher or the right one scored NaN, else 1 divided
        by the number of candidates tied with the right one, itself included.
    """
    if not len(scores):
        return np.zeros(0)
    truth = np.take_along_axis(scores, answers[:, None], axis=1)  # (n, 1)
    ranked = worst_first(scores)
    same = tied(ranked, worst_first(truth))
    if present is not None:
        ranked, same = np.where(present, ranked, -np.inf), same & present
    beaten = ((ranked > worst_first(truth)) & ~same).any(axis=1)
    earned = 1 / np.maximum(same.sum(axis=1), 1)
    credit: Doubles = np.where(beaten | np.isnan(truth[:, 0]), 0.0, earned)
    return credit


def choose_examples(
    questions: Sequence[FitbQuestion], result: FitbResult, *, each: int, seed: int
) -> list[Example]:
    """Up to `each` questions answered rightly and as many answered wrongly, drawn at random.

    A question with an unknown item, or with the right answer tied for first, is neither.
    """
    found = [
        Example(question, tuple(scores.tolist()), int(worst_first(scores).argmax()))
        for i in np.random.default_rng(seed).permutation(len(questions))
        if result.credit[i] in (0.0, 1.0) and np.isfinite(result.scores[i]).any()
        for question in [questions[i]]
        for scores in [result.scores[i, : len(question.candidates)]]
    ]
    right = [example for example in found if example.right][:each]
    return right + [example for example in found if not example.right][:each]


def _known_rows(
    questions: Sequence[FitbQuestion], terms: EvaluationContext
) -> tuple[list[list[int]], Ints]:
    """Rows of each question's items, and (n, C) of its candidates: all -1 if one is unknown."""
    most = max((len(q.candidates) for q in questions), default=0)
    rows = np.full((len(questions), most), -1, dtype=np.int64)
    contexts: list[list[int]] = []
    for place, q in enumerate(questions):
        context = terms.index.known(q.question)
        candidates = terms.index.known(q.candidates)
        if context is not None and candidates is not None:
            rows[place, : len(candidates)] = candidates
        at = len(q.question) if q.position is None else q.position
        contexts.append([*(context or [])[:at], -1, *(context or [])[at:]])
    return contexts, rows


def _one_category(rows: Ints, terms: EvaluationContext) -> Bools:
    """(n,) whether all candidates share a fine category: only then do inner products compare."""
    category = np.where(rows >= 0, terms.index.fine_index[rows], -1)
    first = category[:, :1]
    same: Bools = ((category == first) | (rows < 0)).all(axis=1) & (rows >= 0).any(axis=1)
    return same


def _by_score(
    scorer: Scorer, contexts: list[list[int]], rows: Ints, terms: EvaluationContext
) -> Doubles:
    """Scores of the outfits completed by each candidate, the blank (-1) filled in its place."""
    asked = zip(*np.nonzero(rows >= 0), strict=True)
    return scorer.score(
        [[int(rows[q, c]) if item < 0 else item for item in contexts[q]] for q, c in asked]
    )


def _by_wanted(
    scorer: Scorer, contexts: list[list[int]], rows: Ints, terms: EvaluationContext
) -> Doubles:
    """Inner products of the candidates with the item wanted, by the candidate's category."""
    question, candidate = np.nonzero(rows >= 0)
    row = rows[question, candidate]
    category = terms.index.fine_index[row]
    found = np.zeros(len(row))
    for same in np.unique(category):
        pairs = np.flatnonzero(category == same)
        for some in np.split(pairs, range(1024, len(pairs), 1024)):
            asked, which = np.unique(question[some], return_inverse=True)
            offered, place = np.unique(row[some], return_inverse=True)
            outfits = [[item for item in contexts[q] if item >= 0] for q in asked]
            found[some] = scorer.fits(outfits, scorer.partition(offered))[which, place]
    return found


def _groups(
    questions: Sequence[FitbQuestion], terms: EvaluationContext
) -> dict[tuple[str, str], Bools]:
    truths = [q.candidates[q.answer] for q in questions]
    warm = np.array([truth in terms.trained_on for truth in truths], dtype=bool)
    return {
        ALL: np.ones(len(questions), dtype=bool),
        ("temperature", "warm"): warm,
        ("temperature", "cold"): ~warm,
        **groups_of("size", [len(q.question) + 1 for q in questions]),
        **groups_of("category", [terms.index.slot(truth) for truth in truths]),
    }

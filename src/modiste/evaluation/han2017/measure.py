"""The evaluation of Han et al. 2017 (arXiv:1707.05691), as published, with our rules beside.

Fill in the blank and compatibility as their code computes them, its defects included and counted:
the right answer wins every tie, questions with a missing item are skipped, and a compatibility
score depends on whatever else is asked about.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modiste.arrays import Bools, Doubles, Ints
from modiste.data.batches import ItemTable
from modiste.errors import Misuse
from modiste.evaluation.compatibility import CompatibilityResult, measure_areas
from modiste.evaluation.fitb import fitb_credit
from modiste.evaluation.han2017.compatibility import log_likelihoods
from modiste.evaluation.han2017.fast import expectations, nearness_by_item, nearness_by_outfit
from modiste.evaluation.han2017.fitb import BLANKS, Sheet, Sheets, alike_answers, recurrent_answers
from modiste.evaluation.han2017.sequences import Pool, Sequences, in_reading_order, pool_of
from modiste.evaluation.intervals import ALL, clusters_of, means, rounded
from modiste.evaluation.scoring import tied, worst_first
from modiste.models.base import OutfitModel
from modiste.models.bilstm import BiLstm
from modiste.models.siamese import Siamese
from modiste.models.visual_semantic import VisualSemantic
from modiste.outfit import CompatibilityQuestion, FitbQuestion, Question

TOP = 4
"""The published code prints the top 1 to 4."""


def published_figures(sheet: Sheet, answered: Sheets) -> dict[str, Any]:
    """What the published code prints, with a count of what is wrong with it.

    The right answer stands first and scores are sorted, so that it wins every tie, and where no
    candidate scores a number. Questions with an unknown item, and those that a direction has
    nothing to read of, are left out.
    """
    n = len(sheet.answers)
    truth = np.take_along_axis(answered.published, sheet.answers[:, None], axis=1)  # (n, 1)
    present = sheet.candidates >= 0
    number = ~np.isnan(answered.published) & present
    rank = np.where(np.isnan(truth), number, number & (answered.published > truth)).sum(axis=1)
    valid = sheet.known & ~answered.dropped
    other = np.arange(present.shape[1]) != sheet.answers[:, None]
    same = (other & present & (answered.published == truth)).any(axis=1)
    first = valid & (rank == 0)
    return {
        "top": [_share((rank < k)[valid]) for k in range(1, TOP + 1)],
        "n": int(valid.sum()),
        "right": int(first.sum()),
        "by_blank": {
            blank: {"accuracy": _share((rank == 0)[at]), "n": int(at.sum())}
            for blank in BLANKS
            for at in [valid & (sheet.blank == blank)]
        },
        "skipped": n - int(valid.sum()),
        "skipped_unknown": int((~sheet.known).sum()),
        "skipped_one_sided": int((answered.dropped & sheet.known).sum()),
        "ties_counted_right": int((first & same).sum()),
        "no_number_counted_right": int((first & np.isnan(truth[:, 0])).sum()),
    }


def our_figures(sheet: Sheet, answered: Sheets, clusters: Ints, seed: int) -> dict[str, Any]:
    """The same scores by our rules, of all questions.

    Ties share credit; an unknown item, or nothing to read, counts as chance.
    """
    chance = 1 / np.maximum((sheet.candidates >= 0).sum(axis=1), 1)
    unknown = ~sheet.known
    chance[unknown] = 1 / sheet.candidates.shape[1] if sheet.candidates.size else 0.0
    earned = fitb_credit(answered.exact, sheet.answers, sheet.candidates >= 0)
    credit = np.where(unknown | answered.dropped, chance, earned)
    groups = {ALL: np.ones(len(credit), dtype=bool)}
    groups |= {("blank", blank): sheet.blank == blank for blank in BLANKS}
    found = means(credit, groups, clusters, seed)
    return {
        **found[ALL].to_json("accuracy"),
        "top": [_share(_top_credit(sheet, answered, unknown, k)) for k in range(1, TOP + 1)],
        "by_blank": {blank: found["blank", blank].to_json("accuracy") for blank in BLANKS},
        "unknown": int(unknown.sum()),
        "nothing_read": int((answered.dropped & ~unknown).sum()),
    }


def _top_credit(sheet: Sheet, answered: Sheets, unknown: Bools, k: int) -> Doubles:
    """(n,) chance that the right answer is among the first k where ties fall at random."""
    present = np.where(unknown[:, None], True, sheet.candidates >= 0)
    without = (unknown | answered.dropped)[:, None]
    scores = worst_first(np.where(without, 0.0, answered.exact))
    truth = np.take_along_axis(scores, sheet.answers[:, None], axis=1)
    same = tied(scores, truth) & present
    better = ((scores > truth) & ~same & present).sum(axis=1)
    share = (k - better) / np.maximum(same.sum(axis=1), 1)
    return np.where(np.isneginf(truth[:, 0]), 0.0, np.clip(share, 0.0, 1.0))


def _share(right: Doubles | Bools) -> float | None:
    return rounded(float(np.mean(right))) if len(right) else None


@dataclass(frozen=True, kw_only=True)
class PublishedQuestions:
    """Questions as the published evaluation asks them of one model.

    Args:
        fitb: the fill-in-the-blank questions.
        compatibility: the outfits.
        pool: the items of both, encoded once; all that occur in any of them.
        sheet: the fill-in-the-blank questions as arrays.
        outfits: the outfits in the order of reading; empty where an item is unknown.
        known: (n,) which outfits have no unknown item and at least one.
    """

    fitb: Sequence[FitbQuestion]
    compatibility: Sequence[CompatibilityQuestion]
    pool: Pool
    sheet: Sheet
    outfits: Sequences
    known: Bools


def ask(model: OutfitModel, table: ItemTable, questions: Sequence[Question]) -> PublishedQuestions:
    """Encode the items asked about, and lay the questions out.

    Args:
        model: in eval mode.
        table: the catalogue as the model sees it.
        questions: of any kinds; completion questions are not part of the protocol.

    Raises:
        Misuse: the protocol has nothing to say about this kind of model.
    """
    if not isinstance(model, BiLstm | Siamese | VisualSemantic):
        raise Misuse(
            f"--protocol han2017 evaluates bilstm, visual_semantic and siamese, and this run is a "
            f"{type(model).__name__}; leave --protocol out."
        )
    fitb = [q for q in questions if isinstance(q, FitbQuestion)]
    outfits = [q for q in questions if isinstance(q, CompatibilityQuestion)]
    told = [_rows(table, (*q.question, *q.candidates)) for q in fitb]
    worn = [_rows(table, q.items) for q in outfits]
    rows = np.array(sorted({row for found in (*told, *worn) for row in found}), dtype=np.int64)
    pool = pool_of(model, table, rows)
    sequences = Sequences.of([in_reading_order(pool, pool.places(found)) for found in worn])
    return PublishedQuestions(
        fitb=fitb,
        compatibility=outfits,
        pool=pool,
        sheet=_sheet(model, pool, fitb, told),
        outfits=sequences,
        known=sequences.length > 0,
    )


def measure_fitb_as_published(
    model: OutfitModel, asked: PublishedQuestions, seed: int = 0
) -> dict[str, Any]:
    """Every way of answering that the model has: name -> `published` and `ours`."""
    clusters = clusters_of([frozenset((*q.question, q.candidates[q.answer])) for q in asked.fitb])
    ways = answers(model, asked)
    return {
        "published": {name: published_figures(asked.sheet, found) for name, found in ways.items()},
        "ours": {
            name: our_figures(asked.sheet, found, clusters, seed) for name, found in ways.items()
        },
    }


def answers(model: OutfitModel, asked: PublishedQuestions) -> dict[str, Sheets]:
    """`both`, `forward`, `backward`, `semantic` or `siamese`, as far as the model has them."""
    found: dict[str, Sheets] = {}
    pool = asked.pool
    if isinstance(model, BiLstm) and pool.keys is not None and pool.values is not None:
        ways = recurrent_answers(model.read, pool.keys, pool.values, asked.sheet)
        names = ("both", "forward", "backward")
        found = {name: ways[name] for name in names if model.config.directions in ("both", name)}
    looks = {name: alike_answers(vectors, asked.sheet) for name, vectors in pool.looks.items()}
    return found | looks


@dataclass(frozen=True, kw_only=True)
class Compatibility:
    """Outfits as the published evaluation scores them.

    Args:
        asked: the questions.
        scores: (n,) NaN where an outfit has an unknown item or none.
        seconds: that scoring took, items encoded already.
        ours: the same outfits scored by the model's own `score`, by our rules.
    """

    asked: PublishedQuestions
    scores: Doubles
    seconds: float
    ours: CompatibilityResult

    @property
    def labels(self) -> Ints:
        """(n,) 1 for outfits that people made."""
        return np.array([q.label for q in self.asked.compatibility], dtype=np.int64)

    def to_json(self) -> dict[str, Any]:
        """`published` by its rules and by ours, and `ours`."""
        known, labels = self.asked.known, self.labels
        return {
            "published": {
                "auc": rounded(area(self.scores[known], labels[known])),
                "auc_of_all": rounded(area(self.scores, labels, known)),
                "n": int(known.sum()),
                "positives": int(labels[known].sum()),
                "skipped": int((~known).sum()),
                "no_number": int(np.isnan(self.scores[known]).sum()),
                "pool": len(self.asked.pool.rows),
                "seconds": round(self.seconds, 3),
            },
            "ours": self.ours.to_json(),
        }


def measure_compatibility_as_published(
    model: OutfitModel, asked: PublishedQuestions, ours: CompatibilityResult
) -> Compatibility:
    """Score outfits among all items asked about; models without recurrences by the mean cosine.

    No script of the published code scores outfits by the visual-semantic or the siamese
    embedding; their own `score`, the mean cosine of the pairs, stands there.
    """
    began = time.perf_counter()
    pool = asked.pool
    if isinstance(model, BiLstm) and pool.keys is not None and pool.values is not None:
        both = log_likelihoods(model.read, pool.keys, pool.values, asked.outfits)
        scores = both[:, _columns(model)].sum(axis=1)
    else:
        scores = np.where(asked.known, ours.scores, np.nan)
    return Compatibility(asked=asked, scores=scores, seconds=time.perf_counter() - began, ours=ours)


def measure_fast(model: OutfitModel, full: Compatibility) -> dict[str, Any]:
    """The cheaper scores beside the full one: AUC, rank correlation, seconds.

    Raises:
        Misuse: the model has no recurrences.
    """
    asked, pool = full.asked, full.asked.pool
    if not isinstance(model, BiLstm) or pool.keys is None or pool.values is None:
        raise Misuse(
            "--protocol han2017-fast is about recurrences, and this run has none; give a bilstm "
            "run, or --protocol han2017."
        )
    keys, values, outfits = pool.keys, pool.values, asked.outfits
    began = time.perf_counter()
    expected = expectations(model.read, values)
    preparing = time.perf_counter() - began
    by_item = _beside(full, model, lambda: nearness_by_item(expected, keys, outfits))
    by_outfit = _beside(full, model, lambda: nearness_by_outfit(model.read, keys, values, outfits))
    return {"item": {**by_item, "preparing_items": round(preparing, 3)}, "outfit": by_outfit}


def _beside(full: Compatibility, model: BiLstm, score: Callable[[], Doubles]) -> dict[str, Any]:
    """A cheaper score beside the full one."""
    began = time.perf_counter()
    both = score()
    seconds = time.perf_counter() - began
    known = full.asked.known
    scores = both[known][:, _columns(model)].mean(axis=1)
    return {
        "auc": rounded(area(scores, full.labels[known])),
        "rank_correlation": rounded(rank_correlation(scores, full.scores[known])),
        "seconds": round(seconds, 3),
        "times_as_fast": round(full.seconds / max(seconds, 1e-9), 1),
    }


def area(scores: Doubles, labels: Ints, asked: Bools | None = None) -> float | None:
    """Area under the ROC curve; what was not asked stands half above and half below the rest."""
    present = np.ones(len(scores), dtype=bool) if asked is None else asked
    return measure_areas(scores, labels, present, 0).auc.value


def rank_correlation(first: Doubles, second: Doubles) -> float | None:
    """Spearman's, ties sharing their mean rank; None where one is constant or no number."""
    from scipy.stats import rankdata

    if len(first) < 2 or not np.isfinite(first).all() or not np.isfinite(second).all():
        return None
    ranks = [rankdata(scores) - (len(scores) + 1) / 2 for scores in (first, second)]
    spread = np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum())
    return float((ranks[0] * ranks[1]).sum() / spread) if spread else None


def defects(fitb: Mapping[str, Any], compatibility: Mapping[str, Any]) -> list[str]:
    """What is wrong with the published figures, with its count, a sentence each."""
    name, figures = next(iter(fitb["published"].items()))
    full = compatibility["published"]
    return [
        f"The right answer stands first and wins ties: {figures['ties_counted_right']:,} ties and "
        f"{figures['no_number_counted_right']:,} answers without a number counted as right "
        f"({name}).",
        f"Questions left out of the denominator: {figures['skipped']:,} of "
        f"{figures['skipped'] + figures['n']:,} ({name}); outfits: {full['skipped']:,} of "
        f"{full['skipped'] + full['n']:,}.",
        f"A compatibility score depends on the {full['pool']:,} items asked about in both kinds of "
        "questions, which stand for the test set; ours depends on the outfit alone.",
    ]


def _columns(model: BiLstm) -> list[int]:
    return {"both": [0, 1], "forward": [0], "backward": [1]}[model.config.directions]


def _rows(table: ItemTable, ids: Iterable[str]) -> list[int]:
    """Catalogue rows of items; none at all if one of them is unknown."""
    found = [table.rows.get(item_id, -1) for item_id in ids]
    return [] if -1 in found else found


def _sheet(
    model: OutfitModel, pool: Pool, questions: Sequence[FitbQuestion], told: Sequence[list[int]]
) -> Sheet:
    """Questions as arrays; each candidate stands where the order of reading puts it."""
    most = max((len(q.candidates) for q in questions), default=0)
    candidates = np.full((len(questions), most), -1, dtype=np.int64)
    gap = np.zeros_like(candidates)
    contexts: list[list[int]] = []
    by_rank = isinstance(model, BiLstm) and model.config.order == "category"
    for number, (question, rows) in enumerate(zip(questions, told, strict=True)):
        places, size = pool.places(rows), len(question.question) if rows else 0
        context, offered = in_reading_order(pool, places[:size]), places[size:]
        contexts.append(context)
        candidates[number, : len(offered)] = offered
        position = size if question.position is None else min(question.position, size)
        if by_rank and offered:
            before = np.searchsorted(pool.rank[context], pool.rank[offered], side="right")
            gap[number, : len(offered)] = before
        else:
            gap[number] = position
    answers = np.array([q.answer for q in questions], dtype=np.int64)
    return Sheet(context=Sequences.of(contexts), candidates=candidates, gap=gap, answers=answers)

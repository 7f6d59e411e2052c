"""Figures by the published rules, and by ours, from the same scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from modiste.data.batches import Ints
from modiste.evaluation.fitb import fitb_credit
from modiste.evaluation.han2017_fitb import BLANKS, Sheet, Sheets
from modiste.evaluation.intervals import ALL, means, rounded
from modiste.evaluation.scoring import Bools, Doubles, tied, worst_first

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

"""What the report says, as plain values: figures, a table and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from modiste.evaluation.evaluate import EvaluationReport, Measures
from modiste.evaluation.intervals import ALL, Interval, Mean, paired_difference


@dataclass(frozen=True)
class Column:
    """One measure of the table.

    Args:
        key: names its ceiling, where one is known.
        name: above the column.
        of: picks it from the measures.
        percent: whether it is a share, written in percent.
    """

    key: str
    name: str
    of: Callable[[Measures], Mean]
    percent: bool = True

    def text(self, value: float) -> str:
        """A value as people read it."""
        return f"{100 * value:.1f}\u00a0%" if self.percent else f"{value:.3f}"

    def span(self, interval: Interval | None) -> str:
        """An interval as people read it; empty where there is none."""
        if interval is None:
            return ""
        low, high = interval
        if self.percent:
            return f"{100 * low:.1f} to {100 * high:.1f}"
        return f"{low:.3f} to {high:.3f}"


COLUMNS = (
    Column("fitb", "fill in the blank", lambda m: m.fitb.accuracy),
    Column("auc", "goes together, AUC", lambda m: m.compatibility.areas.auc, percent=False),
    Column("ap", "average precision", lambda m: m.compatibility.areas.average_precision, False),
    Column("recall@10", "recall at 10", lambda m: m.retrieval.recall[10]),
    Column("recall@30", "at 30", lambda m: m.retrieval.recall[30]),
    Column("recall@50", "at 50", lambda m: m.retrieval.recall[50]),
    Column("mrr", "reciprocal rank", lambda m: m.retrieval.mrr, percent=False),
    Column("hit@1", "whole slot, first", lambda m: m.completion.hit[1][ALL]),
    Column("hit@10", "whole slot, first 10", lambda m: m.completion.hit[10][ALL]),
)
HEADLINE = ("fitb", "auc", "recall@10", "hit@10")
"""Keys of the measures that stand on top."""


def shown(measures: Measures) -> list[Column]:
    """The columns that have a value."""
    return [column for column in COLUMNS if column.of(measures).value is not None]


def headline_figures(
    report: EvaluationReport, ceiling: Mapping[str, float]
) -> list[dict[str, Any]]:
    """The large figures on top: value, interval, strongest control, share of the ceiling."""
    return [
        {
            "name": column.name[0].upper() + column.name[1:],
            "value": column.text(mean.value),
            "beside": _beside(report, column, mean, ceiling.get(column.key)),
        }
        for column in shown(report.measures)
        if column.key in HEADLINE
        for mean in [column.of(report.measures)]
        if mean.value is not None
    ]


def _beside(
    report: EvaluationReport, column: Column, mean: Mean, ceiling: float | None
) -> list[str]:
    lines = [f"95 %: {column.span(mean.interval)}"] if mean.interval else []
    if (best := strongest(report, column)) is not None:
        value = column.of(report.controls[best]).value or 0.0
        lines.append(f"strongest control: {words(best)}, {column.text(value)}")
    if ceiling and mean.value is not None:
        lines.append(
            f"{100 * mean.value / ceiling:.0f} % of the best possible, {column.text(ceiling)}"
        )
        chance = chance_of(column, report.measures)
        if chance is not None and ceiling > chance:
            above = 100 * (mean.value - chance) / (ceiling - chance)
            lines.append(f"{above:.0f} % of what lies above chance")
    return lines


def chance_of(column: Column, measures: Measures) -> float | None:
    """What knowing nothing gives; None where that depends on the pool."""
    match column.key:
        case "fitb":
            return float(measures.fitb.chance.mean())
        case "auc":
            return 0.5
    return None


def strongest(report: EvaluationReport, column: Column) -> str | None:
    """Name of the control with the highest value; None without controls."""
    values = {name: column.of(found).value for name, found in report.controls.items()}
    known = {name: value for name, value in values.items() if value is not None}
    return max(known, key=known.__getitem__) if known else None


def verdict(report: EvaluationReport) -> str:
    """One sentence: the model against its strongest control, question by question."""
    fitb, column = report.measures.fitb, COLUMNS[0]
    best = strongest(report, column)
    if best is None or not len(fitb.credit):
        return ""
    rival = report.controls[best].fitb
    gain = paired_difference(fitb.credit, rival.credit, fitb.clusters, report.terms.seed)
    if gain.value is None or gain.interval is None:
        return ""
    low, high = (100 * end for end in gain.interval)
    how = "better" if gain.value >= 0 else "worse"
    return (
        f"On the same questions it is {abs(100 * gain.value):.1f} points {how} than its strongest "
        f"control, {words(best)} (95 %: {low:+.1f} to {high:+.1f} points; "
        f"p {_p_value(gain.p_value)})."
    )


def table_rows(report: EvaluationReport) -> list[dict[str, Any]]:
    """The model and its controls, a row each."""
    everything = {"this model": report.measures, **report.controls}
    return [
        {
            "name": words(name),
            "main": measures is report.measures,
            "cells": [_cell(column, column.of(measures)) for column in shown(report.measures)],
        }
        for name, measures in everything.items()
    ]


def _cell(column: Column, mean: Mean) -> dict[str, str]:
    if mean.value is None:
        return {"value": "–", "interval": ""}
    return {"value": column.text(mean.value), "interval": column.span(mean.interval)}


def notes(report: EvaluationReport) -> list[str]:
    """How it was measured, a sentence each."""
    measures = report.measures
    fitb, compatibility = measures.fitb, measures.compatibility
    by = (
        "the score of the completed outfit"
        if report.fitb_by == "score"
        else "the item wanted, frequency left aside"
    )
    said = [
        f"{len(fitb.credit):,} fill-in-the-blank questions, answered by {by}; "
        f"{len(compatibility.labels):,} outfits to judge, {int(compatibility.labels.sum()):,} of "
        f"them made by people; {measures.completion.mrr[ALL].n:,} whole slots to search.",
        "Ties share credit, so that a scorer that knows nothing gets exactly chance.",
        "Retrieval looks among all items of the right answer's fine category, but for those that "
        "the question shows.",
        f"Intervals are 95 % percentile intervals of 1,000 bootstrap resamples of outfits (seed "
        f"{report.terms.seed}); the spread over training seeds is not in them.",
    ]
    unknown = fitb.unknown + compatibility.unknown + measures.completion.unknown
    said.append(
        f"{unknown:,} questions have an item that the catalogue lacks; each counts as chance."
        if unknown
        else "No question has an item that the catalogue does not have."
    )
    if lost := fitb.not_a_number + compatibility.to_json()["not_a_number"]:
        said.append(f"{lost:,} answers scored no number; they count as the worst.")
    if report.reliability is not None:
        said.append(
            "Probabilities were fitted on the validation split, where half of the outfits are "
            "spoilt: they are odds against a like-for-like swap, not against anything at all."
        )
    return said


def _p_value(p: float | None) -> str:
    return "unknown" if p is None else "below 0.001" if p < 0.001 else f"= {p:.3f}"


def words(name: str) -> str:
    """A name as people write it."""
    return name.replace("_", " ")

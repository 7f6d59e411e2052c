"""The drawings of the report, each with its caption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from modiste.evaluation.evaluate import EvaluationReport
from modiste.evaluation.intervals import Mean
from modiste.evaluation.plots import Line, draw_curves, draw_means, draw_reliability
from modiste.evaluation.report_figures import COLUMNS, Column, chance_of, shown, words
from modiste.evaluation.retrieval import RetrievalResult

FEWEST = 10
"""Questions that a group must have to be drawn: below that an interval says nothing."""
MOST = 16
"""Groups that one drawing shows."""


def draw_plots(report: EvaluationReport) -> list[dict[str, Any]]:
    """The drawings, each with a title, a note and what to say to those who cannot see it."""
    return [
        *(plot for column in shown(report.measures) for plot in _against_controls(report, column)),
        *_retrieval_plot(report),
        *_fitb_plots(report),
        *_size_plot(report),
        *_reliability_plot(report),
    ]


def _plot(title: str, note: str, svg: str, spoken: str) -> dict[str, Any]:
    # The only text in a drawing is ours or escaped by matplotlib.
    return {"title": title, "note": note, "svg": Markup(svg), "spoken": spoken}  # noqa: S704


def _against_controls(report: EvaluationReport, column: Column) -> list[dict[str, Any]]:
    if column.key not in ("fitb", "auc") or not report.controls:
        return []
    means = {"this model": column.of(report.measures)}
    means |= {name: column.of(found) for name, found in report.controls.items()}
    svg = draw_means(means, chance=chance_of(column, report.measures), main="this model")
    title = f"{column.name[0].upper()}{column.name[1:]}, beside the controls"
    return [
        _plot(
            title,
            "Bars are 95 % intervals; the dashed line is chance.",
            svg,
            _spoken(column, means),
        )
    ]


def _fitb_plots(report: EvaluationReport) -> list[dict[str, Any]]:
    fitb, column = report.measures.fitb, COLUMNS[0]
    chance = chance_of(column, report.measures) if len(fitb.credit) else None
    seen = {"seen in training": fitb.warm, "never seen": fitb.cold}
    sizes = {f"{size} items": mean for size, mean in fitb.by_size.items()}
    parts = [
        (
            "Right answers seen and unseen",
            "Whether the right answer is in an outfit trained on.",
            seen,
        ),
        (
            "Fill in the blank, by outfit size",
            "The whole outfit, the right answer included.",
            sizes,
        ),
        (
            "Fill in the blank, by what is missing",
            "The slot of the right answer.",
            fitb.by_category,
        ),
    ]
    return [
        _plot(title, note, draw_means(_with_n(means), chance=chance), _spoken(column, means))
        for title, note, means in parts
        if _with_n(means)
    ]


def _size_plot(report: EvaluationReport) -> list[dict[str, Any]]:
    by_size = report.measures.compatibility.by_size
    means = {f"{size} items": areas.auc for size, areas in by_size.items()}
    if not any(mean.value is not None for mean in _with_n(means).values()):
        return []
    svg = draw_means(_with_n(means), chance=0.5)
    return [
        _plot(
            "AUC, by outfit size",
            f"In brackets: outfits. Left out: sizes of fewer than {FEWEST}.",
            svg,
            _spoken(COLUMNS[1], means),
        )
    ]


def _retrieval_plot(report: EvaluationReport) -> list[dict[str, Any]]:
    if not report.measures.retrieval.mrr.n:
        return []
    everything = {"this model": report.measures, **report.controls}
    lines = [
        Line(name, _recalls(found.retrieval), main=found is report.measures)
        for name, found in everything.items()
    ]
    svg = draw_curves(lines, x="first k items looked at", y="right answer among them")
    note = "Among all items of the right answer's fine category."
    columns = [column for column in COLUMNS if column.key.startswith("recall")]
    spoken = "; ".join(
        f"{column.name}: {_spoken(column, {'this model': column.of(report.measures)})}"
        for column in columns
    )
    return [_plot("How early the right answer comes", note, svg, spoken)]


def _recalls(found: RetrievalResult) -> dict[int, float]:
    return {k: float(found.ranks.recall(k).mean()) for k in range(1, 101)}


def _reliability_plot(report: EvaluationReport) -> list[dict[str, Any]]:
    found = report.reliability
    if found is None or found.expected_error is None:
        return []
    note = f"Mean error {100 * found.expected_error:.1f} points; Brier score {found.brier:.3f}."
    spoken = "; ".join(
        f"said {100 * bin.predicted:.0f} %, was {100 * bin.observed:.0f} % of {bin.n}"
        for bin in found.bins
    )
    return [_plot("Can its probabilities be believed?", note, draw_reliability(found), spoken)]


def _with_n(means: Mapping[str, Mean]) -> dict[str, Mean]:
    """The groups worth drawing, in their order: the largest ones, and none that is tiny."""
    largest = sorted(means, key=lambda name: -means[name].n)[:MOST]
    return {
        f"{name} ({mean.n:,})": mean
        for name, mean in means.items()
        if name in largest and mean.n >= FEWEST
    }


def _spoken(column: Column, means: Mapping[str, Mean]) -> str:
    known = {name: mean.value for name, mean in means.items() if mean.value is not None}
    return "; ".join(f"{words(name)} {column.text(value)}" for name, value in known.items())

"""The drawings of the report as inline SVG, each with its caption.

matplotlib draws them in stand-in colours; each becomes a CSS variable, so that one drawing serves
paper and dark.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from modiste.evaluation.calibration import Reliability
from modiste.evaluation.evaluate import EvaluationReport
from modiste.evaluation.intervals import Mean
from modiste.evaluation.report.figures import COLUMNS, Column, chance_of, shown, words
from modiste.evaluation.retrieval import RetrievalResult

INK, ACCENT, FAINT = "#010203", "#010204", "#010205"
_VARIABLES = {INK: "var(--ink)", ACCENT: "var(--accent)", FAINT: "var(--faint)"}
_WIDTH = 4.3  # inches of 100 CSS pixels: fits a telephone without shrinking the type
_STYLE: Any = {
    "svg.hashsalt": "modiste",  # the same drawing twice is the same text
    "svg.fonttype": "none",  # text stays text: it can be read aloud, and takes the page's face
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.4,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Line:
    """One curve of a plot.

    Args:
        name: in the legend.
        points: x -> y.
        main: whether it is the model, not a control.
    """

    name: str
    points: Mapping[int, float]
    main: bool = False


def draw_means(rows: Mapping[str, Mean], *, chance: float | None, main: str | None = None) -> str:
    """Means as dots with their intervals, one row each from the top; `main` in the accent.

    Args:
        rows: label -> mean; those without a value are left out.
        chance: drawn as a faint line.
        main: label of the row to stress; None: all.
    """
    shown = [(name, m.value, m.interval) for name, m in rows.items() if m.value is not None]
    with rc_context(_STYLE):
        figure, axes = _axes(height=0.55 + 0.23 * max(len(shown), 1))
        for place, (name, value, interval) in enumerate(shown):
            colour = ACCENT if main in (None, name) else INK
            if interval is not None:
                axes.hlines(place, *interval, color=colour)
            axes.plot(value, place, "o", color=colour, markersize=4.5)
        axes.set_yticks(range(len(shown)), [_label(name) for name, _, _ in shown])
        axes.set_ylim(max(len(shown), 1) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        if chance is not None:
            axes.axvline(chance, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.margins(x=0.08)
        return _svg(figure)


def draw_curves(lines: Sequence[Line], *, x: str, y: str) -> str:
    """Curves over a logarithmic axis, the model's in the accent and named at its end."""
    dashes = ["-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (8, 3)), (0, (2, 3))]
    with rc_context(_STYLE):
        figure, axes = _axes(height=2.9)
        others = 0
        for line in lines:
            colour, width, dash = (ACCENT, 2.0, dashes[0])
            if not line.main:
                colour, width, dash = INK, 1.0, dashes[others % len(dashes)]
                others += 1
            axes.plot(
                list(line.points),
                list(line.points.values()),
                color=colour,
                linewidth=width,
                linestyle=dash,
                label=_label(line.name),
            )
        axes.set_xscale("log")
        ticks = [1, 3, 10, 30, 100]
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.set(xlabel=x, ylabel=y)
        axes.legend(loc="upper left", fontsize=8)
        return _svg(figure)


def draw_reliability(found: Reliability) -> str:
    """Observed against predicted, with intervals; below it how many outfits each dot stands for."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, 3.6), layout="constrained")
        axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
        axes.plot([0, 1], [0, 1], color=FAINT, linestyle=(0, (4, 3)), linewidth=1)
        for bin in found.bins:
            axes.vlines(bin.predicted, *bin.interval, color=ACCENT)
            axes.plot(bin.predicted, bin.observed, "o", color=ACCENT, markersize=4.5)
        middles = [(bin.low + bin.high) / 2 for bin in found.bins]
        counts.bar(middles, [bin.n for bin in found.bins], width=0.09, color=FAINT)
        axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="people made it")
        counts.set(xlabel="said probability", ylabel="outfits")
        return _svg(figure)


def _axes(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _svg(figure: Figure) -> str:
    """The drawing as an `svg` element: no prologue, metadata, global style or fixed colour."""
    file = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # the page's own face will have it
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", text, flags=re.S)
    text = re.sub(r'<g id="[^"]*">', "<g>", text)
    text = re.sub(r' (xmlns(:xlink)?|version|width|height)="[^"]*"', "", text, count=5)
    for stand_in, variable in _VARIABLES.items():
        text = text.replace(stand_in, variable)
    return text


def _label(name: str) -> str:
    """A label that fits beside a plot, and that matplotlib takes as plain text."""
    words = name.replace("_", " ")
    short = words if len(words) <= 22 else words[:21] + "…"
    return short.replace("$", r"\$")


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

"""The report as a table for people at a terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from modiste.evaluation.evaluate import EvaluationReport
from modiste.evaluation.report.figures import COLUMNS, notes, shown, verdict, words


def draw_table(report: EvaluationReport) -> RenderableType:
    """The model with its controls beside it, what was seen in training apart, and the notes."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column("this model", justify="right", style="bold")
    table.add_column("95 % interval", no_wrap=True)
    for name in report.controls:
        table.add_column(words(name), justify="right")
    for column in shown(report.measures):
        mean = column.of(report.measures)
        beside = [column.of(found).value for found in report.controls.values()]
        values = [mean.value, *beside]
        texts = ["–" if value is None else column.text(value) for value in values]
        table.add_row(column.name, texts[0], column.span(mean.interval), *texts[1:])
    sentences = [verdict(report), _seen(report), *report.left_out.values(), *notes(report)]
    return Group(table, *(Text(sentence) for sentence in sentences if sentence))


def _seen(report: EvaluationReport) -> str:
    column, fitb = COLUMNS[0], report.measures.fitb
    parts = [
        f"{column.text(mean.value)} of {mean.n:,} {name}"
        for name, mean in (("seen in training", fitb.warm), ("never seen", fitb.cold))
        if mean.value is not None
    ]
    return f"Fill in the blank by right answers: {', '.join(parts)}." if parts else ""

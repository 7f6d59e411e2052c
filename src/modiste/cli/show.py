"""Results for people: how each is laid out on standard output.

What one or a few sentences tell is said by the result itself, in `to_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from modiste.data.audit.report import AuditReport
    from modiste.data.importing.hub import Download
    from modiste.data.wardrobe import Wardrobe
    from modiste.encoders.embed import EmbedReport
    from modiste.evaluation.evaluate import Measures
    from modiste.jobs.compare import Comparison
    from modiste.jobs.evaluate import AsPublished, Compared, Evaluation
    from modiste.jobs.train import TrainSummary
    from modiste.jobs.tune import TuneSummary


_LISTED = 20
_FIRST = 24  # characters that the first column of a table keeps, whatever stands beside it
_STYLE = {"serious": "bold red", "warning": "yellow", "note": "cyan", "fine": "green"}
_SHORT = {
    "fitb": "FITB",
    "auc": "AUC",
    "ap": "AP",
    "recall@10": "R@10",
    "recall@30": "R@30",
    "recall@50": "R@50",
    "mrr": "MRR",
}
"""Names of measures, short enough for nine of them on a line."""


class Told(Protocol):
    """A result that can say itself in words."""

    def to_text(self) -> str:
        """Lines for people."""
        ...


def words(result: Told) -> None:
    """Print a result in its own words."""
    print(result.to_text())


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console, cells = Console(), [[*row, *[""] * (len(columns) - len(row))] for row in rows]
    drawn = Table(box=SIMPLE_HEAD, padding=0)  # the box leaves a space between columns
    named = list(zip(columns, *cells, strict=True))
    widths = [max(map(len, column)) for column in named]
    if sum(widths) + len(widths) + 1 > console.width:  # names of columns go over several lines
        widths = [
            max(len(part) for part in [*name.split(), "", *column]) for name, *column in named
        ]
    for place, (name, width) in enumerate(zip(columns, widths, strict=True)):
        if place:
            drawn.add_column(name, justify="right", max_width=width, overflow="fold")
        else:
            drawn.add_column(name, min_width=min(width, _FIRST), max_width=width, overflow="fold")
    for row in cells:
        drawn.add_row(*map(Text, row))  # Text: ids are data, not markup
    console.print(drawn)


def sentences(said: Iterable[str]) -> None:
    """Print sentences, a line each."""
    for sentence in said:
        print(f"- {sentence}")


def wardrobe(made: Wardrobe) -> None:
    """Print what a wardrobe holds and what its importer found."""
    facts = wardrobe_facts(made)
    counts, splits = facts["counts"], facts["splits"]
    print(
        f"{made.root}: {counts['items']:,} items ({counts['images']:,} with a photograph, "
        f"{counts['categories']:,} categories), {counts['outfits']:,} outfits ("
        + ", ".join(f"{name} {n:,}" for name, n in splits.items())
        + ")."
    )
    for name, count in facts["questions"].items():
        print(f"Questions {name}: {count:,}.")
    sentences(facts["notes"])


def wardrobe_facts(made: Wardrobe) -> dict[str, Any]:
    """A wardrobe as plain values."""
    from modiste.data.questions.files import load_questions, question_names
    from modiste.outfit import SPLITS

    items, outfits = made.items, made.outfits
    return {
        "wardrobe": str(made.root),
        "name": made.info.name,
        "licence": made.info.licence,
        "match": list(made.info.match),
        "counts": {
            "items": len(items),
            "images": len(items) - items["image"].null_count(),
            "categories": items["fine"].n_unique(),
            "outfits": len(outfits),
        },
        "splits": {split: int((outfits["split"] == split).sum()) for split in SPLITS},
        "questions": {
            name: len(load_questions(made.root, name)) for name in question_names(made.root)
        },
        "notes": list(made.info.notes),
        "content_hash": made.content_hash,
    }


def audit(report: AuditReport) -> None:
    """Print the findings, the worst first."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    counts = ", ".join(f"{number:,} {name}" for name, number in report.counts.items())
    drawn = Table(title=escape(f"{report.wardrobe}: {counts}"), show_lines=True)
    for column in ("", "check", "count", "what was found, and what to do"):
        drawn.add_column(column, justify="right" if column == "count" else "left")
    for finding in report.findings:
        text = [escape(finding.summary)]
        if finding.advice:
            text.append(f"[bold]{escape(finding.advice)}[/bold]")
        if finding.examples:
            text.append(f"[dim]{escape('; '.join(finding.examples))}[/dim]")
        style = _STYLE[finding.severity]
        severity = f"[{style}]{finding.severity}[/{style}]"
        drawn.add_row(severity, finding.check, f"{finding.count:,}", "\n".join(text))
    Console().print(drawn)


def download(got: Download) -> None:
    """Print what was downloaded and what to do with it."""
    print(f"{got.folder}: {len(got.fetched):,} files fetched, {len(got.kept):,} were there.")
    print(f"Next: {got.next_step}")


def embedding(report: EmbedReport) -> None:
    """Print what was encoded, and what could not be read."""
    made = ", ".join(
        f"{name} {count:,} (and {report.reused.get(name, 0):,} were there)"
        for name, count in report.encoded.items()
    )
    print(f"Encoded: {made}; {report.seconds:,.0f} s.")
    sentences(report.notes)
    if report.skipped:
        print(f"{len(report.skipped):,} photographs could not be read:")
        sentences(f"{each['id']}: {each['reason']}" for each in report.skipped[:_LISTED])
        if len(report.skipped) > _LISTED:
            print(f"- and {len(report.skipped) - _LISTED:,} more: `--json` lists all.")


def training(summary: TrainSummary) -> None:
    """Print how a run went."""
    figures = ", ".join(f"{name} {value:.3f}" for name, value in summary.metrics.items())
    print(
        f"{summary.run}: the weights of step {summary.best_step:,} of {summary.steps:,} did best "
        f"on the validation split ({figures}); {summary.seconds:,.0f} s."
    )
    print(f"Next: modiste evaluate {summary.run}")


def search(summary: TuneSummary) -> None:
    """Print what a search found, and what mattered."""
    print(
        f"{summary.folder}: {summary.complete:,} trials trained to their end, {summary.pruned:,} "
        f"stopped early; best: trial {summary.best_trial}, {summary.objective} "
        f"{summary.best:.4f}; {summary.seconds:,.0f} s."
    )
    shown = list(summary.importance) or list(summary.settings)
    table(
        ["setting", "best", "importance"],
        (
            [name, _value(summary.settings[name]), _figure(summary.importance.get(name), False)]
            for name in shown
        ),
    )
    print(f"Picture: {summary.picture}")
    print(f"Next: modiste train W --config {summary.config} --out RUN")


def evaluation(found: Evaluation) -> None:
    """Print a run and its controls as a table, and how they were measured."""
    from modiste.evaluation.report.figures import notes, verdict

    report = found.report
    print(f"Questions: {found.asked}.")
    measures({"this run": report.measures, **report.controls}, ["this run"])
    among_worn({"this run": report.measures, **report.controls})
    if report.reconstruction is not None:
        reconstruction(report.reconstruction.to_json())
    best = [
        f"The best possible {_SHORT[name]} on these questions is {value:.3f}."
        for name, value in found.ceiling.items()
    ]
    sentences(filter(None, [verdict(report), *best, *report.left_out.values(), *notes(report)]))
    print(f"Report: {found.page}")


def as_published(found: AsPublished) -> None:
    """Print figures by published rules as tables, ours beside, and what is wrong with them."""
    print(f"Questions: {found.asked}.")
    ours, compatibility = found.fitb["ours"], found.compatibility
    tops = [f"top {k}" for k in range(1, 5)]
    blanks = ("front", "middle", "end")
    table(
        ["FITB", *tops, *blanks, "n", "skipped", "our rules"],
        (
            [
                way,
                *(_figure(share, percent=True) for share in figures["top"]),
                *(_figure(figures["by_blank"][at]["accuracy"], percent=True) for at in blanks),
                f"{figures['n']:,}",
                f"{figures['skipped']:,}",
                _figure(ours[way]["accuracy"], percent=True),
            ]
            for way, figures in found.fitb["published"].items()
        ),
    )
    full = compatibility["published"]
    rows = [
        ["as published", _figure(full["auc"], percent=False), "", f"{full['seconds']:.2f}", ""],
        *(
            [
                f"fast, by {reach}",
                _figure(figures["auc"], percent=False),
                _figure(figures["rank_correlation"], percent=False),
                f"{figures['seconds']:.2f}",
                f"{figures['times_as_fast']:,.0f}",
            ]
            for reach, figures in compatibility.get("fast", {}).items()
        ),
        ["our score, our rules", _figure(compatibility["ours"]["auc"], percent=False), "", "", ""],
    ]
    table(["compatibility", "AUC", "rank correlation", "seconds", "times as fast"], rows)
    sentences(found.notes)


def controls(found: Compared) -> None:
    """Print controls as a table."""
    print(f"Questions: {found.asked}.")
    measures(found.measures)
    among_worn(found.measures)
    sentences(found.notes)


def comparison(found: Comparison) -> None:
    """Print runs as a table, and what each gains on the first."""
    print(f"Questions: {found.asked}.")
    measures(found.measures, list(found.measures))
    first = next(iter(found.measures))
    for run, gains in found.gains.items():
        for name, gain in gains.items():
            if gain.value is not None:
                span = "too few outfits for an interval"
                if gain.interval is not None:
                    low, high = gain.interval
                    span = f"95 %: {low:+.3f} to {high:+.3f}"
                print(
                    f"- {run} against {first}, {name}: {gain.value:+.3f} "
                    f"({span}; p = {gain.p_value:.4f})"
                )


def measures(found: Mapping[str, Measures], intervals: Sequence[str] = ()) -> None:
    """Print what several scorers achieved on the same questions, shares in percent.

    Args:
        found: scorer -> what it achieved.
        intervals: the scorers whose intervals to print as well; all are in the JSON.
    """
    from modiste.evaluation.report.figures import COLUMNS, words

    asked = [c for c in COLUMNS if any(c.of(m).value is not None for m in found.values())]
    table(
        ["", *map(words, found)],
        (
            [_SHORT.get(c.key, c.key), *(_figure(c.of(m).value, c.percent) for m in found.values())]
            for c in asked
        ),
    )
    for name in intervals:
        spans = [
            f"{_SHORT.get(c.key, c.key)} {c.span(c.of(found[name]).interval)}"
            for c in asked
            if c.of(found[name]).interval
        ]
        print(f"95 % intervals of {name}: {', '.join(spans)}.")


def among_worn(found: Mapping[str, Measures]) -> None:
    """Print how early right answers come among the items of a slot that occur in outfits."""
    from modiste.evaluation.report.figures import words

    figures = {name: each.completion.to_json()["among_worn"] for name, each in found.items()}
    if not any(each["n"] for each in figures.values()):
        return
    rows = [(top, top, list(figures.values())) for top in ("hit@1", "hit@10")]
    for slot in next(iter(figures.values()))["by_category"]:
        rows.append((f" {slot}", "hit@10", [e["by_category"][slot] for e in figures.values()]))
    rows.append(("MRR", "mrr", list(figures.values())))
    table(
        ["items worn", *map(words, figures)],
        (
            [name, *(_figure(e[key], percent=key != "mrr") for e in each)]
            for name, key, each in rows
        ),
    )


def reconstruction(found: Mapping[str, Any]) -> None:
    """Print how often a model tells items from all others of their slot, seen or masked."""
    table(
        ["reconstruction", "accuracy", "chance", "popularity", "n"],
        (
            [
                name,
                *(_figure(each[of], percent=True) for of in ("accuracy", "chance", "popularity")),
                f"{each['n']:,}",
            ]
            for part in ("seen", "masked")
            for name, each in {
                part: found[part],
                **{f"{part}, {slot}": of for slot, of in found[part]["by_category"].items()},
            }.items()
        ),
    )


def benchmarks(results: Sequence[Mapping[str, Any]]) -> None:
    """Print benchmarks beside their references; a ratio above 1 means that we are better."""
    table(
        ["what", "ours", "reference", "unit", "ratio"],
        (
            [
                str(result["name"]),
                _number(result["value"]),
                f"{_number(result['reference_value'])} ({result['reference']})",
                str(result["unit"]),
                _number(result["ratio"]),
            ]
            for result in results
        ),
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}"


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _figure(value: float | None, percent: bool) -> str:
    return "–" if value is None else f"{100 * value:.1f}" if percent else f"{value:.3f}"

"""Results for people: tables and sentences on standard output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from modiste.data.download import Download
    from modiste.data.wardrobe import Wardrobe
    from modiste.evaluation.evaluate import EvaluationReport


class Told(Protocol):
    """A result that can say itself in words."""

    def to_text(self) -> str: ...


def words(result: Told) -> None:
    """Print a result in its own words."""
    print(result.to_text())


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Print a table: the first column to the left, the others to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for place, name in enumerate(columns):
        drawn.add_column(name, justify="right" if place else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))  # Text: ids are data, not markup
    Console(soft_wrap=False).print(drawn)


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
    from modiste.data.questions import load_questions, question_names
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


def download(got: Download) -> None:
    """Print what was downloaded and what to do with it."""
    print(f"{got.folder}: {len(got.fetched):,} files fetched, {len(got.kept):,} were there.")
    print(f"Next: {got.next_step}")


def evaluation(report: EvaluationReport) -> None:
    """Print the model and its controls as a table, and how they were measured."""
    from modiste.evaluation.report_figures import notes, shown, table_rows, verdict

    columns = ["", *(column.name for column in shown(report.measures))]
    rows = [
        [row["name"], *(_cell(cell) for cell in row["cells"])] for row in table_rows(report)
    ]
    table(columns, rows)
    sentences(filter(None, [verdict(report), *report.left_out.values(), *notes(report)]))


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


def _cell(cell: Mapping[str, str]) -> str:
    return f"{cell['value']}\n{cell['interval']}".rstrip()


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}"

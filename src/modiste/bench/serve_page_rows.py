"""What was measured of the questions of the page, as lines of a benchmark."""

from __future__ import annotations

from collections.abc import Mapping

from modiste.bench.rows import BenchRow, share_row
from modiste.bench.serve_asking import Answers, method_of
from modiste.bench.serve_rows import less, nth


def page_rows(served: Mapping[str, Answers], alone: Mapping[str, Answers]) -> list[BenchRow]:
    """Two waits a kind of question, then how often both answered the same, and what went wrong.

    Args:
        served: kind -> answers of the service.
        alone: the same kinds -> answers of the stylist to the same questions.
    """
    rows = [row for kind in served for row in _waits(kind, served[kind], alone[kind])]
    return [*rows, *_agreement(served, alone), _refusals(served, alone)] if served else []


def _waits(kind: str, served: Answers, alone: Answers) -> list[BenchRow]:
    """None where no question was answered by both: the run cannot do it."""
    both = [
        (ours, theirs)
        for ours, theirs in zip(served.waits, alone.waits, strict=True)
        if ours is not None and theirs is not None
    ]
    ours, theirs = sorted(pair[0] for pair in both), sorted(pair[1] for pair in both)
    method = method_of(kind)
    reference = f"Stylist.{'find' if method == 'items' else method} alone"
    return [
        less(
            f"serve {kind}, {name} of {len(both)}",
            nth(ours, share),
            reference,
            nth(theirs, share),
        )
        for name, share in (("p50", 0.50), ("p95", 0.95))
        if both
    ]


def _agreement(served: Mapping[str, Answers], alone: Mapping[str, Answers]) -> list[BenchRow]:
    """Of the questions that both answered: how often they put the same first."""
    same = [
        ours == theirs
        for kind, answers in served.items()
        for ours, theirs in zip(answers.firsts, alone[kind].firsts, strict=True)
        if ours and theirs
    ]
    if not same:
        return []
    share = sum(same) / len(same)
    return [share_row(f"serve others, first answer as alone, {len(same):,} asked", share)]


def _refusals(served: Mapping[str, Answers], alone: Mapping[str, Answers]) -> BenchRow:
    """Questions that the stylist answers and the service does not."""
    wrong = {
        kind: sum(
            ours is None and theirs is not None
            for ours, theirs in zip(answers.waits, alone[kind].waits, strict=True)
        )
        for kind, answers in served.items()
    }
    told = next((f" ({served[kind].told})" for kind, count in wrong.items() if count), "")
    return BenchRow(
        name=f"serve others, not answered{told}",
        value=float(sum(wrong.values())),
        unit="answers",
        reference="none",
        reference_value=0.0,
        ratio=float(not any(wrong.values())),
    )

"""What was measured of a service, as lines of a benchmark.

`alone` is the same stylist in a process of its own, asked one question at a time without HTTP.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from modiste.bench.rows import BenchRow, share_row
from modiste.bench.serve_load import Outcome
from modiste.bench.serve_process import Memory
from modiste.bench.serve_reference import Alone

READY = 10.0
"""Seconds from the start in which a service should be ready."""
P95 = 0.5
"""Seconds in which 95 of 100 answers should be there."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was seen of the service.

    Args:
        ready: seconds from its start.
        complete: what came of asking for suggestions.
        score: what came of asking for verdicts.
        before: memory after warming up; None where the system does not tell.
        after: memory at the end of `complete`.
        cpu: seconds of processor time of the service during `complete`, None likewise.
    """

    ready: float
    complete: Outcome
    score: Outcome
    before: Memory | None
    after: Memory | None
    cpu: float | None


def serve_rows(measured: Measured, alone: Alone, clients: int) -> list[BenchRow]:
    """Lines of ready, complete, its waits, errors, agreement, score, memory, processor time."""
    complete, score = measured.complete, measured.score
    queue = f"{clients} in a queue"
    turn = statistics.fmean(alone.complete) * clients
    return [
        less("serve, ready", measured.ready, "limit", READY, unit="s"),
        _rate("complete", complete, alone.complete, clients),
        less("serve complete, p50", at(complete, 0.50), queue, turn),
        less("serve complete, p95", at(complete, 0.95), "limit", P95),
        less("serve complete, p99", at(complete, 0.99), queue, turn),
        _rate("score", score, alone.score, clients),
        less("serve score, p95", at(score, 0.95), "limit", P95),
        _errors(complete, score),
        _agreement(complete, alone),
        *_memory(measured),
        *_cpu(measured),
    ]


def at(outcome: Outcome, share: float) -> float:
    """Seconds in which this share of the answers was there; infinite without any."""
    return nth(outcome.waits, share)


def nth(waits: Sequence[float], share: float) -> float:
    """The shortest of ascending waits within which this share of them is; infinite of none."""
    return waits[max(math.ceil(share * len(waits)) - 1, 0)] if waits else float("inf")


def _rate(question: str, outcome: Outcome, alone: Sequence[float], clients: int) -> BenchRow:
    ours, theirs = len(outcome.waits) / outcome.seconds, len(alone) / sum(alone)
    return BenchRow(
        name=f"serve {question}, {clients} clients",
        value=ours,
        unit="requests/s",
        reference=f"Stylist.{question} alone",
        reference_value=theirs,
        ratio=ours / theirs,
    )


def less(name: str, ours: float, reference: str, theirs: float, unit: str = "ms") -> BenchRow:
    """A time; the less the better."""
    scale = 1000 if unit == "ms" else 1
    return BenchRow(
        name=name,
        value=ours * scale,
        unit=unit,
        reference=reference,
        reference_value=theirs * scale,
        ratio=theirs / ours,
    )


def _errors(*outcomes: Outcome) -> BenchRow:
    """Answers with another status than 200, that broke off, or to another question."""
    wrong = sum(outcome.errors + outcome.mismatched for outcome in outcomes)
    told = next((f" ({outcome.told})" for outcome in outcomes if outcome.told), "")
    return BenchRow(
        name=f"serve, wrong answers{told}",
        value=float(wrong),
        unit="answers",
        reference="none",
        reference_value=0.0,
        ratio=float(not wrong),
    )


def _agreement(outcome: Outcome, alone: Alone) -> BenchRow:
    """Of the questions put to both: how often the first suggestion was always the same."""
    both = [(outcome.firsts.get(str(n)), first) for n, first in enumerate(alone.firsts)]
    same = [list(found) == [first] for found, first in both if found is not None]
    share = statistics.fmean(same) if same else 0.0
    return share_row(f"serve complete, first piece as alone, {len(same):,} boards", share)


def _memory(measured: Measured) -> list[BenchRow]:
    before, after = measured.before, measured.after
    if before is None or after is None:
        return []
    pairs = {
        "resident": (before.resident, after.resident),
        "proportional": (before.proportional, after.proportional),
    }
    return [
        BenchRow(
            name=f"serve, {name} memory",
            value=last,
            unit="MB",
            reference="at first",
            reference_value=first,
            ratio=first / last,
        )
        for name, (first, last) in pairs.items()
    ]


def _cpu(measured: Measured) -> list[BenchRow]:
    if measured.cpu is None:
        return []
    seconds = measured.complete.seconds
    return [
        BenchRow(
            name="serve, processor of the clients",
            value=measured.complete.cpu / seconds,
            unit="cores",
            reference="the service",
            reference_value=measured.cpu / seconds,
            ratio=measured.cpu / max(measured.complete.cpu, 1e-9),
        )
    ]

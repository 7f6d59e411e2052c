"""The service as many people ask it at once, beside the same stylist asked one at a time.

`alone` is that stylist, in a process of its own and without HTTP.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from modiste.bench.rows import BenchRow, share_row
from modiste.bench.serve.asking import (
    Alone,
    Answers,
    ask_client,
    draw_boards,
    draw_questions,
    method_of,
    pieces_of,
    shelves_of,
)
from modiste.bench.serve.load import HOST, Load, Memory, Outcome, ServerProcess, served
from modiste.client.client import Client
from modiste.errors import RunError

PATIENCE = 120.0
"""Seconds that one client waits for one answer."""


@dataclass(frozen=True, kw_only=True)
class ServeSize:
    """How much is asked.

    Args:
        clients: at the same time.
        seconds: of `complete`; `score` is asked a quarter of that, the reference a third.
        warm: seconds of asking before anything is measured; the allocator's heap settles after
            about 1,500 questions.
        boards: different questions.
        questions: of each other kind that the page has, asked one at a time; fewer where they
            take long, see `LONGEST`.
        threads: of torch, in the service and in the reference; None: as many as each takes.
        seed: of the boards.
    """

    clients: int = 64
    seconds: float = 60.0
    warm: float = 15.0
    boards: int = 4096
    questions: int = 20
    threads: int | None = None
    seed: int = 0


def bench_serve(
    run: Path, size: ServeSize | None = None, catalogue: str | None = None
) -> list[BenchRow]:
    """Serve a run, ask it over HTTP from many clients, then ask the same stylist alone.

    The clients are one process of their own, which shares the machine with the service; its
    processor time stands in a row. The other questions of the page are asked by one client.

    Args:
        run: the folder of a trained run, with its wardrobe.
        size: how much is asked.
        catalogue: what to serve, as `open_catalogue` takes it; None: the run's wardrobe.

    Raises:
        RunError: the service does not start, or the measuring processes fail.
    """
    size = size or ServeSize()
    with served(run, options=_options(size, catalogue)) as service:
        with Client(f"http://{HOST}:{service.port}", timeout=PATIENCE, patience=0) as client:
            pieces = pieces_of(client)
            boards = draw_boards(shelves_of(pieces), size.boards, size.seed)
            drawn = draw_questions(run, pieces, client.shop(), size.questions + 1, size.seed)
            measured = _measure(service, boards, size)
            page = ask_client(client, drawn)
    asked = {
        "run": str(run),
        "boards": boards,
        "threads": size.threads,
        "seconds": size.seconds / 3,
        "catalogue": catalogue,
        "questions": {kind: drawn[kind][: len(page[kind].waits) + 1] for kind in drawn},
    }
    alone = Alone.from_json(_module("asking", asked))
    return [*serve_rows(measured, alone, size.clients), *page_rows(page, alone.page)]


def _options(size: ServeSize, catalogue: str | None) -> list[str]:
    """Of `modiste serve`."""
    threads = [] if size.threads is None else ["--threads", str(size.threads)]
    return [*threads, *([] if catalogue is None else ["--catalogue", catalogue])]


def _measure(
    service: ServerProcess, boards: Sequence[Mapping[str, Any]], size: ServeSize
) -> Measured:
    for question in ("score", "complete"):
        _load(service, question, boards, size.clients, size.warm)
    before, cpu = service.memory(), service.cpu()
    complete = _load(service, "complete", boards, size.clients, size.seconds)
    after, spent = service.memory(), service.cpu()
    return Measured(
        ready=service.ready,
        complete=complete,
        score=_load(service, "score", boards, size.clients, size.seconds / 4),
        before=before,
        after=after,
        cpu=None if cpu is None or spent is None else spent - cpu,
    )


def _load(
    service: ServerProcess,
    question: str,
    boards: Sequence[Mapping[str, Any]],
    clients: int,
    seconds: float,
) -> Outcome:
    if question == "score":
        boards = [{"pieces": board["pieces"]} for board in boards]
    load = Load(
        host=HOST,
        port=service.port,
        path=f"/v1/{question}",
        bodies=tuple(json.dumps(board) for board in boards),
        clients=clients,
        seconds=seconds,
    )
    return Outcome(**_module("load", asdict(load)))


def _module(name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a module of this package answers, run in a process of its own.

    Raises:
        RunError: it fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"modiste.bench.serve.{name}"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise RunError(f"The benchmark's process {name} failed: {' '.join(last)}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


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


def page_rows(served: Mapping[str, Answers], alone: Mapping[str, Answers]) -> list[BenchRow]:
    """Two waits a kind of question, then how often both answered the same, and what went wrong.

    Args:
        served: kind -> answers of the service.
        alone: the same kinds -> answers of the stylist to the same questions.
    """
    rows = [row for kind in served for row in _waits(kind, served[kind], alone[kind])]
    return [*rows, *_same_first(served, alone), _refusals(served, alone)] if served else []


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


def _same_first(served: Mapping[str, Answers], alone: Mapping[str, Answers]) -> list[BenchRow]:
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

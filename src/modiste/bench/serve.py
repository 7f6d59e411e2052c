"""The service as many people ask it at once, beside the same stylist asked one at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from modiste.bench.rows import BenchRow
from modiste.bench.serve_asking import ask_client
from modiste.bench.serve_boards import draw_boards, pieces_of, shelves_of
from modiste.bench.serve_load import Load, Outcome
from modiste.bench.serve_page_rows import page_rows
from modiste.bench.serve_process import HOST, ServerProcess, served
from modiste.bench.serve_questions import draw_questions
from modiste.bench.serve_reference import Alone
from modiste.bench.serve_rows import Measured, serve_rows
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
    alone = Alone.from_json(_module("serve_reference", asked))
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
    outfits = [{"pieces": board["pieces"]} for board in boards]
    return Measured(
        ready=service.ready,
        complete=complete,
        score=_load(service, "score", outfits, size.clients, size.seconds / 4),
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
    return Outcome(**_module("serve_load", asdict(load)))


def _module(name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a module of this package answers, run in a process of its own.

    Raises:
        RunError: it fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"modiste.bench.{name}"],
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

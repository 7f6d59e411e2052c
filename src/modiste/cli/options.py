"""Arguments and options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def _anywhere(context: typer.Context, value: bool) -> bool:
    """`modiste --json COMMAND` means the same as `modiste COMMAND --json`."""
    return value or bool(context.find_root().params.get("as_json"))


def _threads(value: int | None) -> int | None:
    """Tell the numeric libraries, which read this once, when they are imported."""
    count = str(value or min(available_cores(), 8))
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if value is not None or not os.environ.get(name):
            os.environ[name] = count
    return value


def available_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS, not on Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


Json = Annotated[
    bool,
    typer.Option(
        "--json",
        callback=_anywhere,
        help="Print one JSON document, and nothing else, on standard output.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(min=1, callback=_threads, help="Cores to use; all of them, at most 8, if absent."),
]
WardrobeArgument = Annotated[
    Path, typer.Argument(metavar="W", show_default=False, help="A wardrobe's folder.")
]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", show_default=False, help="A run's folder.")
]
NewWardrobe = Annotated[
    Path, typer.Option("--out", metavar="W", help="The folder of the new wardrobe.")
]
Replace = Annotated[bool, typer.Option("--replace", help="Write over what stands there.")]
Seed = Annotated[int, typer.Option(min=0, help="Where all chance comes from.")]
Images = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The folder of the photographs.")
]
OtherWardrobe = Annotated[
    Path | None,
    typer.Option(metavar="W", help="Another wardrobe than the one the run was trained on."),
]

"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def _anywhere(context: typer.Context, value: bool) -> bool:
    """`modiste --json COMMAND` means the same as `modiste COMMAND --json`."""
    return value or bool(context.find_root().params.get("as_json"))


Json = Annotated[
    bool,
    typer.Option(
        "--json",
        callback=_anywhere,
        help="Print one JSON document, and nothing else, on standard output.",
    ),
]
Threads = Annotated[
    int | None, typer.Option(min=1, help="CPU threads; OMP_NUM_THREADS or all cores if absent.")
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
Images = Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of the photographs.")]
OtherWardrobe = Annotated[
    Path | None,
    typer.Option(metavar="W", help="Another wardrobe than the one the run was trained on."),
]

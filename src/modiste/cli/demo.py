"""`modiste demo`: everything once, on a wardrobe that we draw, and then the studio over it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from modiste.cli import show
from modiste.cli.output import Json, Seed, Threads, respond
from modiste.cli.serve import announce, builder
from modiste.errors import Misuse

UNATTENDED = 60.0
"""Seconds without a visitor after which a studio that no terminal can stop ends by itself."""


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where everything goes.")] = Path("demo"),
    items: Annotated[int, typer.Option(min=100, help="Garments to draw.")] = 2000,
    outfits: Annotated[int, typer.Option(min=100, help="Outfits to sample.")] = 3000,
    seed: Seed = 0,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Say how to open the studio instead of opening it.")
    ] = False,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Where the studio listens; any free one if taken."),
    ] = 8000,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Do everything once on drawn garments; open the studio.

    Draws garments and outfits, embeds, trains, evaluates, composes looks, serves the studio page
    until Ctrl-C; without a terminal, until a minute has passed without a visitor.
    """
    from modiste.jobs.demo import demo as work

    respond(
        lambda: work(out, items=items, outfits=outfits, seed=seed, threads=threads),
        show.words,
        as_json=as_json,
    )
    if not (no_open or as_json):
        _open_studio(out / "run", port, threads)


def _open_studio(run: Path, port: int, threads: int | None) -> None:
    from modiste.serving.edge.observe import write_logs
    from modiste.serving.server import Listening, serve
    from modiste.serving.settings import EdgeSettings

    write_logs(requests=False)
    attended = sys.stdin.isatty() and sys.stdout.isatty()
    listening = Listening(
        port=_free(port),
        opens=_has_screen(),
        announce=announce,
        idle=None if attended else UNATTENDED,
    )
    serve(builder(run, threads=threads), EdgeSettings(), listening)


def _free(port: int) -> int:
    """The port, or 0 for any where it is taken: after minutes of work that is no reason to stop."""
    from modiste.serving.server import listen

    try:
        listen("127.0.0.1", port).close()
    except Misuse:
        return 0
    return port


def _has_screen() -> bool:
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))

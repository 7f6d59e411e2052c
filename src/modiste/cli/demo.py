"""`modiste demo`: everything once, on a wardrobe that we draw."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modiste.cli import show
from modiste.cli.options import Json, Seed, Threads
from modiste.cli.output import respond


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where everything goes.")] = Path("demo"),
    items: Annotated[int, typer.Option(min=100, help="Garments to draw.")] = 2000,
    outfits: Annotated[int, typer.Option(min=100, help="Outfits to sample.")] = 3000,
    seed: Seed = 0,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Say where the report is instead of opening it.")
    ] = False,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Do everything once, on a wardrobe that we draw.

    Draws garments and outfits, embeds, trains, evaluates, composes looks, opens the report.
    """
    from modiste.jobs.demo import demo as work

    respond(
        lambda: work(
            out,
            items=items,
            outfits=outfits,
            seed=seed,
            open_report=not (no_open or as_json),
            threads=threads,
        ),
        show.words,
        as_json=as_json,
    )

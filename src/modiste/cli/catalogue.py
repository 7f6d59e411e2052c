"""`modiste catalogue`: items and vectors in a place of their own, to serve from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.cli import show
from modiste.cli.output import Json, OtherWardrobe, RunArgument, Threads, WardrobeArgument, respond

if TYPE_CHECKING:
    from modiste.catalogue.base import CatalogueStats
    from modiste.jobs.catalogue import Verified

app = typer.Typer(
    name="catalogue",
    help="Items and vectors to serve from, in files or PostgreSQL.",
    no_args_is_help=True,
)
Where = Annotated[
    str,
    typer.Argument(metavar="CAT", show_default=False, help="A folder, or a postgresql:// address."),
]


@app.callback()
def catalogue() -> None:
    """Keep items and vectors where they can be searched and changed while they are served."""


@app.command()
def build(
    run: RunArgument,
    out: Annotated[str, typer.Option(metavar="CAT", help="A folder, or a postgresql:// address.")],
    wardrobe: OtherWardrobe = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Take the place of what is there and is served till then."),
    ] = False,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Put the items of RUN's wardrobe into a catalogue.

    Stopped at any moment, it leaves what was there before; give the same command again.
    """
    from modiste.jobs.catalogue import build as work
    from modiste.jobs.threads import use_threads

    use_threads(threads)
    respond(
        lambda: work(run, out, wardrobe=wardrobe, replace=replace), _show_stats, as_json=as_json
    )


@app.command()
def add(
    where: Where,
    wardrobe: WardrobeArgument,
    run: Annotated[
        Path, typer.Option(metavar="RUN", help="The run that the catalogue was built for.")
    ],
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Add the items of W to CAT; an item that is there already is written over.

    W is embedded by the run's encoders first, where that has not been done.
    """
    from modiste.jobs.catalogue import add as work
    from modiste.jobs.threads import use_threads

    use_threads(threads)
    respond(lambda: work(where, wardrobe, run=run), show.words, as_json=as_json)


@app.command()
def remove(
    where: Where,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", show_default=False, help="Items.")
    ] = None,
    listed: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Ids, one a line.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Remove items from CAT; ids that it does not have are passed over."""
    from modiste.jobs.catalogue import remove as work

    respond(lambda: work(where, ids or (), listed=listed), show.words, as_json=as_json)


@app.command()
def stats(where: Where, as_json: Json = False) -> None:
    """Show what CAT holds."""
    from modiste.jobs.catalogue import stats as work

    respond(lambda: work(where), _show_stats, as_json=as_json)


@app.command()
def verify(where: Where, as_json: Json = False) -> None:
    """Read all of CAT and look for damage; the exit code is 1 where there is any."""
    from modiste.jobs.catalogue import verify as work

    found: list[Verified] = []

    def verified() -> Verified:
        found.append(work(where))
        return found[0]

    respond(verified, show.words, as_json=as_json)
    if found[0].damage:
        raise typer.Exit(1)


def _show_stats(found: CatalogueStats) -> None:
    show.words(found)
    show.table(
        ["category", "items", "search"],
        ([part.name, f"{part.items:,}", part.search] for part in found.partitions),
    )

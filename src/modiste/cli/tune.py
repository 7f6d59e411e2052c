"""`modiste tune`: a search for the settings that a model does best with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from modiste.cli import show
from modiste.cli.output import Json, Threads, WardrobeArgument, respond


class SpaceName(StrEnum):
    """Which settings are tried."""

    DEFAULT = "default"
    PUBLISHED = "published"


class ObjectiveName(StrEnum):
    """What makes one trial better than another."""

    SELECTION = "selection"
    PUBLISHED = "published"
    HIT = "hit"


class PrunerName(StrEnum):
    """What stops a trial early."""

    MEDIAN = "median"
    HYPERBAND = "hyperband"
    NONE = "none"


class KeepName(StrEnum):
    """What stays of trials' runs."""

    NONE = "none"
    SMALL = "small"
    ALL = "all"


def tune(
    wardrobe: WardrobeArgument,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A model that is trained; set_transformer if absent."),
    ] = None,
    trials: Annotated[
        int, typer.Option(min=1, help="Trials in all; those of earlier calls count.")
    ] = 20,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The folder of the search; tune-NAME if absent."),
    ] = None,
    space: Annotated[
        SpaceName, typer.Option(help="Which settings are tried; published: umbert and wumbert.")
    ] = SpaceName.DEFAULT,
    objective: Annotated[
        ObjectiveName,
        typer.Option(
            help="selection: what chooses weights in training. published: 2 - accuracy - number "
            "of hits, as umBERT was searched. hit: the same with the share of hits.",
        ),
    ] = ObjectiveName.SELECTION,
    pruner: Annotated[
        PrunerName, typer.Option(help="How trials that do badly are stopped early.")
    ] = PrunerName.MEDIAN,
    config: Annotated[
        Path | None,
        typer.Option(metavar="F.toml", help="Settings to start from; what is tried wins."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting not to be tried; repeatable."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Trials at once; they share the threads.")
    ] = 1,
    keep: Annotated[
        KeepName,
        typer.Option(help="What stays of trials' runs; small: settings, metrics and curves."),
    ] = KeepName.SMALL,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Where all chance comes from; 0 if absent.")
    ] = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Search the settings that a model does best with on W.

    The validation split judges. A search that was stopped goes on when the same command is given
    again. The best settings are written to FOLDER/best.toml, for `modiste train --config`.
    """
    from modiste.jobs.threads import use_threads
    from modiste.jobs.tune import tune as work

    use_threads(threads)
    respond(
        lambda: work(
            wardrobe,
            model=model,
            trials=trials,
            out=out,
            space=space.value,
            objective=objective.value,
            pruner=pruner.value,
            config=config,
            settings=settings or (),
            workers=workers,
            keep=keep.value,
            seed=seed,
        ),
        show.search,
        as_json=as_json,
    )

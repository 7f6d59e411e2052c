"""`modiste encoder train` and `modiste compare-encoders`: image encoders of one's own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from modiste.cli import show
from modiste.cli.options import Json, Threads, WardrobeArgument
from modiste.cli.output import respond

app = typer.Typer(name="encoder", help="Image encoders of your own.", no_args_is_help=True)
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Such as lr=0.001; repeatable."),
]


class EncoderKind(StrEnum):
    """What an encoder learns from."""

    CLASSIFIER = "classifier"
    AUTOENCODER = "autoencoder"


@app.callback()
def encoder() -> None:
    """Make image encoders of your own."""


@app.command()
def train(
    kind: Annotated[
        EncoderKind,
        typer.Argument(
            show_default=False,
            help="classifier: tells categories; autoencoder: draws photographs again.",
        ),
    ],
    wardrobe: WardrobeArgument,
    out: Annotated[Path, typer.Option(metavar="ENCODER", help="The folder of the new encoder.")],
    config: Annotated[
        Path | None, typer.Option(metavar="F.toml", help="Settings, as in configs/.")
    ] = None,
    settings: Settings = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Where all chance comes from; 0 if absent.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with ENCODER, with the settings that it has."),
    ] = False,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Train an image encoder on the photographs of W.

    Items are split within each category: 64 % train, 16 % valid, which chooses the weights, 20 %
    test. Then `modiste embed W --image ENCODER` uses it. Stopped at any moment, it goes on when the
    same command is given again.
    """
    from modiste.jobs.encoder import train as work
    from modiste.jobs.threads import use_threads

    use_threads(threads)
    chosen = [*(settings or ()), *([] if seed is None else [f"seed={seed}"])]
    respond(
        lambda: work(wardrobe, kind.value, out, config=config, settings=chosen, resume=resume),
        show.words,
        as_json=as_json,
    )

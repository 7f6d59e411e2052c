"""`modiste encoder train` and `modiste compare-encoders`: image encoders of one's own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.cli import show
from modiste.cli.data import HeldOut
from modiste.cli.output import Json, Threads, WardrobeArgument, respond
from modiste.errors import Misuse

if TYPE_CHECKING:
    from modiste.jobs.compare_encoders import EncoderComparison

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
        Path | None, typer.Option(metavar="F.toml", help="Settings, as --set takes them.")
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


def compare_encoders(
    wardrobe: WardrobeArgument,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...", show_default=False, help="Encoders, as embed --image takes them."
        ),
    ],
    picture: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw nearest neighbours side by side: .png, .jpg."),
    ] = None,
    split: Annotated[
        HeldOut, typer.Option(help="Ask matched questions on the outfits of a split.")
    ] = HeldOut.VALID,
    train: Annotated[
        bool, typer.Option("--train", help="Also train a model on each encoder's vectors.")
    ] = False,
    runs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where --train puts its runs.")
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="NAME", help="What --train trains.")
    ] = "set_transformer",
    settings: Settings = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of `encoder train`.")] = 0,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Compare image encoders on W.

    Which categories and colours the nearest neighbours have, and what outfits of similar items, or
    a model that is trained on each, are worth. The features that W has stay the current ones.
    """
    from modiste.jobs.compare_encoders import compare_encoders as work
    from modiste.jobs.threads import use_threads

    if train != (runs is not None):
        raise Misuse("--train and --runs DIR go together: give both or neither.")
    if settings and not train:
        raise Misuse("--set is for the model of --train; add it, or leave --set.")
    use_threads(threads)
    respond(
        lambda: work(
            wardrobe,
            names,
            picture=picture,
            split=split.value,
            runs=runs,
            model=model,
            settings=settings or (),
            seed=seed,
        ),
        _show_comparison,
        as_json=as_json,
    )


def _show_comparison(found: EncoderComparison) -> None:
    show.table(*found.table())
    show.sentences(found.sentences())

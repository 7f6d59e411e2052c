"""`modiste embed | train`: from photographs and titles to a trained run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from modiste.cli import show
from modiste.cli.options import Json, Threads, WardrobeArgument
from modiste.cli.output import respond


def embed(
    wardrobe: WardrobeArgument,
    image: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="lite0, a timm model, an open_clip model, or a folder that `encoder train` wrote.",
        ),
    ] = "lite0",
    text: Annotated[str, typer.Option(metavar="NAME", help="minilm.")] = "minilm",
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Turn the photographs and titles of W into vectors.

    Only what is new or changed is encoded; stopped at any moment, it goes on from there.
    """
    from modiste.jobs.embed import embed as work
    from modiste.jobs.threads import use_threads

    use_threads(threads)
    respond(lambda: work(wardrobe, image=image, text=text), show.embedding, as_json=as_json)


def train(
    wardrobe: WardrobeArgument,
    out: Annotated[Path, typer.Option(metavar="RUN", help="The folder of the new run.")],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="set_transformer (if absent), bilstm, siamese, visual_semantic, umbert, wumbert.",
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="F.toml", help="Settings, as in configs/.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Such as lr=0.001; repeatable.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Where all chance comes from; 0 if absent.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the run in RUN, with the settings that it has."),
    ] = False,
    finetune_encoder: Annotated[
        bool,
        typer.Option(
            "--finetune-encoder",
            help="Let the image encoder learn with the model; --set encoder=NAME says which.",
        ),
    ] = False,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Train a model on the outfits of W.

    The validation split chooses the weights. A run that was stopped goes on when the same
    command is given again.
    """
    from modiste.jobs.threads import use_threads
    from modiste.jobs.train import TrainSummary
    from modiste.jobs.train import train as work
    from modiste.training.processes import part

    use_threads(threads)
    chosen = [*(settings or ()), *([] if seed is None else [f"seed={seed}"])]

    def trained() -> TrainSummary:
        summary = work(
            wardrobe,
            out,
            model=model,
            config=config,
            settings=chosen,
            resume=resume,
            finetune_encoder=finetune_encoder,
        )
        part()
        return summary

    respond(trained, show.training, as_json=as_json)

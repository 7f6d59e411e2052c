"""`modiste embed | train | tune | fuse`: from photographs and titles to trained runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.cli import show
from modiste.cli.output import Json, Seed, Threads, WardrobeArgument, respond


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
    from modiste.training.loop import part

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


if TYPE_CHECKING:
    from modiste.jobs.fuse import FuseSummary


def fuse(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", show_default=False, help="Two runs or more.")
    ],
    out: Annotated[Path, typer.Option(metavar="RUN", help="The folder of the new run.")],
    wardrobe: Annotated[
        Path | None,
        typer.Option(metavar="W", help="Where the wardrobe of the runs is, if it was moved."),
    ] = None,
    seed: Seed = 0,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Fuse runs of one wardrobe into one that weighs them.

    Scores are put on one scale; the validation split chooses the weights. The new run needs the
    others no more.
    """
    from modiste.jobs.fuse import fuse as work
    from modiste.jobs.threads import use_threads

    use_threads(threads)
    respond(lambda: work(runs, out, wardrobe=wardrobe, seed=seed), _show, as_json=as_json)


def _show(summary: FuseSummary) -> None:
    asked = ", ".join(f"{count:,} {kind}" for kind, count in summary.questions.items())
    print(f"On the validation split ({asked} questions), by which the weights were found:")
    shares = dict(
        zip(summary.members, zip(summary.weights, summary.wanted_weights, strict=True), strict=True)
    )
    show.table(
        ["", "FITB", "AUC", "R@10", "mean", "score weight", "item weight"],
        (
            [
                name,
                _percent(found.get("fitb")),
                "–" if "auc" not in found else f"{found['auc']:.3f}",
                _percent(found.get("recall@10")),
                f"{found['selection']:.3f}",
                *(f"{share:.2f}" for share in shares.get(name, ())),
            ]
            for name, found in summary.validation.items()
        ),
    )
    print(f"{summary.run}: the best of {summary.tried:,} choices; {summary.seconds:,.0f} s.")
    print(f"Next: modiste compare {' '.join([*summary.members, str(summary.run)])}")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


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

"""`modiste fuse`: several runs become one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.cli import show
from modiste.cli.options import Json, Seed, Threads
from modiste.cli.output import respond

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

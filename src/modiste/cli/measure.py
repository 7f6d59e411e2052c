"""`modiste audit | evaluate | controls | compare | bench`: what there is to know, in figures."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from modiste.cli import show
from modiste.cli.data import HeldOut
from modiste.cli.output import (
    Json,
    OtherWardrobe,
    RunArgument,
    Seed,
    Threads,
    WardrobeArgument,
    respond,
)
from modiste.errors import Misuse

AskedOf = Annotated[HeldOut, typer.Option(help="Ask matched questions on the outfits of a split.")]
QuestionFile = Annotated[
    str | None,
    typer.Option(
        metavar="Q",
        help="Ask these instead: a JSON Lines file, or a question set of the wardrobe, such as "
        "official-test.",
    ),
]


class PublishedProtocol(StrEnum):
    """How others measured."""

    HAN2017 = "han2017"
    HAN2017_FAST = "han2017-fast"


def audit(wardrobe: WardrobeArgument, threads: Threads = None, as_json: Json = False) -> None:
    """Tell what to know about W before training.

    Missing images, duplicates, leaks between splits, gaps in categories, what backgrounds give
    away.
    """
    from modiste.jobs.audit import audit as work

    respond(
        lambda: work(wardrobe, threads=threads),
        show.audit,
        as_json=as_json,
        document=lambda report: report.to_json(),
    )


def evaluate(
    run: RunArgument,
    wardrobe: OtherWardrobe = None,
    split: AskedOf = HeldOut.TEST,
    questions: QuestionFile = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Where the page goes; RUN/report.html if absent."),
    ] = None,
    protocol: Annotated[
        PublishedProtocol | None,
        typer.Option(
            help="Measure as others did, with our rules beside and no report: han2017 is Han et "
            "al. 2017; han2017-fast adds cheaper compatibility scores.",
        ),
    ] = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Measure RUN beside the controls, and write a report.

    Fill in the blank, compatibility, retrieval and completion, with intervals.
    """
    from modiste.jobs.evaluate import evaluate as work
    from modiste.jobs.evaluate import evaluate_as_published
    from modiste.jobs.threads import use_threads

    use_threads(threads)
    if protocol is not None:
        if report is not None:
            raise Misuse("--protocol writes no page; leave --report or --protocol out.")
        respond(
            lambda: evaluate_as_published(
                run,
                protocol=protocol.value,
                wardrobe=wardrobe,
                split=split.value,
                questions=questions,
            ),
            show.as_published,
            as_json=as_json,
        )
        return
    respond(
        lambda: work(run, wardrobe=wardrobe, split=split.value, questions=questions, report=report),
        show.evaluation,
        as_json=as_json,
    )


def controls(
    wardrobe: WardrobeArgument,
    split: AskedOf = HeldOut.TEST,
    questions: QuestionFile = None,
    seed: Seed = 0,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Measure on W what needs no learning.

    Chance, popularity, category only, co-occurrence, mean cosine, background colour.
    """
    from modiste.jobs.evaluate import measure_controls as work
    from modiste.jobs.threads import use_threads

    use_threads(threads)
    respond(
        lambda: work(wardrobe, split=split.value, questions=questions, seed=seed),
        show.controls,
        as_json=as_json,
    )


def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", show_default=False, help="Two runs or more.")
    ],
    wardrobe: OtherWardrobe = None,
    split: AskedOf = HeldOut.TEST,
    questions: QuestionFile = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Put the same questions to several runs; paired tests."""
    from modiste.jobs.compare import compare as work
    from modiste.jobs.threads import use_threads

    use_threads(threads)
    respond(
        lambda: work(runs, wardrobe=wardrobe, split=split.value, questions=questions),
        show.comparison,
        as_json=as_json,
    )


def bench(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME...]",
            show_default=False,
            help="completion, embed, han2017, likeness, search, serve; all if absent.",
        ),
    ] = None,
    wardrobe: Annotated[
        Path | None,
        typer.Option(metavar="W", help="Encode its photographs; drawn garments if absent."),
    ] = None,
    count: Annotated[int, typer.Option(min=8, help="How many photographs.")] = 600,
    items: Annotated[int, typer.Option(min=1000, help="That are searched.")] = 1_000_000,
    run: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Serve this one; one on drawn garments if absent."),
    ] = None,
    catalogue: Annotated[
        str | None,
        typer.Option(
            metavar="CAT",
            help="Serve RUN over this catalogue, a folder or postgresql://...; over its wardrobe "
            "if absent.",
        ),
    ] = None,
    grown: Annotated[
        int | None,
        typer.Option(
            "--grow",
            min=1,
            help="Serve RUN over so many items, its own many times over with noise; a million "
            "take minutes to make and 8 GB of the temporary folder.",
        ),
    ] = None,
    clients: Annotated[int, typer.Option(min=1, help="That ask a service at once.")] = 64,
    seconds: Annotated[float, typer.Option(min=1, help="How long a service is asked.")] = 60,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Measure speed beside a reference, in one run.

    A ratio above 1 means that we are better.
    """
    from modiste.bench.serve.measure import ServeSize
    from modiste.jobs.bench import bench as work
    from modiste.jobs.threads import use_threads

    use_threads(threads)
    size = ServeSize(clients=clients, seconds=seconds, threads=threads)
    found = partial(
        work,
        names or (),
        wardrobe=wardrobe,
        count=count,
        items=items,
        run=run,
        catalogue=catalogue,
        grown=grown,
        serve=size,
    )
    respond(lambda: [row.to_json() for row in found()], show.benchmarks, as_json=as_json)

"""`modiste data ...`: from somebody's files to a wardrobe."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from modiste.cli import reduce, show
from modiste.cli.options import Images, Json, NewWardrobe, Replace, Seed, WardrobeArgument
from modiste.cli.output import respond

app = typer.Typer(name="data", invoke_without_command=True)


@app.callback()
def group(context: typer.Context) -> None:
    """Import and download data sets, and ask about them."""
    if context.invoked_subcommand is None:
        print(context.get_help())


class Variant(StrEnum):
    """The two ways in which Polyvore Outfits is split."""

    DISJOINT = "disjoint"
    NONDISJOINT = "nondisjoint"


class HeldOut(StrEnum):
    """Splits that questions are asked about."""

    VALID = "valid"
    TEST = "test"


Folder = Annotated[
    Path, typer.Argument(metavar="DIR", show_default=False, help="The unpacked files.")
]


@app.command()
def table(
    items: Annotated[
        Path, typer.Argument(show_default=False, help="CSV, Parquet or JSON Lines; a row an item.")
    ],
    outfits: Annotated[
        Path,
        typer.Argument(
            show_default=False, help="The same; a row an outfit and item, or an outfit with a list."
        ),
    ],
    columns: Annotated[
        list[str],
        typer.Option(
            "--map",
            metavar="KEY=COLUMN[,COLUMN]",
            help="What a column means, once a key: id, category, outfit, item (all needed), fine, "
            "image, title, price, split; any other key is an attribute, such as color. Several "
            "columns are joined.",
        ),
    ],
    out: NewWardrobe,
    images: Images = None,
    match: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ATTRIBUTE",
            help="Wrong answers share this attribute with right ones; may be repeated. Season, "
            "where it is mapped, if absent.",
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the wardrobe.")] = "",
    licence: Annotated[str, typer.Option(help="Under which terms it may be used.")] = "not stated",
    encoding: Annotated[str, typer.Option(help="Of CSV and JSON Lines.")] = "utf-8",
    seed: Seed = 0,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Make a wardrobe of any catalogue.

    ITEMS and OUTFITS are tables, and the photographs a folder; --map says what columns mean.
    """
    from modiste.data.table import TableOptions
    from modiste.jobs.import_ import import_table

    options = TableOptions(
        name=name,
        licence=licence,
        match=None if match is None else tuple(match),
        encoding=encoding,
        seed=seed,
        replace=replace,
    )
    respond(
        lambda: import_table(
            items, outfits, images=images, columns=columns, out=out, options=options
        ),
        show.wardrobe,
        as_json=as_json,
        document=show.wardrobe_facts,
    )


@app.command()
def maryland(
    folder: Folder,
    out: NewWardrobe,
    images: Images = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Make a wardrobe of the Maryland Polyvore files.

    DIR holds what Han et al. 2017 published, unpacked; what is absent is said.
    """
    from modiste.jobs.import_ import import_maryland

    respond(
        lambda: import_maryland(folder, out, images=images, replace=replace),
        show.wardrobe,
        as_json=as_json,
        document=show.wardrobe_facts,
    )


@app.command()
def polyvore_outfits(
    folder: Folder,
    out: NewWardrobe,
    variant: Annotated[
        Variant, typer.Option(help="Whether an item may be in several splits.")
    ] = Variant.DISJOINT,
    images: Images = None,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Make a wardrobe of the Polyvore Outfits files.

    DIR holds what Vasileva et al. 2018 published, unpacked; what is absent is said.
    """
    from modiste.jobs.import_ import import_polyvore_outfits

    respond(
        lambda: import_polyvore_outfits(
            folder, out, variant=variant.value, images=images, replace=replace
        ),
        show.wardrobe,
        as_json=as_json,
        document=show.wardrobe_facts,
    )


@app.command()
def get(
    name: Annotated[str, typer.Argument(show_default=False, help="A known data set.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; a folder called NAME if absent.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Files to get, such as 'disjoint/*'; repeatable."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Download a known data set.

    Stopped at any moment, it goes on from there; every file is checked by its hash.
    """
    from modiste.data.download import get as download

    respond(
        lambda: download(name, out or Path(name), only=only or ()),
        show.download,
        as_json=as_json,
    )


@app.command()
def questions(
    wardrobe: WardrobeArgument,
    out: Annotated[Path, typer.Option(metavar="Q.jsonl", help="The file to write.")],
    split: Annotated[HeldOut, typer.Option(help="Whose outfits are asked about.")] = HeldOut.TEST,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write matched questions on the outfits of W.

    Wrong answers share category, season and background with right ones. The file is one that
    `modiste evaluate RUN --questions` reads.
    """
    from modiste.jobs.questions import write_matched_questions

    respond(
        lambda: write_matched_questions(wardrobe, out, split=split.value, seed=seed),
        show.words,
        as_json=as_json,
    )


app.command()(reduce.slots)
app.command()(reduce.export)

"""`modiste data ...`: from somebody's files to a wardrobe, and from a wardrobe to another form."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.cli import show
from modiste.cli.output import Images, Json, NewWardrobe, Replace, Seed, WardrobeArgument, respond

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
    from modiste.data.importing.table import TableOptions
    from modiste.jobs.importing import import_table

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
    from modiste.jobs.importing import import_maryland

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
    from modiste.jobs.importing import import_polyvore_outfits

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
    from modiste.data.importing.hub import get as download

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


if TYPE_CHECKING:
    from modiste.data.image_folders import ImageFolders
    from modiste.jobs.slots import Slotted


class Order(StrEnum):
    """When the split is made."""

    SPLIT_FIRST = "split-first"
    PUBLISHED = "published"


class NeighbourBlock(StrEnum):
    """Features that neighbours are found by."""

    IMAGE = "image"
    TEXT = "text"
    COLOUR = "colour"


class Layout(StrEnum):
    """How files are laid out."""

    IMAGEFOLDER = "imagefolder"


@app.command()
def slots(
    wardrobes: Annotated[
        list[Path],
        typer.Argument(
            metavar="W", show_default=False, help="A wardrobe, or several of one catalogue."
        ),
    ],
    names: Annotated[
        str,
        typer.Option(
            "--slots", metavar="A,B,...", help="Coarse categories, in the order of the columns."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="W2", help="The folder of the new wardrobe.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="OLD=NEW", help="Rename a coarse category first; may be repeated."
        ),
    ] = None,
    resplit: Annotated[
        bool,
        typer.Option(
            "--resplit",
            help="Split the outfits again, 80/10/10 by --seed, near-duplicates together; question "
            "sets are left out.",
        ),
    ] = False,
    augment: Annotated[
        int | None,
        typer.Option(
            metavar="K",
            help="Add training outfits: each item gives way to its K nearest of the same slot, "
            "itself among them. 5 as published.",
        ),
    ] = None,
    augment_by: Annotated[
        NeighbourBlock, typer.Option(help="The features that neighbours are found by.")
    ] = NeighbourBlock.IMAGE,
    augment_order: Annotated[
        Order,
        typer.Option(
            help="published: outfits of all splits, neighbours of any slot, a random split "
            "afterwards, which leaks."
        ),
    ] = Order.SPLIT_FIRST,
    seed: Seed = 0,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Reduce wardrobes to outfits of one item a slot.

    Of each outfit the first item of each slot is kept, if it has all. W2/slots.csv lists what goes
    together and what does not.
    """
    from modiste.data.slots.augment import AugmentSettings
    from modiste.errors import Misuse
    from modiste.jobs.slots import reduce_to_slots

    def work() -> Slotted:
        if augment is None and augment_order is Order.PUBLISHED:
            raise Misuse("--augment-order published orders nothing without --augment K; add it.")
        settings = None
        if augment is not None:
            settings = AugmentSettings(neighbours=augment, order=augment_order.value, seed=seed)
        return reduce_to_slots(
            wardrobes,
            out,
            slots=names,
            mapping=mapping or (),
            augmentation=settings,
            augment_by=augment_by.value,
            resplit=seed if resplit else None,
            replace=replace,
        )

    respond(work, _show_slots, as_json=as_json)


@app.command()
def export(
    wardrobe: WardrobeArgument,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write.")],
    layout: Annotated[
        Layout, typer.Option(help="imagefolder: DIR/{train,valid,test}/CATEGORY/ID.jpg.")
    ] = Layout.IMAGEFOLDER,
    used: Annotated[
        bool, typer.Option("--used", help="Only items that an outfit of W has.")
    ] = False,
    seed: Seed = 0,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Export photographs in folders that classifiers read.

    Items are split within each category: 64 % train, 16 % valid, 20 % test.
    """
    from modiste.jobs.slots import export as work

    del layout  # there is one
    respond(
        lambda: work(wardrobe, out, used=used, seed=seed, replace=replace),
        _show_export,
        as_json=as_json,
    )


def _show_slots(made: Slotted) -> None:
    """Print what is left after each step, as tables."""
    for columns, rows in made.counts.tables():
        show.table(columns, rows)
    if made.augmented is not None:
        counts = made.augmented.counts
        show.table(["augmentation", "count"], [[name, f"{n:,}"] for name, n in counts.items()])
    show.wardrobe(made.wardrobe)
    if made.counts.contradictions:
        print(f"{made.counts.contradictions:,} rows of slots.csv stand there with both labels.")
    if made.features:
        carried = ", ".join(f"{kind} ({name})" for kind, name in made.features.items())
        print(f"Features carried over: {carried}.")
    print(f"Next: {made.next_step}")


def _show_export(made: ImageFolders) -> None:
    """Print how many photographs each category has in each split."""
    show.table(*made.table())
    show.sentences(made.sentences())
    print(f"Written: {made.folder}")

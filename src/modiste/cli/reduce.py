"""`modiste data slots` and `modiste data export`: a wardrobe in another form."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.cli import show
from modiste.cli.options import Json, Replace, Seed, WardrobeArgument
from modiste.cli.output import respond

if TYPE_CHECKING:
    from modiste.data.image_folders import ImageFolders
    from modiste.jobs.slots import Slotted


class Order(StrEnum):
    """When the split is made."""

    SPLIT_FIRST = "split-first"
    PUBLISHED = "published"


class Block(StrEnum):
    """Features that neighbours are found by."""

    IMAGE = "image"
    TEXT = "text"
    COLOUR = "colour"


class Layout(StrEnum):
    """How files are laid out."""

    IMAGEFOLDER = "imagefolder"


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
        Block, typer.Option(help="The features that neighbours are found by.")
    ] = Block.IMAGE,
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
    from modiste.data.augment import AugmentSettings
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
    from modiste.jobs.export import export as work

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

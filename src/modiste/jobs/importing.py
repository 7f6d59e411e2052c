"""From somebody's files to a wardrobe, with progress on standard error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from modiste.data.importing import table
from modiste.data.importing.mapping import parse_mapping
from modiste.data.importing.maryland import import_maryland as _import_maryland
from modiste.data.importing.polyvore import import_polyvore_outfits as _import_polyvore_outfits
from modiste.data.importing.table import TableOptions
from modiste.data.wardrobe import Wardrobe
from modiste.jobs.progress import progress


def import_table(
    items: Path,
    outfits: Path,
    *,
    images: Path | None = None,
    columns: Iterable[str],
    out: Path,
    options: TableOptions | None = None,
) -> Wardrobe:
    """Make a wardrobe of two tables and a folder of photographs.

    Args:
        items: CSV, Parquet or JSON Lines, one row an item.
        outfits: the same, one row an outfit, or one an outfit and item.
        images: folder of the photographs.
        columns: `KEY=COLUMN` or `KEY=COLUMN,COLUMN`, as of `--map`.
        out: the wardrobe's folder.
        options: all else.

    Raises:
        ModisteError: as of `data.importing.table.import_table`.
    """
    mapping = parse_mapping(columns)
    with progress("photographs") as report:
        chosen = replace(options or TableOptions(), progress=report)
        return table.import_table(
            items, outfits, images=images, mapping=mapping, out=out, options=chosen
        )


def import_maryland(
    root: Path, out: Path, *, images: Path | None = None, replace: bool = False
) -> Wardrobe:
    """Make a wardrobe of the files of Han et al. 2017.

    Raises:
        ModisteError: as of `data.importing.maryland.import_maryland`.
    """
    with progress("photographs") as report:
        return _import_maryland(root, out, images=images, replace=replace, progress=report)


def import_polyvore_outfits(
    root: Path,
    out: Path,
    *,
    variant: str = "disjoint",
    images: Path | None = None,
    replace: bool = False,
) -> Wardrobe:
    """Make a wardrobe of one variant of the files of Vasileva et al. 2018.

    Raises:
        ModisteError: as of `data.importing.polyvore.import_polyvore_outfits`.
    """
    with progress("photographs") as report:
        return _import_polyvore_outfits(
            root, out, variant=variant, images=images, replace=replace, progress=report
        )

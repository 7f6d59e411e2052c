"""Where a catalogue is: a folder, or a database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from modiste.catalogue.base import Catalogue
from modiste.errors import Misuse

_ADDRESS = re.compile(r"(\w+)://")


def open_catalogue(where: str) -> Catalogue:
    """The catalogue at a folder, or at a `postgresql://` address.

    Raises:
        CatalogueError: there is none, or it is damaged.
        Misuse: another kind of address.
        MissingExtra: a database, and its driver is not installed.
    """
    match _kind(where):
        case "postgres":
            from modiste.catalogue.postgres.catalogue import PostgresCatalogue

            return PostgresCatalogue.open(where)
        case "folder":
            from modiste.catalogue.files.catalogue import FileCatalogue

            return FileCatalogue.open(Path(where))


def create_catalogue(where: str, *, run: str, width: int, feature_width: int) -> Catalogue:
    """A new catalogue without items.

    Args:
        where: as `open_catalogue` takes it.
        run: fingerprint of the run whose model makes the vectors.
        width: H, numbers in a vector.
        feature_width: D, numbers in an item's features.

    Raises:
        CatalogueError: there is one already, or the place cannot be written.
        Misuse: another kind of address.
        MissingExtra: a database, and its driver is not installed.
    """
    match _kind(where):
        case "postgres":
            from modiste.catalogue.postgres.catalogue import PostgresCatalogue

            return PostgresCatalogue.create(
                where, run=run, width=width, feature_width=feature_width
            )
        case "folder":
            from modiste.catalogue.files.catalogue import FileCatalogue

            return FileCatalogue.create(
                Path(where), run=run, width=width, feature_width=feature_width
            )


def forget_damaged(where: str) -> None:
    """Make scorer where a folder's catalogue cannot be read, so that another can take its place."""
    if _kind(where) == "folder":
        from modiste.catalogue.files.manifest import NAME

        Path(where, NAME).unlink(missing_ok=True)


def _kind(where: str) -> Literal["folder", "postgres"]:
    scheme = _ADDRESS.match(where)
    if scheme is None:
        return "folder"
    if scheme[1] in ("postgresql", "postgres"):
        return "postgres"
    raise Misuse(
        f"A catalogue is a folder or a postgresql:// address; {scheme[0]} leads to neither."
    )

"""Where a stylist comes from: a run with its wardrobe, or with a catalogue that changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from modiste.catalogue.base import Catalogue
from modiste.catalogue.places import open_catalogue
from modiste.serving.version import ServedVersion
from modiste.stylist.stylist import Stylist


class Source(Protocol):
    """Where the versions that are served come from; every method may raise a ModisteError."""

    def version(self) -> int:
        """The newest version there is; cheap."""

    def load(self) -> ServedVersion:
        """The newest version, ready to be asked; takes seconds."""

    def delete(self, item_id: str) -> int | None:
        """Take an item out of the catalogue: how many went; None where nothing can be removed."""

    def close(self) -> None:
        """Let go of files and connections."""


class Unchanging:
    """What never changes while it is served."""

    def version(self) -> int:
        """Always 1."""
        return 1

    def delete(self, item_id: str) -> int | None:
        """Nothing can be removed."""
        return None

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True)
class RunSource(Unchanging):
    """A run and a wardrobe.

    Args:
        run: folder of a trained run.
        wardrobe: the catalogue; None: the one that the run was trained on.
    """

    run: Path
    wardrobe: Path | None = None

    def load(self) -> ServedVersion:
        """The run's stylist."""
        wardrobe = None if self.wardrobe is None else self.wardrobe.absolute()
        return ServedVersion(Stylist.load(self.run, wardrobe), hidden=[self.run])


@dataclass(frozen=True)
class ReadySource(Unchanging):
    """A stylist that is there already, for programs that made one."""

    stylist: Stylist

    def load(self) -> ServedVersion:
        """The stylist."""
        return ServedVersion(self.stylist)


class CatalogueSource:
    """A run and a catalogue in a place of its own, whose changes are served.

    Args:
        run: folder of a trained run.
        where: a folder or a postgresql:// address; see `open_catalogue`.
        wardrobe: that the run was trained on; None: where it was then.
    """

    def __init__(self, run: Path, where: str, wardrobe: Path | None = None) -> None:
        self.run, self.wardrobe = run, wardrobe
        self.where = where if "://" in where else str(Path(where).absolute())
        self._opened: Catalogue | None = None
        self._stylist: Stylist | None = None

    @property
    def catalogue(self) -> Catalogue:
        """The store, opened on first use."""
        if self._opened is None:
            self._opened = open_catalogue(self.where)
        return self._opened

    def version(self) -> int:
        """The store's."""
        return self.catalogue.version()

    def load(self) -> ServedVersion:
        """The run's stylist over the newest version."""
        version = self.catalogue.version()  # a change meanwhile is noticed at the next look
        stylist = Stylist.over(self.run, self.catalogue, self.wardrobe, before=self._stylist)
        self._stylist = stylist
        hidden = [self.run] if "://" in self.where else [self.run, Path(self.where)]
        return ServedVersion(stylist, version, hidden=hidden)

    def delete(self, item_id: str) -> int | None:
        """Take an item out of the store."""
        return self.catalogue.delete([item_id])

    def close(self) -> None:
        """Close the store."""
        if self._opened is not None:
            self._opened.close()

"""Where a stylist comes from: a run with its wardrobe, or with a catalogue that changes.

A thread that notices a new version of the catalogue and has it served.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from modiste.catalogue.base import Catalogue
from modiste.catalogue.places import open_catalogue
from modiste.serving.edge.observe import SERVICE
from modiste.serving.version import ServedVersion
from modiste.stylist.stylist import Stylist


class Source(Protocol):
    """Where the versions that are served come from; every method may raise a ModisteError."""

    def version(self) -> int:
        """The newest version there is; cheap."""

    def load(self) -> ServedVersion:
        """The newest version, ready to be asked; takes seconds."""

    def remove(self, item_id: str) -> int | None:
        """Take an item out of the catalogue: how many went; None where nothing can be removed."""

    def close(self) -> None:
        """Let go of files and connections."""


class Unchanging:
    """What never changes while it is served."""

    def version(self) -> int:
        """Always 1."""
        return 1

    def remove(self, item_id: str) -> int | None:
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
        return ServedVersion(Stylist.load(self.run, self.wardrobe), hidden=[self.run])


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
        self.run, self.where, self.wardrobe = run, where, wardrobe
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

    def remove(self, item_id: str) -> int | None:
        """Take an item out of the store."""
        return self.catalogue.remove([item_id])

    def close(self) -> None:
        """Close the store."""
        if self._opened is not None:
            self._opened.close()


SECONDS = 1.0
MOST_SECONDS = 30.0


class Refreshing(Protocol):
    """What can serve a newer version; the service."""

    def refresh(self) -> bool:
        """Serve the newest version if there is a newer one; whether there was."""


class CatalogueWatch:
    """Asks `service` every second to look for a newer version.

    What goes wrong is logged, once a kind, and tried again, ever less often up to every half
    minute; meanwhile the version before is served.

    Args:
        service: what to refresh; any exception of it counts as a failure.
        every: seconds between two looks.
        swapped: told whether a new version was taken up (True) or failed to be (False).
    """

    def __init__(
        self,
        service: Refreshing,
        *,
        every: float = SECONDS,
        swapped: Callable[[bool], object] = lambda succeeded: None,
    ) -> None:
        self.service, self.every, self.swapped = service, every, swapped
        self._stop = threading.Event()
        self._trouble = ""
        self._pause = every
        self._thread = threading.Thread(target=self._watch, name="modiste-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Look no more; waits `seconds` at most for a look that is under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _watch(self) -> None:
        while not self._stop.wait(self._pause):
            self.look()

    def look(self) -> None:
        """Look once."""
        try:
            newer = self.service.refresh()
        except Exception as error:  # whatever it is, the version before goes on being served
            self._failed(error)
            return
        if self._trouble:
            SERVICE.info("the catalogue can be read again")
        self._trouble, self._pause = "", self.every
        if newer:
            SERVICE.info("a new version of the catalogue is served")
            self.swapped(True)

    def _failed(self, error: Exception) -> None:
        trouble = f"{type(error).__name__}: {error}"
        if trouble != self._trouble:
            SERVICE.warning("the catalogue cannot be read, trying again: %s", trouble)
        self._trouble = trouble
        self._pause = min(self._pause * 2, MOST_SECONDS)
        self.swapped(False)

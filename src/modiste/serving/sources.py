"""Where a stylist comes from: a run with its wardrobe, or with a catalogue that changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from modiste.serving.served import Served
from modiste.stylist.stylist import Stylist


class Source(Protocol):
    """Where the version to serve comes from.

    Raises:
        ModisteError: from any method: it cannot be read.
    """

    def version(self) -> int:
        """The newest version there is; cheap."""

    def load(self) -> Served:
        """The newest version, ready to be asked; takes seconds."""

    def remove(self, item_id: str) -> int | None:
        """Take an item out of the catalogue: how many went; None where nothing can be removed."""


@dataclass(frozen=True)
class RunSource:
    """A run and a wardrobe, which stay what they are.

    Args:
        run: folder of a trained run.
        wardrobe: the catalogue; None: the one that the run was trained on.
    """

    run: Path
    wardrobe: Path | None = None

    def version(self) -> int:
        """Always 1."""
        return 1

    def load(self) -> Served:
        """The run's stylist."""
        return Served(Stylist.load(self.run, self.wardrobe), 1, hidden=[self.run])

    def remove(self, item_id: str) -> int | None:
        """Nothing can be removed from a wardrobe."""
        return None


@dataclass(frozen=True)
class ReadySource:
    """A stylist that is there already; for tests, and for programs that made one."""

    stylist: Stylist

    def version(self) -> int:
        """Always 1."""
        return 1

    def load(self) -> Served:
        """The stylist."""
        return Served(self.stylist)

    def remove(self, item_id: str) -> int | None:
        """Nothing can be removed."""
        return None

"""What jobs on catalogues tell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What a change to a catalogue did."""

    where: str
    added: int
    removed: int
    items: int
    """How many there are now."""
    version: int

    def to_json(self) -> dict[str, Any]:
        """All fields."""
        return asdict(self)

    def to_text(self) -> str:
        """One sentence."""
        done = f"{self.added:,} items added" if self.added else f"{self.removed:,} items removed"
        return f"{self.where}: {done}; {self.items:,} items, version {self.version:,}."


@dataclass(frozen=True, kw_only=True)
class Verified:
    """Whether a catalogue is sound."""

    where: str
    damage: tuple[str, ...]
    """One sentence each; empty: sound."""

    def to_json(self) -> dict[str, Any]:
        """All fields, and whether it is sound."""
        return {"where": self.where, "sound": not self.damage, "damage": list(self.damage)}

    def to_text(self) -> str:
        """A line for each damage."""
        return "\n".join(self.damage) or f"{self.where} is sound."

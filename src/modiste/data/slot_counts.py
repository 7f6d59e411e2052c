"""What was left after each step of a reduction to slots, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Step:
    """One file, question set or split, through the reduction."""

    source: str
    """Which, such as `D official-train`."""
    read: int
    long_enough: int
    """Of those read, with at least as many items as there are slots."""
    complete: int
    """Of those, with an item of every slot."""
    kept: int
    """Of those, not there before."""
    compatible: int
    """Of those kept, outfits that go together."""


@dataclass(frozen=True, kw_only=True)
class SlotItems:
    """The items of one slot."""

    slot: str
    items: int
    """In the catalogue."""
    worn: int
    """Different ones in the outfits."""
    in_rows: int
    """Different ones in `slots.csv`."""
    in_compatible_rows: int
    """Different ones in its compatible rows."""


@dataclass(frozen=True, kw_only=True)
class SlotCounts:
    """All counts of a reduction."""

    items_read: int
    items: tuple[SlotItems, ...]
    outfits: tuple[Step, ...]
    rows: tuple[Step, ...]
    contradictions: int
    """Rows that stand in `slots.csv` with both labels."""
    shared_items: int
    """Items worn in training outfits and in held-out ones."""
    near_duplicates: int
    """Held-out outfits that share half of their items or more with one of another split."""

    def to_json(self) -> dict[str, Any]:
        """Plain values, with totals."""
        facts = asdict(self)
        facts["totals"] = {"outfits": asdict(total(self.outfits)), "rows": asdict(total(self.rows))}
        return facts

    def tables(self) -> list[tuple[Sequence[str], list[list[str]]]]:
        """Column names and rows of three tables: items, outfits, rows."""
        items = ["slot", "items", "in outfits", "in rows", "in compatible rows"]
        lines = [
            [each.slot, *_figures(each.items, each.worn, each.in_rows, each.in_compatible_rows)]
            for each in self.items
        ]
        steps = ["read", "long enough", "all slots", "distinct"]
        return [
            (items, lines),
            (["outfits", *steps], [_line(step)[:-2] for step in _with_total(self.outfits)]),
            (
                ["rows", *steps, "label 1", "label 0"],
                [_line(step) for step in _with_total(self.rows)],
            ),
        ]


def total(steps: Sequence[Step]) -> Step:
    """All steps added up."""
    sums: Mapping[str, int] = {
        name: sum(getattr(step, name) for step in steps)
        for name in ("read", "long_enough", "complete", "kept", "compatible")
    }
    return Step(source="all", **sums)


def _with_total(steps: Sequence[Step]) -> list[Step]:
    return [*steps, total(steps)]


def _line(step: Step) -> list[str]:
    figures = (step.read, step.long_enough, step.complete, step.kept, step.compatible)
    return [step.source, *_figures(*figures, step.kept - step.compatible)]


def _figures(*counts: int) -> list[str]:
    return [f"{count:,}" for count in counts]


__all__ = ["SlotCounts", "SlotItems", "Step", "total"]

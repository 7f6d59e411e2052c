"""Outfits reduced to fixed slots: one item of each, in the order of the slots.

The data preparation of umBERT and WumBERT (DeepLearningClothes), for any slots and any wardrobe:
items of the slots are kept, of each outfit the first item of each slot, and only outfits that
have all slots. `SlotCounts` says what was left after each step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import Any

from modiste.errors import Misuse, UnknownName


@dataclass(frozen=True, kw_only=True)
class SlotPlan:
    """Which slots, in which order, and what falls into them."""

    slots: tuple[str, ...]
    """Two or more different names; the order of the columns everywhere."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Coarse category of the wardrobe -> what to call it here, for other vocabularies."""

    def __post_init__(self) -> None:
        if len(self.slots) < 2 or not all(self.slots):
            raise Misuse(
                f"--slots {','.join(self.slots)!r} names fewer than two slots; write them with "
                "commas, such as shoes,tops,bottoms."
            )
        if len(set(self.slots)) < len(self.slots):
            twice = next(slot for slot in self.slots if self.slots.count(slot) > 1)
            raise Misuse(f"--slots names {twice!r} twice; name each slot once.")

    def __len__(self) -> int:
        return len(self.slots)

    def slot_of(self, category: str) -> str | None:
        """The slot that a coarse category falls into; None: left out."""
        name = self.mapping.get(category, category)
        return name if name in self.slots else None

    def check(self, categories: Collection[str], where: str) -> None:
        """Refuse a plan that speaks of categories that a wardrobe does not have.

        Args:
            categories: the coarse categories of its items.
            where: what to call the wardrobe.

        Raises:
            UnknownName: `--map` renames a category that no item has.
            Misuse: no item falls into a slot.
        """
        for old in self.mapping:
            if old not in categories:
                raise UnknownName("category to --map", old, categories)
        filled = {self.mapping.get(category, category) for category in categories}
        for slot in self.slots:
            if slot not in filled:
                near = get_close_matches(slot, sorted(filled), n=1)
                hint = f"did you mean {near[0]!r}? Its" if near else "its"
                raise Misuse(
                    f"No item of {where} is in the slot {slot!r}; {hint} categories are "
                    f"{', '.join(sorted(categories))} (--map OLD={slot} puts one there)."
                )


def parse_plan(slots: str, pairs: Iterable[str] = ()) -> SlotPlan:
    """Read `shoes,tops` and pairs `OLD=NEW`.

    Raises:
        Misuse: malformed, or a category is renamed twice.
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        old, equals, new = (part.strip() for part in pair.partition("="))
        if not (old and equals and new):
            raise Misuse(f"--map {pair!r} is malformed; write OLD=NEW, such as bags=accessories.")
        if mapping.setdefault(old, new) != new:
            raise Misuse(f"--map renames {old!r} twice, to {mapping[old]!r} and to {new!r}.")
    return SlotPlan(slots=tuple(part.strip() for part in slots.split(",")), mapping=mapping)


def reduced(items: Iterable[str], slot_of: Mapping[str, int], count: int) -> tuple[str, ...] | None:
    """The first item of each slot, in slot order; None where a slot has none.

    Args:
        items: ids, in the outfit's order.
        slot_of: item id -> number of its slot, for the items that are in one.
        count: how many slots there are.
    """
    first: dict[int, str] = {}
    for item in items:
        slot = slot_of.get(item)
        if slot is not None:
            first.setdefault(slot, item)
    return tuple(first[slot] for slot in range(count)) if len(first) == count else None


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
    """OpenFile-out outfits that share half of their items or more with one of another split."""

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

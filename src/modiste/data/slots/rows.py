"""Compatible and incompatible rows of slots: `slots.csv`.

Rows are the compatibility questions of a wardrobe, set by set: `official-train`, `-valid`, `-test`,
then any other by name. A wardrobe without such questions gives its own outfits, as compatible
rows; wrong ones are never made up.

The published list (DeepLearningClothes) is made of six such files. Their order is not said, so it
is taken to be disjoint before nondisjoint, and train, valid, test in each: wardrobes in the order
given. Only the order of rows depends on it, never which there are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from modiste.data.atomic import write_text
from modiste.data.questions.files import load_questions, question_names
from modiste.data.slots.plan import SlotPlan, Step, reduced
from modiste.data.wardrobe import Wardrobe
from modiste.outfit import SPLITS, CompatibilityQuestion, Question


class SlotRow(NamedTuple):
    """One line of `slots.csv`."""

    compatibility: int
    """1: goes together; 0: does not."""
    items: tuple[str, ...]
    """One id a slot, in slot order."""


def question_sets(wardrobe: Wardrobe) -> dict[str, list[Question]]:
    """All question sets: those of the splits train, valid, test in this order, then others."""
    names = question_names(wardrobe.root)
    return {name: load_questions(wardrobe.root, name) for name in sorted(names, key=_place)}


def sources(
    wardrobe: Wardrobe, sets: Mapping[str, Sequence[Question]]
) -> Iterator[tuple[str, list[SlotRow]]]:
    """What rows are made of: a name, and label and items of each outfit, not yet reduced."""
    asked = {
        name: [SlotRow(q.label, q.items) for q in questions if isinstance(q, CompatibilityQuestion)]
        for name, questions in sets.items()
    }
    if any(asked.values()):
        yield from ((name, rows) for name, rows in asked.items() if rows)
        return
    for split in SPLITS:
        if rows := [SlotRow(1, outfit.items) for outfit in wardrobe.outfits_of(split)]:
            yield f"{split} outfits", rows


def reduce_rows(
    source: str,
    rows: Sequence[SlotRow],
    plan: SlotPlan,
    slot_of: Mapping[str, int],
    seen: dict[SlotRow, None],
) -> Step:
    """Reduce one source; what is new is added to `seen`.

    Rows with fewer items than slots are dropped first, to be counted: they could not be complete.
    A duplicate has the same items and the same label.
    """
    long_enough = [row for row in rows if len(row.items) >= len(plan)]
    whole = [(row.compatibility, reduced(row.items, slot_of, len(plan))) for row in long_enough]
    complete = [SlotRow(label, items) for label, items in whole if items is not None]
    fresh = [row for row in dict.fromkeys(complete) if row not in seen]
    seen.update(dict.fromkeys(fresh))
    return Step(
        source=source,
        read=len(rows),
        long_enough=len(long_enough),
        complete=len(complete),
        kept=len(fresh),
        compatible=sum(row.compatibility for row in fresh),
    )


def contradictions(rows: Iterable[SlotRow]) -> int:
    """How many outfits stand in `rows` as compatible and as not."""
    labels: dict[tuple[str, ...], set[int]] = {}
    for row in rows:
        labels.setdefault(row.items, set()).add(row.compatibility)
    return sum(len(found) > 1 for found in labels.values())


def write_slots(path: Path, rows: Iterable[SlotRow], count: int) -> None:
    """Write `compatibility,item_1,...,item_k` whole or not at all."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["compatibility", *(f"item_{n}" for n in range(1, count + 1))])
    table.writerows([row.compatibility, *row.items] for row in rows)
    write_text(path, text.getvalue())


def _place(name: str) -> tuple[bool, int, str]:
    """For sorting: official sets first, then by split."""
    splits = [place for place, split in enumerate(SPLITS) if name.endswith(f"-{split}")]
    return (not name.startswith("official-"), splits[0] if splits else len(SPLITS), name)

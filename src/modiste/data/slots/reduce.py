"""One wardrobe or several of one catalogue, reduced to slots: items, outfits, questions, rows.

Rows, compatible and incompatible, are the compatibility questions of a wardrobe, set by set:
`official-train`, `-valid`, `-test`, then any other by name. A wardrobe without such questions
gives its own outfits, as compatible rows; wrong ones are never made up.

The published list (DeepLearningClothes) is made of six such files. Their order is not said, so it
is taken to be disjoint before nondisjoint, and train, valid, test in each: wardrobes in the order
given. Only the order of rows depends on it, never which there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from modiste.data.audit.near_duplicates import similar_sets
from modiste.data.questions.files import load_questions, question_names
from modiste.data.slots.plan import SlotCounts, SlotItems, SlotPlan, Step, reduced
from modiste.data.splits import split_outfits
from modiste.data.wardrobe import ITEM_SCHEMA, Wardrobe
from modiste.errors import DataError, Misuse
from modiste.outfit import (
    SPLITS,
    CompatibilityQuestion,
    CompletionQuestion,
    FitbQuestion,
    Item,
    Outfit,
    Question,
)


@dataclass(frozen=True)
class _Part:
    """One split of one wardrobe."""

    source: str
    read: int
    long_enough: int
    complete: int
    fresh: list[Outfit]  # complete, and not an outfit of a wardrobe before


def reduce_outfits(
    tables: Mapping[str, Sequence[Outfit]], plan: SlotPlan, slot_of: Mapping[str, int]
) -> tuple[list[Outfit], list[Step]]:
    """Reduce the outfits of several wardrobes.

    An outfit that several wardrobes have, by its id, keeps what the first one says. Outfits that
    are the same once reduced count once: in test before valid before train, so that nothing that
    is held out is trained on.

    Args:
        tables: what to call a wardrobe -> its outfits.
        plan: the slots.
        slot_of: item id -> number of its slot.

    Returns:
        The outfits, and what each split of each wardrobe went through.
    """
    known: set[str] = set()
    parts: list[_Part] = []
    for label, outfits in tables.items():
        parts += _parts(label, outfits, plan, slot_of, known)
        known.update(outfit.id for outfit in outfits)
    kept = _without_duplicates([outfit for part in parts for outfit in part.fresh])
    chosen = [[outfit for outfit in part.fresh if outfit.id in kept] for part in parts]
    steps = [
        Step(
            source=part.source,
            read=part.read,
            long_enough=part.long_enough,
            complete=part.complete,
            kept=len(outfits),
            compatible=len(outfits),
        )
        for part, outfits in zip(parts, chosen, strict=True)
    ]
    return [outfit for outfits in chosen for outfit in outfits], steps


def _parts(
    label: str,
    outfits: Sequence[Outfit],
    plan: SlotPlan,
    slot_of: Mapping[str, int],
    known: set[str],
) -> list[_Part]:
    parts = []
    for split in SPLITS:
        mine = [outfit for outfit in outfits if outfit.split == split]
        long_enough = [outfit for outfit in mine if len(outfit.items) >= len(plan)]
        whole = [(outfit, reduced(outfit.items, slot_of, len(plan))) for outfit in long_enough]
        complete = [replace(outfit, items=items) for outfit, items in whole if items is not None]
        fresh = [outfit for outfit in complete if outfit.id not in known]
        if mine:
            source = f"{label} {split}".strip()
            parts.append(_Part(source, len(mine), len(long_enough), len(complete), fresh))
    return parts


def _without_duplicates(outfits: Sequence[Outfit]) -> set[str]:
    """Ids of those to keep: of equal ones the first in test, else in valid, else in train."""
    best: dict[tuple[str, ...], str] = {}
    for split in reversed(SPLITS):
        for outfit in outfits:
            if outfit.split == split:
                best.setdefault(outfit.items, outfit.id)
    return set(best.values())


def reduce_questions(
    questions: Iterable[Question], plan: SlotPlan, slot_of: Mapping[str, int]
) -> list[Question]:
    """The questions that can be asked about reduced outfits, each once, in their order.

    The outfit behind a question is reduced. A FITB or a completion question stays if the outfit
    is complete and the right answer is among what is left of it; the wrong candidates of a FITB
    question must be of the same slot. The blank then stands at the place of its slot.
    """
    made = (_reduce(question, plan, slot_of) for question in questions)
    return list(dict.fromkeys(question for question in made if question is not None))


def _reduce(question: Question, plan: SlotPlan, slot_of: Mapping[str, int]) -> Question | None:
    match question:
        case CompatibilityQuestion():
            items = reduced(question.items, slot_of, len(plan))
            return None if items is None else replace(question, items=items)
        case FitbQuestion():
            return _fitb(question, plan, slot_of)
        case CompletionQuestion():
            rest = _rest(question.question, question.answer, None, plan, slot_of)
            if rest is None:
                return None
            slot = plan.slots[slot_of[question.answer]]
            return replace(question, question=rest, category=slot)


def _fitb(
    question: FitbQuestion, plan: SlotPlan, slot_of: Mapping[str, int]
) -> FitbQuestion | None:
    right = question.candidates[question.answer]
    if len({slot_of.get(item) for item in question.candidates}) > 1:
        return None
    rest = _rest(question.question, right, question.position, plan, slot_of)
    return None if rest is None else replace(question, question=rest, position=slot_of[right])


def _rest(
    others: tuple[str, ...],
    answer: str,
    position: int | None,
    plan: SlotPlan,
    slot_of: Mapping[str, int],
) -> tuple[str, ...] | None:
    """The reduced outfit without the answer; None where it is not complete or lacks the answer."""
    place = len(others) if position is None else position
    outfit = reduced((*others[:place], answer, *others[place:]), slot_of, len(plan))
    if outfit is None or answer not in outfit:
        return None
    return tuple(item for item in outfit if item != answer)


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


def _place(name: str) -> tuple[bool, int, str]:
    """For sorting: official sets first, then by split."""
    splits = [place for place, split in enumerate(SPLITS) if name.endswith(f"-{split}")]
    return (not name.startswith("official-"), splits[0] if splits else len(SPLITS), name)


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """Wardrobes reduced to slots, in memory."""

    plan: SlotPlan
    items: tuple[Item, ...]
    """All of the slots, worn or not; `category` is the slot."""
    outfits: tuple[Outfit, ...]
    """With one item a slot, in slot order; no two the same."""
    questions: Mapping[str, Sequence[Question]]
    """Those of the first wardrobe, by the names of its question sets."""
    rows: tuple[SlotRow, ...]
    """Of all wardrobes, no two the same."""
    counts: SlotCounts
    notes: tuple[str, ...] = ()
    """More to say in `wardrobe.toml`, a sentence each."""


def reduce_wardrobes(wardrobes: Sequence[Wardrobe], plan: SlotPlan) -> Reduction:
    """Reduce wardrobes to the slots of `plan` and join them.

    Args:
        wardrobes: one, or several of one catalogue, such as both variants of Polyvore Outfits; in
            the order that rows are to have. An outfit that several have keeps the split of the
            first; question sets are those of the first.
        plan: the slots.

    Raises:
        Misuse: no item is in a slot, a category to rename is not there, or a wardrobe is twice.
        DataError: wardrobes say different things of one item, or no outfit has all slots.
    """
    labels = _labels(wardrobes)
    where = " or ".join(str(wardrobe.root) for wardrobe in wardrobes)
    plan.check({c for w in wardrobes for c in w.items["category"].unique()}, where)
    items = _join_items(wardrobes, plan)
    slot_of = {item.id: plan.slots.index(item.category) for item in items.values()}
    tables = {
        label: [outfit for split in SPLITS for outfit in wardrobe.outfits_of(split)]
        for label, wardrobe in zip(labels, wardrobes, strict=True)
    }
    outfits, outfit_steps = reduce_outfits(tables, plan, slot_of)
    rows: dict[SlotRow, None] = {}
    row_steps: list[Step] = []
    for label, wardrobe in zip(labels, wardrobes, strict=True):
        for source, found in sources(wardrobe, question_sets(wardrobe)):
            name = f"{label} {source}".strip()
            row_steps.append(reduce_rows(name, found, plan, slot_of, rows))
    if not rows:
        raise DataError(
            f"No outfit of {where} has an item of all of {', '.join(plan.slots)}; ask for fewer "
            "--slots, or put more categories into one with --map OLD=NEW."
        )
    counts = SlotCounts(
        items_read=sum(len(wardrobe.items) for wardrobe in wardrobes),
        items=_items_of_slots(plan, slot_of, outfits, list(rows)),
        outfits=tuple(outfit_steps),
        rows=tuple(row_steps),
        contradictions=contradictions(rows),
        shared_items=_shared(outfits),
        near_duplicates=_near_duplicates(outfits),
    )
    return Reduction(
        plan=plan,
        items=tuple(items.values()),
        outfits=tuple(outfits),
        questions=_questions(wardrobes[0], plan, slot_of),
        rows=tuple(rows),
        counts=counts,
    )


def split_again(reduction: Reduction, *, seed: int = 0) -> Reduction:
    """Deal the reduced outfits to 80, 10 and 10 %, those that are nearly the same together.

    Question sets are left out: the outfits that they hold out are no longer held out.

    Args:
        reduction: with the splits that its wardrobes had.
        seed: which outfits go where.
    """
    outfits = split_outfits(reduction.outfits, seed=seed)
    shared, near = _shared(outfits), _near_duplicates(outfits)
    return replace(
        reduction,
        outfits=tuple(outfits),
        questions={},
        counts=replace(reduction.counts, shared_items=shared, near_duplicates=near),
        notes=(*reduction.notes, f"The splits were drawn again with seed {seed}."),
    )


def _labels(wardrobes: Sequence[Wardrobe]) -> list[str]:
    """What to call the wardrobes in counts: nothing where there is one, else their folders."""
    if len(wardrobes) == 1:
        return [""]
    if len({wardrobe.root.resolve() for wardrobe in wardrobes}) < len(wardrobes):
        raise Misuse("A wardrobe is given twice; give each once.")
    names = [wardrobe.root.resolve().name for wardrobe in wardrobes]
    return names if len(set(names)) == len(names) else [str(w.root) for w in wardrobes]


def _join_items(wardrobes: Sequence[Wardrobe], plan: SlotPlan) -> dict[str, Item]:
    joined: dict[str, Item] = {}
    for wardrobe in wardrobes:
        for item in _items(wardrobe, plan):
            known = joined.setdefault(item.id, item)
            if (known.category, known.fine, known.title) != (item.category, item.fine, item.title):
                raise DataError(
                    f"Item {item.id!r} of {wardrobe.root} is another one in a wardrobe before it; "
                    "only wardrobes of one catalogue can be joined."
                )
            if known.image is None and item.image is not None:
                joined[item.id] = replace(known, image=item.image)
    return joined


def _items(wardrobe: Wardrobe, plan: SlotPlan) -> Iterator[Item]:
    """The items of the slots, with the slot for category."""
    for facts in wardrobe.items.iter_rows(named=True):
        slot = plan.slot_of(facts["category"])
        if slot is not None:
            fixed = {name: facts.pop(name) for name in ITEM_SCHEMA} | {"category": slot}
            yield Item(**fixed, attributes={k: v for k, v in facts.items() if v is not None})


def _questions(
    wardrobe: Wardrobe, plan: SlotPlan, slot_of: Mapping[str, int]
) -> dict[str, list[Question]]:
    """The question sets of which something is left."""
    sets = {
        name: reduce_questions(asked, plan, slot_of)
        for name, asked in question_sets(wardrobe).items()
    }
    return {name: asked for name, asked in sets.items() if asked}


def _items_of_slots(
    plan: SlotPlan,
    slot_of: Mapping[str, int],
    outfits: Sequence[Outfit],
    rows: Sequence[SlotRow],
) -> tuple[SlotItems, ...]:
    numbers = list(slot_of.values())
    return tuple(
        SlotItems(
            slot=name,
            items=numbers.count(slot),
            worn=len({outfit.items[slot] for outfit in outfits}),
            in_rows=len({row.items[slot] for row in rows}),
            in_compatible_rows=len({row.items[slot] for row in rows if row.compatibility}),
        )
        for slot, name in enumerate(plan.slots)
    )


def _shared(outfits: Sequence[Outfit]) -> int:
    """How many items are worn on both sides of the split."""
    trained = {item for outfit in outfits if outfit.split == "train" for item in outfit.items}
    held = {item for outfit in outfits if outfit.split != "train" for item in outfit.items}
    return len(trained & held)


def _near_duplicates(outfits: Sequence[Outfit]) -> int:
    """How many held-out outfits are nearly one of another split, now that less is left of them."""
    near = set()
    for pair in similar_sets([outfit.items for outfit in outfits]):
        if len({outfits[row].split for row in pair}) > 1:
            near |= {row for row in pair if outfits[row].split != "train"}
    return len(near)

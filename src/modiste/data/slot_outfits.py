"""Outfits of one wardrobe or several, reduced to slots, each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from modiste.data.slot_counts import Step
from modiste.data.slots import SlotPlan, reduced
from modiste.outfit import SPLITS, Outfit


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


__all__ = ["reduce_outfits"]

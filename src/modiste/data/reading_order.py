"""In what order outfits are read: from the outer layer down, then what is added to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PLACES: tuple[tuple[str, ...], ...] = (
    ("outer", "coat", "jacket"),
    ("top", "shirt", "knit"),
    ("dress", "all-body", "jumpsuit"),
    ("swim",),
    ("underwear", "hosiery"),
    ("bottom", "trouser", "skirt", "jean"),
    ("shoe", "boot"),
    ("bag",),
    ("hat",),
    ("sunglass", "glass"),
    ("jewel",),
    ("scar",),
    ("accessor",),
)
"""Parts of the names of slots, in the order of Han et al. 2017, section 3.1: tops to bottoms,
shoes, accessories."""


def category_ranks(fine: Sequence[str], slot_of: Mapping[str, str]) -> tuple[int, ...]:
    """The place of every fine category in the order of reading, no two alike.

    Args:
        fine: the fine categories that a model knows.
        slot_of: fine category -> its slot (coarse category).

    Returns:
        One number for each, after that of unknown categories, which come last.
    """
    order = sorted(range(len(fine)), key=lambda i: (_place(slot_of[fine[i]]), fine[i]))
    ranks = {number: rank for rank, number in enumerate(order)}
    return (len(fine), *(ranks[number] for number in range(len(fine))))


def _place(slot: str) -> tuple[int, str]:
    """Where a slot stands; slots of unknown names come last, by name."""
    name = slot.casefold()
    for place, parts in enumerate(PLACES):
        if any(part in name for part in parts):
            return place, name
    return len(PLACES), name

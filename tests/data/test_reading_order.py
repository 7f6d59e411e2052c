"""In what order outfits are read."""

from __future__ import annotations

from modiste.data.reading_order import category_ranks


def test_outfits_are_read_from_tops_to_shoes_to_what_is_added() -> None:
    slot_of = {
        "ankle boots": "shoes",
        "blouses": "tops",
        "coats": "outerwear",
        "gowns": "all-body",
        "jeans": "bottoms",
        "rings": "jewellery",
        "totes": "bags",
        "umbrellas": "rain",
    }
    fine = tuple(slot_of)
    ranks = dict(zip(fine, category_ranks(fine, slot_of)[1:], strict=True))
    assert sorted(fine, key=lambda name: ranks[name]) == [
        "coats", "blouses", "gowns", "jeans", "ankle boots", "totes", "rings", "umbrellas",
    ]  # fmt: skip


def test_unknown_categories_come_last_and_no_two_ranks_are_alike() -> None:
    ranks = category_ranks(("a", "b", "c"), {"a": "tops", "b": "tops", "c": "x"})
    assert ranks == (3, 0, 1, 2)

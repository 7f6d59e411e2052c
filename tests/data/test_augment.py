"""Augmentation: neighbours of the same slot, train only; and the published order, which leaks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from modiste.data.slots.augment import AugmentSettings, augment
from modiste.errors import FeatureError, Misuse
from modiste.outfit import Item, Outfit, Split

SLOTS = ("shoes", "tops", "bags")
EACH = 12

ITEMS = [
    Item(id=f"{slot}{n}", category=slot, fine=slot, title="") for slot in SLOTS for n in range(EACH)
]
ROWS = {item.id: row for row, item in enumerate(ITEMS)}
PRESENT = np.ones(len(ITEMS), dtype=np.bool_)


def on_a_line() -> npt.NDArray[np.float32]:
    """Item n of every slot lies at n; the slots lie a little apart, so that they mix."""
    return np.array(
        [[n + 0.1 * s] for s in range(len(SLOTS)) for n in range(EACH)], dtype=np.float32
    )


def look(name: str, numbers: tuple[int, int, int], split: Split = "train") -> Outfit:
    items = tuple(f"{slot}{n}" for slot, n in zip(SLOTS, numbers, strict=True))
    return Outfit(id=name, items=items, split=split)


def settings(neighbours: int = 3, published: bool = False) -> AugmentSettings:
    return AugmentSettings(
        neighbours=neighbours, order="published" if published else "split-first", seed=3
    )


def test_each_item_gives_way_to_its_nearest_of_the_same_slot() -> None:
    made = augment([look("a", (0, 5, 11))], ITEMS, on_a_line(), PRESENT, settings(3))
    variants = {outfit.id: outfit.items for outfit in made.outfits[1:]}
    assert variants["a~0~1"] == ("shoes1", "tops5", "bags11")
    assert variants["a~0~2"] == ("shoes2", "tops5", "bags11")
    assert {variants["a~1~1"][1], variants["a~1~2"][1]} == {"tops4", "tops6"}
    assert {variants["a~2~1"][2], variants["a~2~2"][2]} == {"bags10", "bags9"}
    assert len(variants) == 3 * 2  # of the 3 nearest one is the item itself
    assert made.outfits[0] == look("a", (0, 5, 11))


def test_only_training_outfits_are_varied_and_the_others_stay_as_they_are() -> None:
    held = [look("v", (5, 5, 5), "valid"), look("t", (9, 9, 9), "test")]
    made = augment([look("a", (0, 0, 0)), *held], ITEMS, on_a_line(), PRESENT, settings())
    assert [outfit for outfit in made.outfits if outfit.split != "train"] == held
    assert {outfit.id.partition("~")[0] for outfit in made.outfits if "~" in outfit.id} == {"a"}


def test_a_variant_is_never_a_held_out_outfit() -> None:
    held = [look("v", (1, 5, 5), "valid"), look("t", (5, 6, 5), "test")]
    made = augment([look("a", (0, 5, 5)), *held], ITEMS, on_a_line(), PRESENT, settings())
    trained = {outfit.items for outfit in made.outfits if outfit.split == "train"}
    assert not trained & {outfit.items for outfit in held}
    assert made.counts["dropped: equal to a held-out outfit"] == 1
    assert made.counts["variants"] == 5


def test_no_two_training_outfits_are_equal() -> None:
    looks = [look("a", (0, 5, 5)), look("b", (1, 5, 5))]
    made = augment(looks, ITEMS, on_a_line(), PRESENT, settings())
    kept = [outfit.items for outfit in made.outfits]
    assert len(set(kept)) == len(kept)
    assert made.counts["dropped: equal to another"] == 3  # a as b, b as a, both with shoes2
    assert made.counts["variants"] == 2 * 6 - 3


def test_identical_vectors_do_not_hide_the_item_itself() -> None:
    vectors = np.zeros((len(ITEMS), 2), dtype=np.float32)
    made = augment([look("a", (11, 11, 11))], ITEMS, vectors, PRESENT, settings(3))
    assert made.counts["variants"] == 3 * 2
    assert made.counts["dropped: item already in the outfit"] == 0


def test_items_without_features_are_neither_replaced_nor_chosen() -> None:
    present = PRESENT.copy()
    present[[ROWS["shoes0"], ROWS["tops1"]]] = False
    made = augment([look("a", (0, 0, 0))], ITEMS, on_a_line(), present, settings(3))
    varied = {outfit.items for outfit in made.outfits[1:]}
    assert {items[0] for items in varied} == {"shoes0"}
    assert {items[1] for items in varied} == {"tops0", "tops2", "tops3"}
    assert made.counts["items without features, not replaced"] == 1
    with pytest.raises(FeatureError, match="has features"):
        augment([look("a", (0, 0, 0))], ITEMS, on_a_line(), ~PRESENT, settings(3))


def test_items_that_only_held_out_outfits_wear_are_counted() -> None:
    looks = [look("a", (0, 0, 0)), look("v", (1, 9, 9), "valid")]
    made = augment(looks, ITEMS, on_a_line(), PRESENT, settings(3))
    assert made.counts["variants with an item that only held-out outfits wear"] == 1


def test_augmenting_twice_gives_every_outfit_a_name_of_its_own() -> None:
    once = augment([look("a", (5, 5, 5))], ITEMS, on_a_line(), PRESENT, settings(2))
    again = augment(once.outfits, ITEMS, -2 * on_a_line(), PRESENT, settings(4))
    names = [outfit.id for outfit in again.outfits]
    assert len(set(names)) == len(names) > len(once.outfits)


def many(seed: int = 0) -> list[Outfit]:
    rng = np.random.default_rng(seed)
    shares: dict[Split, int] = {"train": 12, "valid": 4, "test": 4}
    splits = [split for split, count in shares.items() for _ in range(count)]
    return [
        look(f"o{n}", tuple(rng.integers(0, EACH, 3).tolist()), split)
        for n, split in enumerate(splits)
    ]


def test_the_published_order_leaks_and_ours_does_not() -> None:
    def leaking(outfits: tuple[Outfit, ...]) -> float:
        """Share of held-out outfits that have a variant, or their original, in training."""
        trained = {o.id.partition("~")[0] for o in outfits if o.split == "train"}
        held = [o.id.partition("~")[0] for o in outfits if o.split != "train"]
        return sum(name in trained for name in held) / len(held)

    ours = augment(many(), ITEMS, on_a_line(), PRESENT, settings(5))
    published = augment(many(), ITEMS, on_a_line(), PRESENT, settings(5, published=True))
    assert leaking(ours.outfits) == 0
    assert leaking(published.outfits) == 1


def test_the_published_order_splits_anew_in_its_shares() -> None:
    made = augment(many(), ITEMS, on_a_line(), PRESENT, settings(5, published=True))
    splits = [outfit.split for outfit in made.outfits]
    assert made.counts["outfits varied"] == 20
    for split, share in {"train": 0.64, "valid": 0.16, "test": 0.2}.items():
        assert abs(splits.count(split) / len(splits) - share) < 0.03  # type: ignore[arg-type]
    varied = {o.id.partition("~")[0] for o in made.outfits if "~" in o.id}
    assert varied == {f"o{n}" for n in range(20)}
    again = augment(many(), ITEMS, on_a_line(), PRESENT, settings(5, published=True))
    assert again == made


def test_the_published_order_puts_items_in_slots_of_other_categories() -> None:
    made = augment(many(), ITEMS, on_a_line(), PRESENT, settings(5, published=True))
    slot_of = {item.id: item.category for item in ITEMS}
    wrong = sum(tuple(slot_of[item] for item in outfit.items) != SLOTS for outfit in made.outfits)
    assert wrong == made.counts["items put in the slot of another category"] > 0
    ours = augment(many(), ITEMS, on_a_line(), PRESENT, settings(5))
    assert all(tuple(slot_of[i] for i in outfit.items) == SLOTS for outfit in ours.outfits)


def test_one_neighbour_is_the_item_itself_and_refused() -> None:
    with pytest.raises(Misuse, match="2 nearest"):
        AugmentSettings(neighbours=1)

"""What to know about outfits and their splits before training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl

from modiste.data.audit.near_duplicates import similar_sets
from modiste.data.audit.report import Finding
from modiste.data.wardrobe import Wardrobe
from modiste.outfit import SPLITS

RARE = 4
"""A fine category with fewer items that occur in outfits cannot even fill one question."""


def outfit_findings(wardrobe: Wardrobe) -> Iterator[Finding]:
    """Every check that needs no photographs."""
    yield _empty_splits(wardrobe)
    yield _tiny(wardrobe)
    yield _one_slot(wardrobe)
    yield _duplicates(wardrobe)
    yield _near_duplicates(wardrobe)
    yield _shared_items(wardrobe)
    yield _unworn(wardrobe)
    yield _rare_categories(wardrobe)
    yield _unseen_categories(wardrobe)


def worn_in(wardrobe: Wardrobe) -> dict[str, set[str]]:
    """Split -> ids of the items in its outfits."""
    table = wardrobe.outfits.select("split", "items")
    return {
        split: set(table.filter(pl.col("split") == split)["items"].explode().drop_nulls().to_list())
        for split in SPLITS
    }


def _empty_splits(wardrobe: Wardrobe) -> Finding:
    empty = [split for split in SPLITS if not (wardrobe.outfits["split"] == split).any()]
    return Finding(
        check="empty splits",
        severity="warning",
        count=len(empty),
        summary=f"{len(empty):,} of the splits train, valid and test have no outfit.",
        advice="Nothing can be trained, chosen or measured there; split the outfits again.",
        examples=empty,
    )


def _tiny(wardrobe: Wardrobe) -> Finding:
    sizes = wardrobe.outfits["items"].list.n_unique()
    tiny = wardrobe.outfits.filter(sizes < 2)["id"].to_list()
    return Finding(
        check="outfits of one item",
        severity="warning",
        count=len(tiny),
        summary=f"{len(tiny):,} outfits have fewer than two different items.",
        advice="They teach and measure nothing; leave them out.",
        examples=tiny,
    )


def _one_slot(wardrobe: Wardrobe) -> Finding:
    slots = wardrobe.items.select("id", "category")
    worn = wardrobe.outfits.select("id", item="items").explode("item").drop_nulls()
    worn = worn.join(slots, left_on="item", right_on="id")
    kinds = worn.group_by("id", maintain_order=True).agg(
        pl.col("category").n_unique(), pl.col("item").n_unique()
    )
    alike = kinds.filter((pl.col("category") == 1) & (pl.col("item") > 1))["id"].to_list()
    return Finding(
        check="outfits of one category",
        severity="note",
        count=len(alike),
        summary=f"{len(alike):,} outfits have several items, all of the same category.",
        advice="See whether they are outfits, or one product in several colours.",
        examples=alike,
    )


def _duplicates(wardrobe: Wardrobe) -> Finding:
    seen: dict[frozenset[str], list[str]] = {}
    for outfit, items in zip(*_outfits(wardrobe), strict=True):
        seen.setdefault(frozenset(items), []).append(outfit)
    copies = [ids for ids in seen.values() if len(ids) > 1]
    count = sum(len(ids) - 1 for ids in copies)
    return Finding(
        check="duplicate outfits",
        severity="note",
        count=count,
        summary=f"{count:,} outfits repeat another one, item for item.",
        advice="Harmless on one side of a split; they weigh double there.",
        examples=[" = ".join(ids[:3]) for ids in copies],
    )


def _near_duplicates(wardrobe: Wardrobe) -> Finding:
    ids, items = _outfits(wardrobe)
    splits = wardrobe.outfits["split"].to_list()
    sides: dict[frozenset[str], dict[str, int]] = {}  # items -> split -> first row that has them
    for row, (worn, split) in enumerate(zip(items, splits, strict=True)):
        sides.setdefault(frozenset(worn), {}).setdefault(split, row)
    sets = list(sides)
    near: dict[frozenset[str], dict[str, int]] = {worn: dict(sides[worn]) for worn in sets}
    for one, other in similar_sets(sets, 0.5):
        near[sets[one]] |= sides[sets[other]]
        near[sets[other]] |= sides[sets[one]]
    across = [
        (row, other)
        for row, (worn, split) in enumerate(zip(items, splits, strict=True))
        for side, other in near[frozenset(worn)].items()
        if split != "train" and side != split
    ]
    leaking = {row for row, _ in across}
    return Finding(
        check="near-duplicate outfits on both sides",
        severity="serious",
        count=len(leaking),
        summary=(
            f"{len(leaking):,} outfits of valid or test share half of their items or more "
            "(Jaccard 0.5) with an outfit of another split."
        ),
        advice="Split again with near-duplicates kept together.",
        examples=[f"{ids[a]} ({splits[a]}) ~ {ids[b]} ({splits[b]})" for a, b in across],
    )


def _shared_items(wardrobe: Wardrobe) -> Finding:
    worn = worn_in(wardrobe)
    held_out = worn["valid"] | worn["test"]
    shared = sorted(held_out & worn["train"])
    percent = 100 * len(shared) / max(len(held_out), 1)
    return Finding(
        check="items on both sides",
        severity="note",
        count=len(shared),
        summary=f"{percent:.0f} % of the items in valid or test outfits are in train outfits too.",
        advice="Read the results on answers never seen in training beside the others.",
        examples=shared,
        facts={
            "train_valid": len(worn["train"] & worn["valid"]),
            "train_test": len(worn["train"] & worn["test"]),
            "valid_test": len(worn["valid"] & worn["test"]),
        },
    )


def _unworn(wardrobe: Wardrobe) -> Finding:
    worn = set().union(*worn_in(wardrobe).values())
    unworn = [item for item in wardrobe.items["id"] if item not in worn]
    return Finding(
        check="items in no outfit",
        severity="note",
        count=len(unworn),
        summary=f"{len(unworn):,} of {len(wardrobe.items):,} items are in no outfit.",
        advice="They can be suggested, and are cold: nothing was learnt from them.",
        examples=unworn,
    )


def _rare_categories(wardrobe: Wardrobe) -> Finding:
    worn = set().union(*worn_in(wardrobe).values())
    fine = zip(wardrobe.items["id"], wardrobe.items["fine"], strict=True)
    sizes = Counter({name: 0 for name in wardrobe.items["fine"].unique()})
    sizes.update(name for item, name in fine if item in worn)
    rare = sorted(name for name, size in sizes.items() if size < RARE)
    return Finding(
        check="small categories",
        severity="warning",
        count=len(rare),
        summary=(
            f"{len(rare):,} of {len(sizes):,} fine categories have fewer than {RARE} items that "
            "occur in outfits: no question can be asked about them."
        ),
        advice="Merge them into larger ones, or leave them out.",
        examples=[f"{name} ({sizes[name]})" for name in rare],
    )


def _unseen_categories(wardrobe: Wardrobe) -> Finding:
    worn = worn_in(wardrobe)
    fine = dict(zip(wardrobe.items["id"], wardrobe.items["fine"], strict=True))
    known = {fine[item] for item in worn["train"]}
    unseen = sorted({fine[item] for item in worn["valid"] | worn["test"]} - known)
    return Finding(
        check="categories never trained on",
        severity="warning",
        count=len(unseen),
        summary=f"{len(unseen):,} fine categories occur in valid or test outfits, not in train.",
        advice="A model can only guess there; merge them, or add outfits.",
        examples=unseen,
    )


def _outfits(wardrobe: Wardrobe) -> tuple[list[str], list[list[str]]]:
    return wardrobe.outfits["id"].to_list(), wardrobe.outfits["items"].to_list()

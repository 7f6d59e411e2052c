"""Wardrobes reduced to slots, photographs in another layout; with progress on standard error."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modiste.data.image_folders import ImageFolders, export_image_folders
from modiste.data.slots.augment import Augmented, AugmentSettings, augment
from modiste.data.slots.plan import SlotCounts, parse_plan
from modiste.data.slots.reduce import Reduction, reduce_wardrobes, split_again
from modiste.data.slots.write import SLOTS_FILE, write_reduction
from modiste.data.wardrobe import Wardrobe, refuse_existing
from modiste.encoders.features import carry_features, joined_vectors
from modiste.errors import Misuse, UnknownName
from modiste.jobs.progress import progress

BLOCKS = ("image", "text", "colour")
LEAKS = (
    "Augmented before a random split, as published: every held-out outfit has near-copies in "
    "training, so that what is measured here says nothing but how much that leak is worth."
)


@dataclass(frozen=True, kw_only=True)
class Slotted:
    """A wardrobe reduced to slots."""

    wardrobe: Wardrobe
    counts: SlotCounts
    augmented: Augmented | None
    features: Mapping[str, str]
    """Block -> encoder, for the features that were carried over."""

    @property
    def next_step(self) -> str:
        """What to run next."""
        if self.features:
            return f"modiste train {self.wardrobe.root} --out RUN"
        return f"modiste embed {self.wardrobe.root}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "wardrobe": str(self.wardrobe.root),
            "slots": list(self.wardrobe.info.extra["slots"]),
            "rows_file": str(self.wardrobe.root / SLOTS_FILE),
            "counts": self.counts.to_json(),
            "augmented": None if self.augmented is None else self.augmented.to_json(),
            "splits": dict(self.wardrobe.outfits["split"].value_counts().sort("split").rows()),
            "features": dict(self.features),
            "notes": list(self.wardrobe.info.notes),
            "content_hash": self.wardrobe.content_hash,
            "next": self.next_step,
        }


def reduce_to_slots(
    wardrobes: Sequence[Path],
    out: Path,
    *,
    slots: str,
    mapping: Iterable[str] = (),
    augmentation: AugmentSettings | None = None,
    augment_by: str = "image",
    resplit: int | None = None,
    replace: bool = False,
) -> Slotted:
    """Make a wardrobe of one item a slot, and its list of what goes together and what does not.

    Args:
        wardrobes: one, or several of one catalogue.
        out: the folder of the new one.
        slots: `shoes,tops,...`.
        mapping: `OLD=NEW`, as of `--map`.
        augmentation: how outfits are varied; None: not at all.
        augment_by: block of features that neighbours are found by.
        resplit: seed of a new split, near-duplicates together; None: the splits stay.
        replace: write over a wardrobe that stands at `out`.

    Raises:
        ModisteError: see the parts.
    """
    if augment_by not in BLOCKS:
        raise UnknownName("block of features", augment_by, BLOCKS)
    if not wardrobes:
        raise Misuse("No wardrobe is given to reduce.")
    plan = parse_plan(slots, mapping)
    refuse_existing(out, replace=replace)
    sources = [Wardrobe(root) for root in wardrobes]
    reduction = reduce_wardrobes(sources, plan)
    if resplit is not None:
        reduction = split_again(reduction, seed=resplit)
    augmented = None
    if augmentation is not None:
        augmented = _augmented(reduction, sources, augmentation, augment_by)
        reduction = _with_variants(reduction, augmented, augmentation)
    with progress("photographs") as report:
        made = write_reduction(
            out,
            reduction,
            sources,
            facts=_facts(augmentation, augment_by),
            replace=replace,
            progress=report,
        )
    with made.writing():
        features = carry_features(sources, made)
    return Slotted(
        wardrobe=made,
        counts=reduction.counts,
        augmented=augmented,
        features={str(kind): name for kind, name in features.items()},
    )


def _augmented(
    reduction: Reduction, sources: Sequence[Wardrobe], settings: AugmentSettings, block: str
) -> Augmented:
    ids = [item.id for item in reduction.items]
    vectors, present = joined_vectors(sources, ids, block)
    return augment(reduction.outfits, reduction.items, vectors, present, settings)


def _with_variants(
    reduction: Reduction, augmented: Augmented, settings: AugmentSettings
) -> Reduction:
    if settings.order == "published":  # the outfits are dealt anew: no question fits its split
        return dataclasses.replace(
            reduction, outfits=augmented.outfits, questions={}, notes=(*reduction.notes, LEAKS)
        )
    return dataclasses.replace(reduction, outfits=augmented.outfits)


def _facts(settings: AugmentSettings | None, block: str) -> dict[str, Any]:
    """For `wardrobe.toml`."""
    if settings is None:
        return {}
    return {
        "augment": {"neighbours": settings.neighbours, "by": block, "order": settings.order}
        | ({"seed": settings.seed} if settings.order == "published" else {})
    }


def export(
    wardrobe: Path, out: Path, *, used: bool = False, seed: int = 0, replace: bool = False
) -> ImageFolders:
    """Export photographs as folders of splits and categories.

    Raises:
        ModisteError: as of `data.image_folders.export_image_folders`.
    """
    with progress("photographs") as report:
        return export_image_folders(
            Wardrobe(wardrobe), out, used=used, seed=seed, replace=replace, progress=report
        )

"""A wardrobe as a run sees it."""

from __future__ import annotations

from collections.abc import Mapping

from modiste.data.batches import ItemTable
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.blocks import Block, block_of, item_table
from modiste.training.run import RunSpec


def table_of(wardrobe: Wardrobe, spec: RunSpec, counts: Mapping[str, int]) -> ItemTable:
    """The items of a wardrobe with the features, in the categories, that a run knows.

    Args:
        wardrobe: with the features of the run's encoders.
        spec: of the run.
        counts: item id -> how often it is worn in the run's training outfits.

    Raises:
        FeatureError: the wardrobe lacks the features of one of the run's encoders.
    """
    return item_table(wardrobe, blocks=spec_blocks(spec), vocabulary=spec.vocabulary, counts=counts)


def spec_blocks(spec: RunSpec) -> list[Block]:
    """The feature blocks that a run reads, in order."""
    return [block_of(name, spec.encoders[name]) for name in spec.blocks]

"""The members of a fused run, each with what of the catalogue it sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from modiste.data.batches import ItemTable
from modiste.encoders.blocks import Block
from modiste.models.base import OutfitModel
from modiste.models.fusion import Fusion


def members_of(
    fusion: Fusion, blocks: Sequence[Block], table: ItemTable
) -> Iterator[tuple[OutfitModel, list[Block], ItemTable]]:
    """Every member with its blocks and the catalogue as it sees it.

    Args:
        fusion: the model of a fused run.
        blocks: of that run.
        table: the catalogue as that run sees it.
    """
    ends = accumulate(block.dim for block in blocks)
    starts = {end - block.dim: block for block, end in zip(blocks, ends, strict=True)}
    for terms, member in fusion.pairs():
        columns = np.concatenate([np.arange(first, end) for first, end in terms.columns])
        own = [starts[column] for column in columns.tolist() if column in starts]
        seen = table.features[:, np.append(columns, table.features.shape[1] - 1)]
        yield member, own, replace(table, features=seen)

"""The feature blocks of several models, joined so that each is there once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TypeAlias

from modiste.encoders.blocks import Block

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Columns: the first, and the one after the last, of each stretch."""


def unite(models: Sequence[Sequence[Block]]) -> tuple[list[Block], list[Ranges]]:
    """Join the blocks of several models.

    A block is the same in two models if the same encoder made it. Blocks of one kind by
    different encoders get names of their own: `image`, `image@2`. Words stay behind vectors.

    Args:
        models: the blocks that each model reads, in its order.

    Returns:
        The joined blocks, and for each model the columns where its own lie, in its order.
    """
    distinct = list(dict.fromkeys(_unnamed(block) for blocks in models for block in blocks))
    distinct.sort(key=lambda block: block.kind == "words")  # stable
    ends = list(accumulate(block.dim for block in distinct))
    place = {b: (end - b.dim, end) for b, end in zip(distinct, ends, strict=True)}
    columns = [_merged([place[_unnamed(block)] for block in blocks]) for blocks in models]
    return _named(distinct), columns


def _unnamed(block: Block) -> Block:
    """The block by what made it, whatever it is called in its run."""
    return replace(block, name=block.kind)


def _named(blocks: Sequence[Block]) -> list[Block]:
    seen: dict[str, int] = {}
    named = []
    for block in blocks:
        number = seen[block.kind] = seen.get(block.kind, 0) + 1
        named.append(replace(block, name=block.kind if number == 1 else f"{block.kind}@{number}"))
    return named


def _merged(ranges: Sequence[tuple[int, int]]) -> Ranges:
    """The same columns in the same order, in as few stretches as can be."""
    merged: list[tuple[int, int]] = []
    for first, end in ranges:
        if merged and merged[-1][1] == first:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((first, end))
    return tuple(merged)

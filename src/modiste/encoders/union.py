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
    different encoders get names of their own: `image`, `image@2`. Numbers of words and of
    items stay behind vectors.

    Args:
        models: the blocks that each model reads, in its order.

    Returns:
        The joined blocks, and for each model the columns where its own lie, in its order.
    """
    first = {_maker(b): b for blocks in reversed(models) for b in reversed(blocks)}
    makers = list(dict.fromkeys(_maker(block) for blocks in models for block in blocks))
    makers.sort(key=lambda maker: not maker.shown)  # stable
    ends = list(accumulate(maker.dim for maker in makers))
    place = {maker: (end - maker.dim, end) for maker, end in zip(makers, ends, strict=True)}
    columns = [_merged([place[_maker(block)] for block in blocks]) for blocks in models]
    return _named([first[maker] for maker in makers]), columns


def same_maker(block: Block, other: Block) -> bool:
    """Whether two blocks, whatever they are called, have the same values."""
    return _maker(block) == _maker(other)


def _maker(block: Block) -> Block:
    """The block by its kind and fingerprint; an encoder may be known by several names."""
    return replace(block, name=block.kind, encoder="")


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

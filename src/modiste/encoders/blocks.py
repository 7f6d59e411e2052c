"""Feature blocks side by side: what a model reads of every item.

image       vectors of the photographs (an image encoder)
text        vectors of the titles (a text encoder)
colour      what colours the garment has (`colour.py`)
words       numbers of the known words of the title (`words.py`), for models that learn words
item        number of the item among those that the run knows, for models that learn items
popularity  log of how often the item is worn in training outfits, plus a half; always last

Where a run reads two blocks of a kind, the second is called `image@2`, and so on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np

from modiste.arrays import Floats
from modiste.data.batches import ItemTable, category_index
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.features import current_features, open_features
from modiste.encoders.words import Words
from modiste.errors import FeatureError

NAMES = ("image", "text", "colour")
UNSEEN = 0.5
"""What is added to a count before its logarithm: an item never worn is half as likely as one
worn once."""


@dataclass(frozen=True)
class Block:
    """One stretch of the feature vector and the encoder that made it."""

    name: str
    encoder: str
    fingerprint: str
    dim: int
    words: Words | None = None
    """The known words, of a `words` block alone, which no encoder makes."""

    @property
    def shown(self) -> bool:
        """Whether an encoder made it, of what the item shows; else it is made of numbers."""
        return self.kind in NAMES

    @property
    def kind(self) -> str:
        """What it shows, one of `NAMES`: the name but for a number behind it."""
        return self.name.partition("@")[0]


def model_blocks(wardrobe: Wardrobe) -> list[Block]:
    """The blocks that a wardrobe has current features for, in the order of `NAMES`.

    Raises:
        FeatureError: it has none.
    """
    current = current_features(wardrobe)
    found = [
        Block(name, features.encoder, features.fingerprint, features.dim)
        for name in NAMES
        if (features := current.get(name)) is not None
    ]
    if not found:
        raise FeatureError(
            f"{wardrobe.root} has no features; run `modiste embed {wardrobe.root}` first."
        )
    return found


def words_block(wardrobe: Wardrobe, words: Words) -> Block:
    """The block of these words, as wide as the longest title of a wardrobe needs."""
    columns = words.columns(wardrobe.items["title"])
    return Block("words", words.tokenise, words.fingerprint, columns, words)


def item_block(worn: Iterable[str]) -> Block:
    """The block of item numbers, of a run that knows the items of these ids."""
    digest = hashlib.sha256("\n".join(sorted(worn)).encode()).hexdigest()
    return Block("item", "worn", digest[:16], 1)


def block_facts(block: Block) -> dict[str, Any]:
    """A block as plain values for a TOML file; `block_of` reads them back."""
    facts: dict[str, Any] = {
        "name": block.encoder,
        "fingerprint": block.fingerprint,
        "dim": block.dim,
    }
    return facts if block.words is None else facts | {"words": list(block.words.vocabulary)}


def block_of(name: str, facts: Mapping[str, Any]) -> Block:
    """The block that `block_facts` gave these facts of."""
    words = Words(tuple(facts["words"]), facts["name"]) if "words" in facts else None
    return Block(name, facts["name"], facts["fingerprint"], int(facts["dim"]), words)


def item_table(
    wardrobe: Wardrobe,
    *,
    blocks: Sequence[Block],
    vocabulary: Sequence[str],
    counts: Mapping[str, int],
) -> ItemTable:
    """The items of a wardrobe with these blocks joined, and their log frequency last.

    An item without a photograph or a title has the mean of the others there: no opinion.

    Args:
        wardrobe: with features of every block's encoder.
        blocks: in the order in which they are joined.
        vocabulary: the fine categories that count; others are unknown (0).
        counts: item id -> times worn in training outfits.

    Raises:
        FeatureError: features of a block are missing or damaged.
    """
    parts = [
        item_numbers(wardrobe.items["id"], counts)
        if block.kind == "item"
        else block_values(wardrobe, block)
        for block in blocks
    ]
    worn = np.array([counts.get(item_id, 0) for item_id in wardrobe.items["id"]])
    frequency = np.log(worn + UNSEEN).astype(np.float32)[:, None]
    return ItemTable(
        ids=tuple(wardrobe.items["id"]),
        features=np.concatenate([*parts, frequency], axis=1),
        category=category_index(wardrobe.items["fine"].to_list(), vocabulary),
        vocabulary=tuple(vocabulary),
    )


def item_numbers(ids: Iterable[str], known: Iterable[str]) -> Floats:
    """(M, 1) float32 place of every item among the known ones, sorted, from 1; 0 where unknown."""
    place = {item_id: number for number, item_id in enumerate(sorted(known), start=1)}
    return np.array([[place.get(item_id, 0)] for item_id in ids], dtype=np.float32)


def block_values(wardrobe: Wardrobe, block: Block) -> Floats:
    """(M, dim) float32 of one block; rows without a value take the mean of the others."""
    if block.words is not None:
        return block.words.indices(wardrobe.items["title"].to_list(), block.dim)
    option = "" if block.kind == "colour" else f" --{block.kind} '{block.encoder}'"
    features = open_features(wardrobe, block.fingerprint, option)
    values = (
        unit_length(np.array(features.matrix, dtype=np.float32))
        if block.kind != "colour"
        else (np.array(features.matrix, dtype=np.float32))
    )
    lacking = ~features.present
    if lacking.any():
        values[lacking] = values[features.present].mean(axis=0) if features.present.any() else 0.0
    return values


def without_frequency(table: ItemTable) -> ItemTable:
    """The same table, in which every item is worn equally often."""
    features = table.features.copy()
    features[:, -1] = 0.0
    return replace(table, features=features)


def new_item(blocks: Sequence[Block], vectors: Mapping[str, Floats], usual: Floats) -> Floats:
    """(D,) features of an item that is in no catalogue, made like a row of `item_table`.

    Args:
        blocks: of the run.
        vectors: block name -> (dim,) vector as the block's encoder gives it.
        usual: (D,) what stands where there is no vector: the catalogue's mean row.
    """
    row, at = usual.copy(), 0
    for block in blocks:
        if not block.shown:  # a mean of numbers of words would be some other word
            row[at : at + block.dim] = 0.0
        elif (vector := vectors.get(block.name)) is not None:
            value = vector if block.kind == "colour" else unit_length(vector[None])[0]
            row[at : at + block.dim] = value
        at += block.dim
    row[at] = np.log(UNSEEN)
    return row


def control_blocks(wardrobe: Wardrobe) -> dict[str, Floats | None]:
    """`image` and `text` vectors of every item for the controls; None where there are none."""
    current = current_features(wardrobe)
    return {
        name: None
        if (features := current.get(name)) is None
        else np.where(features.present[:, None], features.matrix, 0).astype(np.float32)
        for name in ("image", "text")
    }


def unit_length(vectors: Floats) -> Floats:
    """(n, D) vectors over their lengths; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = vectors / np.maximum(lengths, 1e-12)
    return scaled


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

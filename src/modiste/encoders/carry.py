"""Features that one wardrobe has, carried over into another that shows the same pictures."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl

from modiste.data.wardrobe import Wardrobe
from modiste.encoders.base import Floats
from modiste.encoders.features import Features, current_features, make_current, open_features
from modiste.encoders.store import KEY, Kind, Store, feature_folder
from modiste.errors import FeatureError

KINDS: tuple[Kind, ...] = ("image", "text", "colour")


def carry_features(sources: Sequence[Wardrobe], target: Wardrobe) -> dict[Kind, str]:
    """Give `target` the vectors of its items that all `sources` have of one encoder.

    Vectors are copied, not linked: what is appended to them later concerns one wardrobe only.

    Args:
        sources: wardrobes of one catalogue, whose items and paths `target` has.
        target: written to; hold its lock.

    Returns:
        Block -> the encoder's name, for the blocks that were carried over.

    Raises:
        FeatureError: features are damaged, or `target` cannot be written.
    """
    every = [current_features(source) for source in sources]
    carried: dict[Kind, str] = {}
    folders: dict[Kind, str] = {}
    for kind in KINDS:
        blocks = [blocks[kind] for blocks in every if kind in blocks]
        if len(blocks) < len(sources) or len({block.fingerprint for block in blocks}) > 1:
            continue
        folders[kind] = _carry(sources, target, kind, blocks[0])
        carried[kind] = blocks[0].encoder
    if folders:
        for source in sources:
            _carry_decision(source.root, target.root)
        make_current(target.root, folders)
    return carried


def joined_vectors(
    sources: Sequence[Wardrobe], ids: Sequence[str], kind: str
) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The vectors of some items of several wardrobes.

    Args:
        sources: each with features of the same encoder.
        ids: whose.
        kind: block: image, text or colour.

    Returns:
        (M, D) float32 in the order of `ids`, zero where there is none, and (M,) whether there is.

    Raises:
        FeatureError: a wardrobe has none of that block, or they are of different encoders.
    """
    every = [current_features(source) for source in sources]
    for source, blocks in zip(sources, every, strict=True):
        if kind not in blocks:
            raise FeatureError(
                f"{source.root} has no {kind} features to find neighbours by; run "
                f"`modiste embed {source.root}` first."
            )
    if len({blocks[kind].fingerprint for blocks in every}) > 1:
        raise FeatureError(
            f"The {kind} features of {', '.join(str(s.root) for s in sources)} are of different "
            "encoders; embed them by one."
        )
    vectors = np.zeros((len(ids), every[0][kind].dim), dtype=np.float32)
    present = np.zeros(len(ids), dtype=np.bool_)
    for source, blocks in zip(sources, every, strict=True):
        rows = np.array([source.rows.get(i, -1) for i in ids], dtype=np.int64)
        new = np.flatnonzero((rows >= 0) & ~present)
        new = new[blocks[kind].present[rows[new]]]
        vectors[new] = blocks[kind].matrix[rows[new]]
        present[new] = True
    return vectors, present


def _carry(sources: Sequence[Wardrobe], target: Wardrobe, kind: Kind, block: Features) -> str:
    """Copy one block; returns the name of its folder."""
    column = "title" if kind == "text" else "image"
    shown = target.items.select("id", now=column).drop_nulls()
    keys: dict[str, tuple[bytes, str]] = {}
    skipped: dict[str, dict[str, str]] = {}
    with closing(Store(target.root, kind, (block.encoder, block.fingerprint, block.dim))) as store:
        for source in sources:
            folder = feature_folder(source.root, block.fingerprint)
            found = open_features(source, block.fingerprint)
            table = pl.read_parquet(folder / "items.parquet", memory_map=False)
            stored = (folder / "keys.bin").read_bytes()
            table = table.join(shown, on="id", how="inner", maintain_order="right")
            table = table.filter(pl.col("source") == pl.col("now"))
            mine = {
                item: (stored[row * KEY : (row + 1) * KEY], of)
                for item, row, of in table.select("id", "row", "source").iter_rows()
            }
            rows = np.array([source.rows[item] for item in mine], dtype=np.int64)
            if len(rows):
                store.add([key for key, _ in mine.values()], found.matrix[rows])
            keys = mine | keys
            told = json.loads((folder / "skipped.json").read_text("utf-8"))
            skipped |= {entry["id"]: entry for entry in told if entry["id"] in target.rows}
        store.finish(keys, list(skipped.values()), block.facts)
        return store.folder.name


def _carry_decision(source: Path, target: Path) -> None:
    """The int8 network and why it was chosen, so that new pictures go through the same one."""
    for path in (source / "features").glob("int8-*.onnx"):
        shutil.copyfile(path, target / "features" / path.name)
    if (source / "features" / "precision.toml").is_file():
        shutil.copyfile(source / "features" / "precision.toml", target / "features/precision.toml")


__all__ = ["carry_features", "joined_vectors"]

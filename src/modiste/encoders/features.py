"""Vectors on disk: encoded once, memory-mapped, aligned with a wardrobe's items.

W/features/current.toml          block (image, text, colour) -> the folder in use
W/features/<fingerprint[:16]>/
    encoder.toml                 kind, encoder, fingerprint, dim, and what was measured
    vectors.f32, keys.bin, sums.bin   the vectors (see `store.py`)
    items.parquet                id, row and source (file or text) of every item with a vector
    skipped.json                 items whose picture could not be read, and why
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import tomli_w

from modiste.arrays import Bools, Floats
from modiste.data.atomic import write_text
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.store import KEY, Kind, Store, feature_folder
from modiste.errors import FeatureError


@dataclass(frozen=True)
class Features:
    """The vectors of one encoder, aligned with a wardrobe's items.

    Args:
        encoder: the encoder's name.
        fingerprint: of the encoder.
        dim: length of a vector.
        matrix: (M, dim) float32, memory-mapped where rows are in item order; zero where absent.
        present: (M,) bool, whether the item has a vector.
        facts: what was noted when they were made.
    """

    encoder: str
    fingerprint: str
    dim: int
    matrix: Floats
    present: Bools
    facts: Mapping[str, Any] = field(default_factory=dict)


def current_features(wardrobe: Wardrobe) -> dict[str, Features]:
    """Block name -> the features embedded last for it; empty where there are none.

    Raises:
        FeatureError: features are damaged, or of another state of the wardrobe.
    """
    return {
        kind: _open(wardrobe, wardrobe.root / "features" / folder)
        for kind, folder in _current(wardrobe.root).items()
    }


def open_features(wardrobe: Wardrobe, fingerprint: str, option: str = "") -> Features:
    """The features that the encoder of this fingerprint made.

    Args:
        wardrobe: whose items.
        fingerprint: of the encoder.
        option: how `modiste embed` is told of the encoder, for what an error says.

    Raises:
        FeatureError: there are none, they are damaged, or of another state of the wardrobe.
    """
    folder = feature_folder(wardrobe.root, fingerprint)
    if not (folder / "items.parquet").is_file():
        raise FeatureError(
            f"{wardrobe.root} has no features of the encoder {fingerprint[:16]}; run "
            f"`modiste embed {wardrobe.root}{option}` with the encoder that the run was trained "
            "with."
        )
    found = _open(wardrobe, folder)
    if found.fingerprint != fingerprint:
        raise FeatureError(f"{folder} belongs to another encoder; delete it and embed again.")
    return found


def make_current(root: Path, folders: Mapping[Kind, str]) -> None:
    """Say which features models are trained on from now on; other blocks stay as they are."""
    write_text(root / "features" / "current.toml", tomli_w.dumps(_current(root) | dict(folders)))


def _open(wardrobe: Wardrobe, folder: Path) -> Features:
    again = f"run `modiste embed {wardrobe.root}` again"
    try:
        facts = tomllib.loads((folder / "encoder.toml").read_text("utf-8"))
        kind, dim, name = str(facts["kind"]), int(facts["dim"]), str(facts["encoder"])
        fingerprint = str(facts["fingerprint"])
        if kind == "image" and name != "lite0":
            again = f"run `modiste embed {wardrobe.root} --image '{name}'` again"
        table = pl.read_parquet(folder / "items.parquet", memory_map=False)
        skipped = {
            entry["id"] for entry in json.loads((folder / "skipped.json").read_text("utf-8"))
        }
        least = max((folder / "keys.bin").stat().st_size // KEY, int(table["row"].max() or -1) + 1)  # type: ignore[arg-type]
        stored = _stored(folder / "vectors.f32", dim)
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise FeatureError(f"The features in {folder} are missing or damaged; {again}.") from error
    if len(stored) < least:
        raise FeatureError(
            f"{folder / 'vectors.f32'} is cut short: {len(stored)} of {least} vectors; {again}."
        )
    if stale := _stale(wardrobe, kind, table, skipped):
        raise FeatureError(
            f"{stale:,} items of {wardrobe.root} are new or changed since the features of {name} "
            f"were made; {again}."
        )
    matrix, present = _aligned(wardrobe, table, stored)
    return Features(name, fingerprint, dim, matrix, present, facts.get("facts", {}))


def _stored(path: Path, dim: int) -> Floats:
    """(n, dim) float32, memory-mapped; a vector that was not written to its end is left out."""
    count = path.stat().st_size // (dim * 4)
    if count == 0:
        return np.zeros((0, dim), dtype=np.float32)
    return np.memmap(path, dtype="<f4", mode="r", shape=(count, dim))


def _stale(wardrobe: Wardrobe, kind: str, table: pl.DataFrame, skipped: set[str]) -> int:
    """Items whose picture or title has no vector and is not known to be unreadable."""
    column = "title" if kind == "text" else "image"
    given = wardrobe.items.select("id", pl.col(column).alias("now")).drop_nulls("now")
    given = given.filter(pl.col("now").str.strip_chars() != "", ~pl.col("id").is_in(skipped))
    if "source" not in table.columns:  # written before sources were
        table = table.with_columns(source=pl.lit(None, dtype=pl.String))
    joined = given.join(table, on="id", how="left", maintain_order="left")
    changed = pl.col("source").is_not_null() & (pl.col("source") != pl.col("now"))
    return joined.filter(pl.col("row").is_null() | changed).height


def _aligned(wardrobe: Wardrobe, table: pl.DataFrame, stored: Floats) -> tuple[Floats, Bools]:
    """Stored rows in the order of the wardrobe's items; zero rows where there is none."""
    joined = wardrobe.items.select("id").join(table, on="id", how="left", maintain_order="left")
    rows = joined["row"].fill_null(-1).to_numpy()
    present = rows >= 0
    if present.all() and np.array_equal(rows, np.arange(len(rows))):
        return stored[: len(rows)], present
    matrix = np.zeros((len(rows), stored.shape[1]), dtype=np.float32)
    matrix[present] = stored[rows[present]]
    return matrix, present


def _current(root: Path) -> dict[str, str]:
    path = root / "features" / "current.toml"
    try:
        return dict(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise FeatureError(f"{path} is damaged; run `modiste embed {root}` again.") from error


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
        make_current(target.root, folders)
    return carried


def joined_vectors(
    sources: Sequence[Wardrobe], ids: Sequence[str], kind: str
) -> tuple[Floats, Bools]:
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

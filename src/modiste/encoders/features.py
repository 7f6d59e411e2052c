"""Vectors on disk: encoded once, appended safely, memory-mapped.

    W/features/current.toml          block (image, text, colour) -> the folder in use
    W/features/<fingerprint[:16]>/
        encoder.toml                 kind, encoder, fingerprint, dim, and what was measured
        vectors.f32                  float32, a row for each distinct picture or text, as they came
        keys.bin                     32 bytes a row: SHA-256 of the picture's file or of the text
        items.parquet                id and row of every item that has a vector
        skipped.json                 items whose picture could not be read, and why

A row counts once its key is written, after its vector: a process killed in between leaves a
longer `vectors.f32`, which the next one cuts back. Vectors fewer than keys mean a damaged file.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
import tomli_w

from modiste.data.atomic import write_text
from modiste.data.wardrobe import Wardrobe, write_table
from modiste.encoders.base import Floats
from modiste.errors import FeatureError, ModisteError

Kind: TypeAlias = Literal["image", "text", "colour"]
KEY = 32
"""Bytes of a key."""


@dataclass(frozen=True)
class Features:
    """The vectors of one encoder, aligned with a wardrobe's items.

    Args:
        encoder: the encoder's name.
        fingerprint: of the encoder.
        dim: length of a vector.
        matrix: (M, dim) float32, memory-mapped where rows are in item order; zero where absent.
        present: (M,) bool, whether the item has a vector.
        facts: what was measured when they were made (precision, agreement ...).
    """

    encoder: str
    fingerprint: str
    dim: int
    matrix: Floats
    present: npt.NDArray[np.bool_]
    facts: Mapping[str, Any] = field(default_factory=dict)


def current_features(wardrobe: Wardrobe) -> dict[str, Features]:
    """Block name -> the features embedded last for it; empty where there are none.

    Raises:
        FeatureError: features are damaged.
    """
    return {
        kind: _open(wardrobe, wardrobe.root / "features" / folder)
        for kind, folder in _current(wardrobe.root).items()
    }


def open_features(wardrobe: Wardrobe, fingerprint: str) -> Features:
    """The features that the encoder of this fingerprint made.

    Raises:
        FeatureError: there are none, or they are damaged.
    """
    folder = feature_folder(wardrobe.root, fingerprint)
    if not (folder / "items.parquet").is_file():
        raise FeatureError(
            f"{wardrobe.root} has no features of the encoder {fingerprint[:16]}; run "
            f"`modiste embed {wardrobe.root}` with the encoder that the run was trained with."
        )
    found = _open(wardrobe, folder)
    if found.fingerprint != fingerprint:
        raise FeatureError(f"{folder} belongs to another encoder; delete it and embed again.")
    return found


def feature_folder(root: Path, fingerprint: str) -> Path:
    """Where the features of an encoder are kept."""
    return root / "features" / fingerprint[:16]


def make_current(root: Path, folders: Mapping[Kind, str]) -> None:
    """Say which features models are trained on from now on; other blocks stay as they are."""
    write_text(root / "features" / "current.toml", tomli_w.dumps(_current(root) | dict(folders)))


class Store:
    """One encoder's vectors, open for adding; hold the wardrobe's lock meanwhile.

    Args:
        root: the wardrobe's folder.
        kind: which block they are.
        encoder: name, fingerprint and dim.
    """

    def __init__(self, root: Path, kind: Kind, encoder: tuple[str, str, int]) -> None:
        self.kind = kind
        self.name, self.fingerprint, self.dim = encoder
        self.folder = feature_folder(root, self.fingerprint)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._vectors, self._keys = (
                _appendable(self.folder / name) for name in ("vectors.f32", "keys.bin")
            )
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        self.rows = self._kept_rows()

    def add(self, keys: Sequence[bytes], vectors: Floats) -> None:
        """Append vectors; they count from here on, whatever happens to the process.

        Raises:
            ModisteError: the disk is full; what was added before stays.
        """
        fresh = list({key: i for i, key in enumerate(keys) if key not in self.rows}.values())
        try:
            self._vectors.write(np.ascontiguousarray(vectors[fresh], dtype="<f4").tobytes())
            self._vectors.flush()
            self._keys.write(b"".join(keys[i] for i in fresh))
            self._keys.flush()
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        for i in fresh:
            self.rows.setdefault(keys[i], len(self.rows))

    def finish(
        self,
        keys: Mapping[str, bytes],
        skipped: Sequence[Mapping[str, str]],
        facts: Mapping[str, Any],
    ) -> None:
        """Write which item has which row, what was skipped, and what was measured."""
        for file in (self._vectors, self._keys):
            os.fsync(file.fileno())
        self.close()
        known = {item: self.rows[key] for item, key in keys.items() if key in self.rows}
        table = pl.DataFrame(
            {"id": list(known), "row": list(known.values())},
            schema={"id": pl.String, "row": pl.Int64},
        )
        toml = {
            "kind": self.kind,
            "encoder": self.name,
            "fingerprint": self.fingerprint,
            "dim": self.dim,
            "facts": dict(facts),
        }
        write_text(self.folder / "encoder.toml", tomli_w.dumps(toml))
        write_text(self.folder / "skipped.json", json.dumps(list(skipped), indent=1) + "\n")
        write_table(table, self.folder / "items.parquet")

    def close(self) -> None:
        """Let go of the files."""
        self._vectors.close()
        self._keys.close()

    @cached_property
    def _row_bytes(self) -> int:
        return self.dim * 4

    def _kept_rows(self) -> dict[bytes, int]:
        """Key -> row of all that was written whole; the rest is cut off."""
        sizes = [os.fstat(file.fileno()).st_size for file in (self._keys, self._vectors)]
        count = min(sizes[0] // KEY, sizes[1] // self._row_bytes)
        self._keys.truncate(count * KEY)
        self._vectors.truncate(count * self._row_bytes)
        self._keys.seek(0)
        raw = self._keys.read()
        for file in (self._keys, self._vectors):
            file.seek(0, os.SEEK_END)
        return {raw[at : at + KEY]: at // KEY for at in range(0, len(raw), KEY)}


def _open(wardrobe: Wardrobe, folder: Path) -> Features:
    again = f"run `modiste embed {wardrobe.root}` again"
    try:
        facts = tomllib.loads((folder / "encoder.toml").read_text("utf-8"))
        dim = int(facts["dim"])
        table = pl.read_parquet(folder / "items.parquet", memory_map=False)
        raw = np.memmap(folder / "vectors.f32", dtype="<f4", mode="r")
        keys = (folder / "keys.bin").stat().st_size // KEY
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError) as error:
        raise FeatureError(f"The features in {folder} are missing or damaged; {again}.") from error
    if len(raw) // dim < max(keys, int(table["row"].max() or -1) + 1):  # type: ignore[arg-type]
        raise FeatureError(
            f"{folder / 'vectors.f32'} is cut short: {len(raw) // dim} of {keys} vectors; {again}."
        )
    matrix, present = _aligned(wardrobe, table, raw[: len(raw) // dim * dim].reshape(-1, dim))
    return Features(
        facts["encoder"], facts["fingerprint"], dim, matrix, present, facts.get("facts", {})
    )


def _aligned(
    wardrobe: Wardrobe, table: pl.DataFrame, stored: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
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


def _appendable(path: Path) -> BinaryIO:
    path.touch()
    return path.open("rb+")


def _unwritable(folder: Path, error: OSError) -> ModisteError:
    return FeatureError(
        f"Cannot write features in {folder} ({error.strerror or error}); free some space or choose "
        "a folder that can be written. What was encoded before is kept."
    )

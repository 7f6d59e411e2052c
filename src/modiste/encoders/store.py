"""Vectors being written: appended, counted only once they are whole, checked before they are used.

    vectors.f32    float32, one row a distinct picture or text, in order of arrival
    keys.bin       32 bytes a row: SHA-256 of the picture's file or of the text
    sums.bin       4 bytes a row: CRC-32 of the vector

A row counts once its key is written, after its vector and sum: a process killed in between leaves
longer files, which the next one cuts back. A row that its sum does not confirm is encoded again.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias

import numpy as np
import polars as pl
import tomli_w

from modiste.arrays import Floats
from modiste.data.atomic import write_text
from modiste.data.wardrobe import write_table
from modiste.errors import FeatureError, ModisteError

Kind: TypeAlias = Literal["image", "text", "colour"]
KEY = 32
"""Bytes of a key."""
SUM = 4
"""Bytes of a sum."""
_FORGOTTEN = bytes(KEY)  # the key of a row whose vector is damaged


class Store:
    """One encoder's vectors, open for adding; hold the wardrobe's lock meanwhile.

    Args:
        root: the wardrobe's folder.
        kind: which block they are.
        encoder: name, fingerprint and dim.

    Raises:
        FeatureError: the folder cannot be written.
    """

    def __init__(self, root: Path, kind: Kind, encoder: tuple[str, str, int]) -> None:
        self.kind = kind
        self.name, self.fingerprint, self.dim = encoder
        self.folder = feature_folder(root, self.fingerprint)
        self.damaged = 0
        """Vectors found damaged on opening, to be made again."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._vectors, self._sums, self._keys = (
                _appendable(self.folder / name) for name in ("vectors.f32", "sums.bin", "keys.bin")
            )
            self.rows = self._kept_rows()
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def add(self, keys: Sequence[bytes], vectors: Floats) -> None:
        """Append vectors; they count from here on, whatever happens to the process.

        Raises:
            FeatureError: the disk is full; what was added before stays.
        """
        fresh = list({key: i for i, key in enumerate(keys) if key not in self.rows}.values())
        values = np.ascontiguousarray(vectors[fresh], dtype="<f4")
        sums = [zlib.crc32(row.tobytes()) for row in values]
        try:
            self._append(self._vectors, values.tobytes())
            self._append(self._sums, np.array(sums, dtype="<u4").tobytes())
            self._append(self._keys, b"".join(keys[i] for i in fresh))
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        for i in fresh:
            self.rows[keys[i]] = self._count
            self._count += 1

    def count_of(self, keys: Iterable[bytes]) -> int:
        """How many of these have a vector."""
        return sum(key in self.rows for key in keys)

    def finish(
        self,
        keys: Mapping[str, tuple[bytes, str]],
        skipped: Sequence[Mapping[str, str]],
        facts: Mapping[str, Any],
    ) -> None:
        """Write which item has which row, what was skipped, and what was measured.

        Args:
            keys: item id -> key, and what it is of: the path of the picture, or the text.
            skipped: id, file and reason of items whose picture cannot be read.
            facts: for `encoder.toml`.
        """
        try:
            for file in (self._vectors, self._sums, self._keys):
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        finally:
            self.close()
        known = [(i, self.rows[key], of) for i, (key, of) in keys.items() if key in self.rows]
        schema = {"id": pl.String, "row": pl.Int64, "source": pl.String}
        toml = {
            "kind": self.kind,
            "encoder": self.name,
            "fingerprint": self.fingerprint,
            "dim": self.dim,
            "facts": dict(facts),
        }
        write_text(self.folder / "encoder.toml", tomli_w.dumps(toml))
        write_text(self.folder / "skipped.json", json.dumps(list(skipped), indent=1) + "\n")
        write_table(pl.DataFrame(known, schema=schema, orient="row"), self.folder / "items.parquet")

    def close(self) -> None:
        """Let go of the files."""
        for file in (self._vectors, self._sums, self._keys):
            file.close()

    def _append(self, file: BinaryIO, data: bytes) -> None:
        """Unbuffered, so that what is written is out of the process's hands, or an error."""
        while data:
            data = data[file.write(data) :]

    def _kept_rows(self) -> dict[bytes, int]:
        """Key -> row of every vector that is there and whole; what is beyond is cut off."""
        files = {self._vectors: self.dim * 4, self._keys: KEY}
        count = min(os.fstat(file.fileno()).st_size // size for file, size in files.items())
        self._add_missing_sums(count)
        for file, size in (files | {self._sums: SUM}).items():
            file.truncate(count * size)
            file.seek(0, os.SEEK_END)
        self._count = count
        keys = (self.folder / "keys.bin").read_bytes()
        rows = {keys[row * KEY : row * KEY + KEY]: row for row in range(count)}
        rows.pop(_FORGOTTEN, None)
        for row in self._damaged_rows(count):
            key = keys[row * KEY : row * KEY + KEY]
            if rows.pop(key, None) is not None:
                self._forget(row)
        return rows

    def _damaged_rows(self, count: int) -> list[int]:
        sums = np.fromfile(self.folder / "sums.bin", dtype="<u4")
        size = self.dim * 4
        with (self.folder / "vectors.f32").open("rb") as file:
            found = [row for row in range(count) if zlib.crc32(file.read(size)) != sums[row]]
        return found

    def _forget(self, row: int) -> None:
        self._keys.seek(row * KEY)
        self._append(self._keys, _FORGOTTEN)
        self._keys.seek(0, os.SEEK_END)
        self.damaged += 1

    def _add_missing_sums(self, count: int) -> None:
        """For rows written before there were sums, or between a vector and its sum."""
        have = os.fstat(self._sums.fileno()).st_size // SUM
        size = self.dim * 4
        self._sums.truncate(have * SUM)
        self._sums.seek(0, os.SEEK_END)
        with (self.folder / "vectors.f32").open("rb") as file:
            file.seek(have * size)
            sums = [zlib.crc32(file.read(size)) for _ in range(have, count)]
        self._append(self._sums, np.array(sums, dtype="<u4").tobytes())


def feature_folder(root: Path, fingerprint: str) -> Path:
    """Where the features of an encoder are kept."""
    return root / "features" / fingerprint[:16]


def _appendable(path: Path) -> BinaryIO:
    path.touch()
    return path.open("rb+", buffering=0)


def _unwritable(folder: Path, error: OSError) -> ModisteError:
    return FeatureError(
        f"Cannot write features in {folder} ({error.strerror or error}); free some space or "
        "choose a folder that can be written. What was encoded before is kept."
    )

"""Vectors on disk through kills, damage and a full disk."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from modiste.arrays import Floats
from modiste.encoders.store import KEY, Store
from modiste.errors import FeatureError

MADE_BY = ("tiny", "a" * 64, 3)


def key(n: int) -> bytes:
    return bytes([n + 1]) * KEY


def vectors(*rows: int) -> Floats:
    return np.array([[row, row * 2, row * 3] for row in rows], dtype=np.float32)


def fill(root: Path, *rows: int) -> None:
    store = Store(root, "image", MADE_BY)
    store.add([key(row) for row in rows], vectors(*rows))
    store.close()


def read(root: Path) -> dict[int, list[float]]:
    store = Store(root, "image", MADE_BY)
    store.close()
    stored = np.fromfile(store.folder / "vectors.f32", dtype="<f4").reshape(-1, 3)
    return {k[0] - 1: stored[row].tolist() for k, row in store.rows.items()}


def test_what_was_added_is_there_and_added_once(tmp_path: Path) -> None:
    fill(tmp_path, 0, 1, 1, 2)
    fill(tmp_path, 2, 3)
    assert read(tmp_path) == {n: [n, n * 2, n * 3] for n in range(4)}


@pytest.mark.parametrize("name", ["vectors.f32", "sums.bin", "keys.bin"])
@pytest.mark.parametrize("cut", [1, 5, 13, 40])
def test_a_file_cut_anywhere_loses_rows_at_the_end_only(
    tmp_path: Path, name: str, cut: int
) -> None:
    fill(tmp_path, *range(6))
    (folder,) = (tmp_path / "features").iterdir()
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: max(len(data) - cut, 0)])
    found = read(tmp_path)
    assert list(found) == list(range(len(found)))
    fill(tmp_path, *range(8))
    assert read(tmp_path) == {n: [n, n * 2, n * 3] for n in range(8)}


def test_a_damaged_vector_is_forgotten_and_can_be_made_again(tmp_path: Path) -> None:
    fill(tmp_path, *range(5))
    (folder,) = (tmp_path / "features").iterdir()
    data = bytearray((folder / "vectors.f32").read_bytes())
    data[2 * 12 + 5] ^= 0xFF
    (folder / "vectors.f32").write_bytes(bytes(data))
    store = Store(tmp_path, "image", MADE_BY)
    assert store.damaged == 1 and key(2) not in store.rows
    store.add([key(2)], vectors(2))
    store.close()
    assert read(tmp_path)[2] == [2, 4, 6]
    again = Store(tmp_path, "image", MADE_BY)
    again.close()
    assert again.damaged == 0


@contextmanager
def small_disk() -> Iterator[None]:
    """No file may grow beyond 100 bytes: what a full disk does, without one.

    Around a call alone: pytest's own output may go to a file, which is larger.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limits")
def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    fill(tmp_path, 0, 1)
    store = Store(tmp_path, "image", MADE_BY)
    full = pytest.raises(FeatureError, match=r"Cannot write .* free some space")
    with small_disk(), full:
        store.add([key(n) for n in range(2, 20)], vectors(*range(2, 20)))
    store.close()
    assert read(tmp_path) == {0: [0, 0, 0], 1: [1, 2, 3]}


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "features").write_text("in the way")
    with pytest.raises(FeatureError, match="Cannot write features in"):
        Store(tmp_path, "image", MADE_BY)

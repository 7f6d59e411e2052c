"""Photographs kept in memory: by bytes, the least recently asked for go first."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modiste.serving.photographs.thumbnails import Thumbnails, make


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Four photographs of noise; their thumbnails take some kilobytes each."""
    rng = np.random.default_rng(0)
    found = [tmp_path / f"{number}.png" for number in range(4)]
    for path in found:
        Image.fromarray(rng.integers(0, 255, (96, 96, 3), dtype=np.uint8)).save(path)
    return found


def test_those_asked_for_last_stay(paths: list[Path]) -> None:
    sizes = [len(make(path, 96, cut=False).data) for path in paths]
    kept = Thumbnails(sum(sizes) - 1)
    for path in (*paths[:3], paths[0], paths[3]):
        kept.get(path, 96, False)
    assert [kept.kept(path, 96, cut=False) is not None for path in paths] == [
        True,
        False,
        True,
        True,
    ]


def test_a_photograph_larger_than_the_memory_is_shown_and_moves_nothing(paths: list[Path]) -> None:
    small, large = make(paths[0], 48, cut=False), make(paths[1], 96, cut=False)
    kept = Thumbnails(len(large.data) - 1)
    kept.get(paths[0], 48, False)
    assert kept.get(paths[1], 96, False) == large
    assert kept.kept(paths[1], 96, cut=False) is None
    assert kept.kept(paths[0], 48, cut=False) == small


def test_a_photograph_that_changed_is_made_again(paths: list[Path]) -> None:
    kept = Thumbnails(10**6)
    before = kept.get(paths[0], 96, False)
    paths[0].write_bytes(paths[1].read_bytes() + b"\0")
    assert kept.get(paths[0], 96, False) != before


def test_many_threads_share_it(paths: list[Path]) -> None:
    most = 2 * len(make(paths[0], 96, cut=False).data)
    kept = Thumbnails(most)
    told: list[bool] = []

    def ask() -> None:
        for turn in range(40):
            path = paths[turn % 4]
            told.append(kept.get(path, 48, False).tag == expected[path])

    expected = {path: make(path, 48, cut=False).tag for path in paths}
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [True] * 160

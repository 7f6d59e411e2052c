"""Parts of the PostgreSQL store that need no server."""

from __future__ import annotations

import numpy as np

from modiste.catalogue.postgres.database import Keys, KeysDumper
from modiste.catalogue.postgres.snapshot import KeptRows


def _numbers(keys: list[int]) -> dict[int, bytes]:
    return {key: np.full(4, key, dtype=np.float32).tobytes() for key in keys}


def test_rows_are_fetched_once_and_memory_is_bounded() -> None:
    asked: list[int] = []

    def fetch(keys: list[int]) -> dict[int, bytes]:
        asked.extend(keys)
        return _numbers(keys)

    kept = KeptRows(limit=20 * 16)  # twenty rows
    found = kept.rows(np.array([3, 1, 3]), 4, fetch)
    assert found.tolist() == [[3.0] * 4, [1.0] * 4, [3.0] * 4]
    assert sorted(asked) == [1, 3]
    kept.rows(np.array([1, 2]), 4, fetch)
    assert sorted(asked) == [1, 2, 3]
    for key in range(100, 130):
        kept.rows(np.array([key, 1]), 4, fetch)  # 1 is asked for each time, so it stays
    assert asked.count(1) == 1
    kept.rows(np.array([2]), 4, fetch)
    assert asked.count(2) == 2
    assert kept._kept.currsize <= 20 * 16


def test_who_reads_everything_does_not_push_out_what_is_used() -> None:
    kept = KeptRows(limit=20 * 16)
    kept.rows(np.array([7]), 4, _numbers)
    everything = kept.rows(np.arange(10_000), 4, _numbers)
    assert everything[:, 0].tolist() == list(range(10_000))
    assert list(kept._kept) == [7]


def test_keys_are_bound_as_a_binary_array() -> None:
    bound = KeysDumper(Keys).dump(Keys(np.array([1, -2])))
    assert bound == bytes.fromhex(
        "00000001 00000000 00000014 00000002 00000001"
        "00000008 0000000000000001 00000008 fffffffffffffffe"
    )

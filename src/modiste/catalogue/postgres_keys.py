"""Many keys as one bound value: PostgreSQL's binary form of bigint[], made by NumPy.

A list of Python integers takes as long to bind as a search does. It would also be an int[], and a
list of another type than the column is not hashed, but gone through for every row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from psycopg.adapt import Dumper
from psycopg.pq import Format

from modiste.data.batches import Ints

_BIGINT, _BIGINTS = 20, 1016  # what PostgreSQL calls bigint and bigint[]
_KEY = np.dtype([("bytes", ">i4"), ("key", ">i8")])


@dataclass(frozen=True)
class Keys:
    """(n,) int64 keys to bind."""

    values: Ints


class KeysDumper(Dumper):
    """Writes `Keys`."""

    format = Format.BINARY
    oid = _BIGINTS

    def dump(self, obj: Keys) -> bytes:
        """One dimension from 1, no nulls, then each key behind its length."""
        rows = np.empty(len(obj.values), dtype=_KEY)
        rows["bytes"] = 8
        rows["key"] = obj.values
        return np.array([1, 0, _BIGINT, len(rows), 1], dtype=">i4").tobytes() + rows.tobytes()

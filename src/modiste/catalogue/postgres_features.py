"""Rows of numbers fetched by key, the last of them kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from modiste.data.batches import Floats, Ints

_AT_ONCE = 4_096  # rows of one question, which bounds what is in memory twice


class KeptRows:
    """A bounded memory of rows by key; safe to use from several threads.

    A key never gets other numbers, so nothing here is ever out of date.

    Args:
        limit: bytes of numbers to keep.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._kept: OrderedDict[int, Floats] = OrderedDict()
        self._lock = threading.Lock()

    def rows(
        self, keys: Ints, width: int, fetch: Callable[[list[int]], dict[int, bytes]]
    ) -> Floats:
        """(n, width) float32, one row a key.

        Args:
            keys: (n,) int64, in any order, repeated perhaps.
            width: numbers in a row.
            fetch: float32 bytes by key of keys that are not in memory; all of them, or it raises.
        """
        found = np.empty((len(keys), width), dtype=np.float32)
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            found[start : start + len(some)] = self._some(some, width, fetch)
        return found

    def _some(
        self, keys: Ints, width: int, fetch: Callable[[list[int]], dict[int, bytes]]
    ) -> Floats:
        places: dict[int, list[int]] = {}
        for place, key in enumerate(keys.tolist()):
            places.setdefault(key, []).append(place)
        found = np.empty((len(keys), width), dtype=np.float32)
        with self._lock:
            here = {key: self._kept[key] for key in places if key in self._kept}
            for key in here:
                self._kept.move_to_end(key)
        if missing := [key for key in places if key not in here]:
            fetched = fetch(missing)
            here |= {key: np.frombuffer(fetched[key], dtype=np.float32) for key in missing}
            self._keep({key: here[key] for key in missing})
        for key, row in here.items():
            found[places[key]] = row
        return found

    def _keep(self, rows: dict[int, Floats]) -> None:
        if 4 * sum(row.nbytes for row in rows.values()) > self._limit:
            return  # somebody reads everything; what others ask for often is worth more
        with self._lock:
            for key, row in rows.items():
                if key not in self._kept:
                    self._kept[key] = row
                    self._bytes += row.nbytes
            while self._bytes > self._limit:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes

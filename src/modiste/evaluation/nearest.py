"""What the nearest neighbours of an encoder's vectors have in common with whom they are near."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modiste.arrays import Doubles, Floats, Ints
from modiste.data.best import highest

_BLOCK = 512  # queries at once: all against all would fill the memory


def nearest_others(vectors: Floats, queries: Ints, same: Ints, count: int) -> Ints:
    """The rows nearest to each query by cosine, nearest first.

    Args:
        vectors: (M, D) float32; zero where an item has none, and such items are never found.
        queries: (q,) rows.
        same: (M,) number of the picture that each item shows: those of one number are never
            neighbours of each other, since it would be no merit to find them.
        count: how many, at most M.

    Returns:
        (q, count) int64; -1 where there are fewer. Of equals the lower row comes first.
    """
    lengths = np.linalg.norm(vectors, axis=1)
    unit = vectors / np.maximum(lengths, 1e-12)[:, None]
    found = np.full((len(queries), count), -1, dtype=np.int64)
    for at in range(0, len(queries), _BLOCK):
        rows = queries[at : at + _BLOCK]
        cosine = unit[rows] @ unit.T  # (b, M)
        cosine[:, lengths == 0] = -np.inf
        cosine[same[rows][:, None] == same[None, :]] = -np.inf
        for place, each in enumerate(cosine, start=at):
            some = highest(each, count)
            found[place] = np.where(np.isfinite(each[some]), some, -1)
    return found


def shared(neighbours: Ints, queries: Ints, labels: Sequence[str | None]) -> Doubles:
    """(q,) share of each query's neighbours that have its label; NaN for a query without one.

    Args:
        neighbours: (q, k) rows; -1 where there is none.
        queries: (q,) rows.
        labels: of all M items; None where one has none, which is like no other.
    """
    names = {name: number for number, name in enumerate(dict.fromkeys(labels)) if name is not None}
    numbers = np.array([names.get(name, -1) if name is not None else -1 for name in labels])
    mine, theirs = numbers[queries], numbers[neighbours]
    alike = (theirs == mine[:, None]) & (neighbours >= 0)
    there = np.maximum((neighbours >= 0).sum(axis=1), 1)
    return np.where(mine >= 0, alike.sum(axis=1) / there, np.nan)


def shared_by_chance(queries: Ints, present: Ints, labels: Sequence[str | None]) -> float:
    """What `shared` is on average for neighbours drawn at random from the rows `present`."""
    counts: dict[str, int] = {}
    for row in present.tolist():
        if (name := labels[row]) is not None:
            counts[name] = counts.get(name, 0) + 1
    asked = [name for row in queries.tolist() if (name := labels[row]) is not None]
    if not asked or len(present) < 2:
        return float("nan")
    return float(np.mean([(counts.get(name, 1) - 1) / (len(present) - 1) for name in asked]))

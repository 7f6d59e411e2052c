"""Do cheaper vectors keep the neighbours of the exact ones?"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from modiste.encoders.base import Floats

NEIGHBOURS = 10

_PARTITIONS = 6


def agreement(exact: Floats, cheap: Floats, neighbours: int = NEIGHBOURS) -> float:
    """Share of each row's nearest neighbours by cosine that both matrices have; from 0 to 1.

    Args:
        exact: (n, D) vectors, n above 1.
        cheap: (n, D) the same items' other vectors; row i is item i in both.
        neighbours: how many of each row; all others where there are fewer.
    """
    kept = min(neighbours, len(exact) - 1)
    one, two = nearest(exact, kept), nearest(cheap, kept)
    both = (one[:, :, None] == two[:, None, :]).any(axis=2)
    return float(both.mean())


def nearest(vectors: Floats, neighbours: int) -> npt.NDArray[np.int64]:
    """(n, neighbours) the rows closest to each row by cosine, itself left out, in no order."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(lengths, 1e-12)
    found = np.empty((len(vectors), neighbours), dtype=np.int64)
    for at in range(0, len(vectors), 512):  # a block at a time: n x n would fill the memory
        cosine = unit[at : at + 512] @ unit.T
        rows = np.arange(len(cosine))
        cosine[rows, at + rows] = -np.inf
        found[at : at + 512] = np.argpartition(-cosine, neighbours - 1, axis=1)[:, :neighbours]
    return found


def projected_agreement(exact: Floats, cheap: Floats, total: int) -> float:
    """The agreement to expect among `total` items, from a sample of them.

    The more items there are, the closer the neighbours lie and the fewer survive: of 9,222
    photographs, agreements of .971, .962 and .951 were measured among 250, 1,000 and all. So a line
    is laid through the agreement within quarters, halves and the whole of the sample, over the
    logarithm of their size, and followed to `total`. Over samples of 1,000 its mean was within
    .002 of the truth, its standard deviation .004. It is too high where the items form tight
    clusters of which the sample holds hardly more than ten each.

    Args:
        exact: (n, D) vectors of a sample, n at least 4 * (NEIGHBOURS + 1).
        cheap: (n, D) the same items' other vectors.
        total: items in all.
    """
    whole = agreement(exact, cheap)
    sizes, shares = [math.log2(len(exact))], [whole]
    random = np.random.default_rng(0)
    for parts in (2, 4):
        within = [
            agreement(exact[rows], cheap[rows])
            for _ in range(_PARTITIONS)
            for rows in np.array_split(random.permutation(len(exact)), parts)
        ]
        sizes.append(math.log2(len(exact) / parts))
        shares.append(float(np.mean(within)))
    slope = min(float(np.polyfit(sizes, shares, 1)[0]), 0.0)
    return whole + slope * max(math.log2(max(total, 1)) - sizes[0], 0.0)

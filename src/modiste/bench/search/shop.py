"""A large shop drawn from a seed: vectors in clusters, and queries that are like none of them.

Categories have Zipf-like sizes: the r-th of C is as large as r^-0.73, which spans a factor of 29
over 100 categories. An item's vector is a style, of 2,000 that all categories share, plus half as
much of its category, plus 0.7 times as much of its own, at unit length. What each of these adds
lies on axes whose spread falls as j^-0.75, turned at random: of the vectors of our set
transformer on Mango's catalogue, 10, 32 and 64 axes hold .86, .96 and .99 of the variance; here
.82, .93 and .97. A query is the mean of three items of the same kind that are not in the shop, of
three styles and three categories: as what an outfit of three lacks is near to none of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from modiste.arrays import Floats, Ints
from modiste.catalogue.base import Batch
from modiste.catalogue.filters import Kind

_FALL = 0.73  # of category sizes
_DECAY = 0.75  # of the axes
_STYLES = 2_000
_OF_CATEGORY, _OF_ITS_OWN = 0.5, 0.7


@dataclass(frozen=True, kw_only=True)
class ShopSize:
    """How large the shop is."""

    items: int = 1_000_000
    width: int = 128
    categories: int = 100
    seed: int = 0


class DrawnShop:
    """Draws the same for the same size.

    Args:
        size: of the shop.
    """

    def __init__(self, size: ShopSize) -> None:
        self.size = size
        rng = np.random.default_rng(size.seed)
        axes = np.arange(1, size.width + 1) ** -_DECAY
        self._axes = (axes / np.linalg.norm(axes)).astype(np.float32)
        turned = np.linalg.qr(rng.normal(size=(size.width, size.width)))[0]
        self._turned = turned.astype(np.float32)
        self._styles = self._draw(rng, _STYLES)
        self._kinds = self._draw(rng, size.categories) * np.float32(_OF_CATEGORY)

    def batch(self) -> Batch:
        """The items in random order; ids are numbers, prices are uniform from 0 to 100."""
        rng = np.random.default_rng([self.size.seed, 1])
        category = rng.permutation(np.repeat(np.arange(self.size.categories), self.sizes()))
        items = pl.DataFrame(
            {
                "id": [str(number) for number in range(self.size.items)],
                "category": [f"slot {number % 10}" for number in category.tolist()],
                "fine": [f"kind {number}" for number in category.tolist()],
                "price": rng.uniform(0, 100, self.size.items),
            }
        )
        features = np.zeros((self.size.items, 1), dtype=np.float32)
        return Batch(items, self._vectors(category, rng), features)

    def sizes(self) -> Ints:
        """(C,) items of each category, largest first."""
        share = np.arange(1, self.size.categories + 1) ** -_FALL
        sizes = np.floor(share / share.sum() * self.size.items).astype(np.int64)
        sizes[0] += self.size.items - sizes.sum()
        return np.asarray(sizes)

    def queries(self, count: int) -> tuple[Floats, list[Kind]]:
        """(count, H) float32, and a kind for each, as often as it has items."""
        rng = np.random.default_rng([self.size.seed, 2])
        worn = self._vectors(rng.integers(self.size.categories, size=3 * count), rng)
        share = self.sizes() / self.size.items
        asked = rng.choice(self.size.categories, size=count, p=share)
        mean: Floats = worn.reshape(count, 3, -1).mean(axis=1)
        return mean, [(f"slot {number % 10}", f"kind {number}") for number in asked.tolist()]

    def _vectors(self, category: Ints, rng: np.random.Generator) -> Floats:
        made = np.empty((len(category), self.size.width), dtype=np.float32)
        for at in range(0, len(made), 65_536):  # bounds the memory
            kinds = category[at : at + 65_536]
            styles = self._styles[rng.integers(_STYLES, size=len(kinds))]
            own = self._draw(rng, len(kinds)) * np.float32(_OF_ITS_OWN)
            vectors = styles + self._kinds[kinds] + own
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            made[at : at + 65_536] = vectors @ self._turned
        return made

    def _draw(self, rng: np.random.Generator, count: int) -> Floats:
        normal = rng.standard_normal((count, self.size.width), dtype=np.float32)
        drawn: Floats = normal * self._axes
        return drawn

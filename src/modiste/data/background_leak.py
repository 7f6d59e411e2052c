"""How often the background colour alone finds the right answer, by how wrong ones are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
import polars as pl

from modiste.data.negatives import NegativePools
from modiste.data.photographs import backgrounds as backgrounds_of
from modiste.data.wardrobe import Wardrobe

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_CANDIDATES = 4
_QUESTIONS = 3000  # enough for a standard error below 0.01
_EVEN = 1e-6  # scores this near are ties


@dataclass(frozen=True, kw_only=True)
class LeakLevel:
    """Accuracy of knowing nothing but the background, on one kind of question."""

    name: str
    """What wrong answers share with the right one."""
    background: float
    """Share of questions answered by taking the background nearest to the outfit's mean one."""
    popularity: float
    """The same by taking the item that is in most outfits."""
    questions: int
    chance: float = 1 / _CANDIDATES

    @property
    def error(self) -> float:
        """Two standard errors of `background`."""
        spread = self.background * (1 - self.background) / max(self.questions, 1)
        return 2 * sqrt(spread)

    def facts(self) -> dict[str, float]:
        """For JSON."""
        return {
            "background": self.background,
            "popularity": self.popularity,
            "questions": self.questions,
            "chance": self.chance,
        }


def background_accuracy(
    wardrobe: Wardrobe, photographs: pl.DataFrame, *, seed: int = 0
) -> list[LeakLevel]:
    """Ask up to 3,000 four-way questions at each level of matching, the loosest first.

    Outfits of all splits are asked about: a property of the photographs is measured, no model.
    Empty where fewer than two items of any outfit have a known background.
    """
    background = backgrounds_of(wardrobe, photographs)
    known = ~np.isnan(background[:, 0])
    rows = wardrobe.rows
    outfits = [
        [row for item in dict.fromkeys(items) if known[row := rows[item]]]
        for items in wardrobe.outfits["items"].to_list()
    ]
    outfits = [outfit for outfit in outfits if len(outfit) > 1]
    if not outfits:
        return []
    items, match = wardrobe.items, wardrobe.info.match
    anything = items.with_columns(fine=pl.lit("any"))
    also = f" and {', '.join(match)}" if match else ""
    levels = {
        "nothing": NegativePools(anything, outfits),
        "fine category": NegativePools(items, outfits),
        f"fine category{also}": NegativePools(items, outfits, match=match),
        f"fine category{also}, background": NegativePools(
            items, outfits, match=match, backgrounds=background
        ),
    }
    return [
        _measure(name, pools, _sample(outfits, seed), background, seed)
        for name, pools in levels.items()
    ]


def _sample(outfits: Sequence[Sequence[int]], seed: int) -> list[Sequence[int]]:
    order = np.random.default_rng(seed).permutation(len(outfits))[:_QUESTIONS]
    return [outfits[place] for place in order]


def _measure(
    name: str, pools: NegativePools, outfits: Sequence[Sequence[int]], background: Floats, seed: int
) -> LeakLevel:
    rng = np.random.default_rng(seed)
    shares: list[tuple[float, float]] = []
    for outfit in outfits:
        place = int(rng.integers(len(outfit)))
        right, rest = outfit[place], [*outfit[:place], *outfit[place + 1 :]]
        wrong = pools.draw(right, _CANDIDATES - 1, rng, exclude=rest)
        if len(wrong) == _CANDIDATES - 1:
            candidates = np.array([right, *wrong])
            near = -np.linalg.norm(background[candidates] - background[rest].mean(axis=0), axis=1)
            shares.append((_credit(near), _credit(pools.frequency[candidates])))
    by_background, by_popularity = np.mean(shares, axis=0) if shares else (0.25, 0.25)
    return LeakLevel(
        name=name,
        background=float(by_background),
        popularity=float(by_popularity),
        questions=len(shares),
    )


def _credit(scores: npt.NDArray[np.floating]) -> float:
    """What the first candidate earns; ties share it."""
    best = scores >= scores.max() - _EVEN
    return float(best[0] / best.sum())

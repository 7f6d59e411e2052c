"""How likely each item is under each theme, in memory that does not grow with items x themes."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from modiste.data.drawn.rule import Doubles, Kind, Rule, Slots

Ints = npt.NDArray[np.int64]

_POPULARITY, _OUTFITS = 1, 2  # separate streams of chance


class Chances:
    """log p(i | z, category) = popularity_i + table[kind_i, z], for M items of K kinds.

    Args:
        rule: the numbers.
        items: the item table; `category`, `color`, `season`, `style`, `pattern` are read.

    Attributes:
        prior: (Z,) log p(z).
        popularity: (M,).
        kind: (M,) what the rule sees of each item, as a row of `table`.
        table: (K, Z).
    """

    def __init__(self, rule: Rule, items: pl.DataFrame) -> None:
        self.rule = rule
        themes, chance = rule.themes()
        self.prior: Doubles = np.log(chance)
        dice = np.random.default_rng([rule.seed, _POPULARITY])
        self.popularity: Doubles = dice.normal(0, rule.popularity, len(items))
        columns = items.select("season", "style", "color", pl.col("pattern") != "plain", "category")
        number: dict[Kind, int] = {}
        rows = [number.setdefault(kind, len(number)) for kind in columns.iter_rows()]
        self.kind: Ints = np.array(rows, dtype=np.int64)
        self._category = np.array([kind[-1] for kind in number])  # (K,)
        fit = -np.array([[rule.misfit(kind, theme) for theme in themes] for kind in number])
        mass = np.log(np.bincount(self.kind, np.exp(self.popularity)))[:, None]
        self.table: Doubles = fit
        for category in np.unique(self._category):
            same = self._category == category
            self.table[same] -= log_sum(fit[same] + mass[same], axis=0)

    def of(self, rows: Ints) -> Doubles:
        """(n, Z) log p(i | z, category) of some items."""
        return self.table[self.kind[rows]] + self.popularity[rows][:, None]

    @cached_property
    def frequency(self) -> Doubles:
        """(M,) log q_i: how often an item is worn where its category is, over all themes."""
        return log_sum(self.table + self.prior, axis=1)[self.kind] + self.popularity

    def of_classes(self, label: Ints) -> Doubles:
        """(C, Z) log chance of wearing some item of each class; `label` (M,) is each item's."""
        shape = int(label.max()) + 1, len(self.table)
        weight = np.zeros(shape)  # (C, K)
        np.add.at(weight, (label, self.kind), np.exp(self.popularity))
        return np.asarray(np.log(weight @ np.exp(self.table)))

    def draw(self, count: int, slots: Slots | None = None) -> list[list[int]]:
        """Draw `count` outfits as rows; every category that is worn has an item."""
        slots = slots or Slots()
        dice = np.random.default_rng([self.rule.seed, _OUTFITS])
        order = np.argsort(self.kind, kind="stable")
        starts = np.searchsorted(self.kind[order], np.arange(len(self.table) + 1))
        worn = np.concatenate([[0.0], np.cumsum(np.exp(self.popularity[order]))])  # (M + 1,)
        mass = np.diff(worn[starts])[:, None]  # (K, 1)
        kinds = {c: np.flatnonzero(self._category == c) for c in np.unique(self._category)}
        running = {c: np.cumsum(np.exp(self.table[k]) * mass[k], axis=0) for c, k in kinds.items()}
        outfits = []
        for theme in dice.choice(len(self.prior), size=count, p=np.exp(self.prior)).tolist():
            outfit = []
            for category in slots.draw(dice):
                kind = kinds[category][_place(running[category][:, theme], dice.random())]
                first, last = starts[kind], starts[kind + 1]
                within = worn[first + 1 : last + 1] - worn[first]
                outfit.append(int(order[first + _place(within, dice.random())]))
            outfits.append(outfit)
        return outfits


def log_sum(values: Doubles, axis: int) -> Doubles:
    """Log of the sum of exp(values) along an axis, without overflow."""
    top = values.max(axis=axis, keepdims=True)
    total = np.log(np.exp(values - top).sum(axis=axis, keepdims=True)) + top
    return np.asarray(np.squeeze(total, axis=axis))


def _place(running: Doubles, point: float) -> int:
    """Where `point`, 0 to 1, falls among running sums."""
    return min(int(np.searchsorted(running, point * running[-1], side="right")), len(running) - 1)

"""The rule that drawn outfits follow, stated so that the best possible answers can be computed.

Whoever puts an outfit together has a theme in mind and shows nothing of it but the items. A theme
z has four parts, drawn independently:

    season      summer or winter, evenly
    style       casual, smart or evening
    palette     one of `PALETTES`, evenly: the colours that go together
    statement   the one category that may carry a pattern, or none

Which categories are worn (`Slots`) does not depend on the theme. In each of them one item i is
drawn, independently of the others given the theme, from all items of the category:

    p(i | z, category)  is proportional to  exp(popularity_i - misfit(i, z)),  where

    misfit(i, z) =  off_season    if i is made for the other season
                  + off_style     for each step between the styles of i and z
                  + off_palette   if the colour of i is not in the palette
                  + off_pattern   if i is patterned outside the statement, or plain in it

and popularity_i is normal with standard deviation `popularity`. The penalties are finite: that is
the noise. As items are independent given the theme, sums over the few hundred themes give every
probability exactly (`oracle.py`):

    p(outfit) = p(categories) * sum over z of p(z) * product over its items of p(i | z, category)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from modiste.arrays import Doubles, Ints
from modiste.data.drawn.cuts import ANY, STYLES, SUMMER, WINTER
from modiste.data.drawn.palettes import PALETTES

Theme: TypeAlias = tuple[str, str, str, str]
"""Season, style, palette, statement."""
Kind: TypeAlias = tuple[str, str, str, bool, str]
"""All that the rule sees of an item: season, style, colour, patterned, category."""

_STYLES = dict(zip(STYLES, (0.4, 0.35, 0.25), strict=True))
_STATEMENTS = {
    "none": 0.2,
    "tops": 0.2,
    "bottoms": 0.16,
    "dresses": 0.2,
    "outerwear": 0.12,
    "accessories": 0.12,
}
_OTHERS = {"outerwear": 0.5, "bags": 0.75, "hats": 0.3, "jewellery": 0.5, "accessories": 0.45}


@dataclass(frozen=True, kw_only=True)
class Slots:
    """Which categories are worn together: shoes always, and a dress or a top with bottoms."""

    dress: float = 0.3
    """Chance of a dress."""
    others: Mapping[str, float] = field(default_factory=lambda: dict(_OTHERS))
    """Category -> chance that it is worn as well."""

    def draw(self, rng: np.random.Generator) -> list[str]:
        """The categories of one outfit, 2 to 8."""
        core = ["dresses"] if rng.random() < self.dress else ["tops", "bottoms"]
        more = [name for name, chance in self.others.items() if rng.random() < chance]
        return [*core, "shoes", *more]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The numbers of the rule, in nats where nothing else is said; kept in `wardrobe.toml`."""

    seed: int = 0
    """Decides how popular each item is, and which outfits are drawn."""
    popularity: float = 0.5
    off_season: float = 3.0
    off_style: float = 2.3
    off_palette: float = 3.4
    off_pattern: float = 2.0
    styles: Mapping[str, float] = field(default_factory=lambda: dict(_STYLES))
    """Style, in order of formality -> share of themes."""
    statements: Mapping[str, float] = field(default_factory=lambda: dict(_STATEMENTS))
    """Category that may carry a pattern -> share of themes."""
    palettes: Mapping[str, Sequence[str]] = field(
        default_factory=lambda: {name: list(colours) for name, colours in PALETTES.items()}
    )
    """Palette -> its colours."""

    def facts(self) -> dict[str, Any]:
        """The numbers as a TOML table; `Rule(**facts)` reads them."""
        return asdict(self)

    def themes(self) -> tuple[list[Theme], Doubles]:
        """The Z themes, and the chance (Z,) of each."""
        themes = list(product((SUMMER, WINTER), self.styles, self.palettes, self.statements))
        chance = np.array([self.styles[z[1]] * self.statements[z[3]] for z in themes])
        return themes, chance / chance.sum()

    def misfit(self, kind: Kind, theme: Theme) -> float:
        """How badly items of a kind fit a theme, 0 or more."""
        season, style, colour, patterned, category = kind
        ranks = list(self.styles)
        return (
            self.off_season * (season not in (ANY, theme[0]))
            + self.off_style * abs(ranks.index(style) - ranks.index(theme[1]))
            + self.off_palette * (colour not in self.palettes[theme[2]])
            + self.off_pattern * (patterned != (category == theme[3]))
        )


_POPULARITY, _OUTFITS = 1, 2  # separate streams of chance


class Chances:
    """log p(i | z, category) = popularity_i + table[kind_i, z], for M items of K kinds.

    Memory does not grow with items x themes.

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

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
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from modiste.data.drawn.colours import PALETTES
from modiste.data.drawn.cuts import STYLES
from modiste.data.drawn.fabrics import ANY, SUMMER, WINTER

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_POPULARITY, _OUTFITS = 1, 2  # separate streams of chance


@dataclass(frozen=True, kw_only=True)
class Slots:
    """Which categories are worn together: shoes always, and a dress or a top with bottoms."""

    dress: float = 0.3
    """Chance of a dress."""
    others: Mapping[str, float] = field(
        default_factory=lambda: {
            "outerwear": 0.5,
            "bags": 0.75,
            "hats": 0.3,
            "jewellery": 0.5,
            "accessories": 0.45,
        }
    )
    """Category -> chance that it is worn as well."""

    def draw(self, rng: np.random.Generator) -> list[str]:
        """The categories of one outfit, 2 to 8."""
        core = ["dresses"] if rng.random() < self.dress else ["tops", "bottoms"]
        return [
            *core,
            "shoes",
            *(name for name, chance in self.others.items() if rng.random() < chance),
        ]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The numbers of the rule, in nats where nothing else is said; kept in `wardrobe.toml`."""

    seed: int = 0
    """Decides how popular each item is, and what is drawn."""
    popularity: float = 0.5
    off_season: float = 3.0
    off_style: float = 2.2
    off_palette: float = 3.2
    off_pattern: float = 2.0
    styles: Mapping[str, float] = field(
        default_factory=lambda: dict(zip(STYLES, (0.4, 0.35, 0.25), strict=True))
    )
    """Style, in order of formality -> share of themes."""
    statements: Mapping[str, float] = field(
        default_factory=lambda: {
            "none": 0.2,
            "tops": 0.2,
            "bottoms": 0.16,
            "dresses": 0.2,
            "outerwear": 0.12,
            "accessories": 0.12,
        }
    )
    """Category that may carry a pattern -> share of themes."""
    palettes: Mapping[str, Sequence[str]] = field(
        default_factory=lambda: {name: list(colours) for name, colours in PALETTES.items()}
    )
    """Palette -> its colours."""

    def facts(self) -> dict[str, Any]:
        """The numbers as a TOML table; `Rule(**facts)` reads them."""
        return asdict(self)

    def themes(self) -> tuple[list[tuple[str, str, str, str]], Doubles]:
        """Every theme (season, style, palette, statement), and the chance of each."""
        parts = ((SUMMER, WINTER), self.styles, self.palettes, self.statements)
        themes = list(product(*parts))
        share = [self.styles[style] * self.statements[where] for _, style, _, where in themes]
        chance = np.array(share)
        return themes, chance / chance.sum()

    def item_chances(self, items: pl.DataFrame) -> Doubles:
        """Log of p(i | z, category) of every item (M,) under every theme (Z,): (M, Z).

        Args:
            items: the item table; `category`, `color`, `season`, `style`, `pattern` are read.
        """
        score = self._popularity(len(items))[:, None] - self._misfit(items)
        for rows in members(items["category"]):
            score[rows] -= log_sum(score[rows], axis=0)
        return score

    def draw(self, items: pl.DataFrame, count: int, slots: Slots | None = None) -> list[list[int]]:
        """Draw `count` outfits as rows of `items`, which has every category."""
        slots = slots or Slots()
        rng = np.random.default_rng([self.seed, _OUTFITS])
        chances = np.exp(self.item_chances(items))
        rows_of = {
            str(items["category"][int(rows[0])]): rows for rows in members(items["category"])
        }
        running = {name: np.cumsum(chances[rows], axis=0) for name, rows in rows_of.items()}
        themes = rng.choice(chances.shape[1], size=count, p=self.themes()[1])
        outfits = []
        for theme in themes.tolist():
            worn = slots.draw(rng)
            places = [_place(running[name][:, theme], rng.random()) for name in worn]
            outfits.append([int(rows_of[name][at]) for name, at in zip(worn, places, strict=True)])
        return outfits

    def _popularity(self, count: int) -> Doubles:
        return np.random.default_rng([self.seed, _POPULARITY]).normal(0, self.popularity, count)

    def _misfit(self, items: pl.DataFrame) -> Doubles:
        """(M, Z) how badly each item fits each theme."""
        columns = ("season", "style", "color", "pattern", "category")
        kinds = items.select(columns).unique(maintain_order=True)
        themes = self.themes()[0]
        table = np.array(
            [[self._mismatch(kind, theme) for theme in themes] for kind in kinds.rows()]
        )
        number = {kind: place for place, kind in enumerate(kinds.rows())}
        return table[[number[row] for row in items.select(columns).rows()]]

    def _mismatch(self, kind: Sequence[str], theme: tuple[str, str, str, str]) -> float:
        season, style, colour, pattern, category = kind
        ranks = list(self.styles)
        return (
            self.off_season * (season not in (ANY, theme[0]))
            + self.off_style * abs(ranks.index(style) - ranks.index(theme[1]))
            + self.off_palette * (colour not in self.palettes[theme[2]])
            + self.off_pattern * ((pattern != "plain") != (category == theme[3]))
        )


def members(names: pl.Series) -> list[Ints]:
    """The rows of each distinct value of a column."""
    _, group = np.unique(names.to_numpy().astype(str), return_inverse=True)
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def log_sum(values: Doubles, axis: int) -> Doubles:
    """Log of the sum of exp(values) along an axis, without overflow."""
    top = values.max(axis=axis, keepdims=True)
    total = np.log(np.exp(values - top).sum(axis=axis, keepdims=True)) + top
    return np.asarray(np.squeeze(total, axis=axis))


def _place(running: Doubles, point: float) -> int:
    """Where `point`, 0 to 1, falls among running sums."""
    return min(int(np.searchsorted(running, point * running[-1], side="right")), len(running) - 1)

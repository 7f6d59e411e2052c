"""One garment as data: everything that its picture, its title and the rule need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modiste.data.drawn.cloth import Cloth
from modiste.data.drawn.cuts import CATEGORIES, CUTS, FABRICS, STYLES, Cut
from modiste.data.drawn.palettes import COLOURS, COMMON, PALETTES, lightness
from modiste.outfit import Item

STYLE_SHARES = (0.4, 0.35, 0.25)
PATTERNED = 0.4
"""Share of patterned ones among garments that may have a pattern."""


@dataclass(frozen=True, kw_only=True)
class DrawnGarment:
    """A garment that has not been drawn yet."""

    fine: str
    style: str
    """`casual`, `smart` or `evening`."""
    fabric: str
    colour: str
    accent: str
    """The colour of the pattern."""
    pattern: str
    price: float
    seed: int
    """Decides what only the picture shows: proportions, folds, the paper below."""

    @property
    def category(self) -> str:
        """The coarse slot."""
        return CUTS[self.fine].category

    @property
    def season(self) -> str:
        """`summer`, `winter` or `all year`."""
        return CUTS[self.fine].season or FABRICS[self.fabric].season

    @property
    def title(self) -> str:
        """As a shop would write it."""
        if self.pattern == "plain":
            return f"{self.colour} {self.fabric} {self.fine}"
        return f"{self.colour} and {self.accent} {self.pattern} {self.fabric} {self.fine}"

    @property
    def cloth(self) -> Cloth:
        """What it is drawn of."""
        fabric = FABRICS[self.fabric]
        return Cloth(
            base=COLOURS[self.colour],
            ink=COLOURS[self.accent],
            pattern=self.pattern,
            weave=fabric.weave,
            sheen=fabric.sheen,
            drape=fabric.drape,
        )

    def item(self, item_id: str, image: str) -> Item:
        """The garment as an item of a wardrobe."""
        attributes = {
            "color": self.colour,
            "season": self.season,
            "style": self.style,
            "pattern": self.pattern,
            "fabric": self.fabric,
        }
        return Item(
            id=item_id,
            category=self.category,
            fine=self.fine,
            title=self.title,
            image=image,
            price=self.price,
            attributes=attributes,
        )


def design(count: int, rng: np.random.Generator) -> list[DrawnGarment]:
    """Design `count` garments, with every category among them from nine garments on."""
    return [_garment(fine, rng) for fine in _kinds(count, rng)]


def _kinds(count: int, rng: np.random.Generator) -> list[str]:
    """Fine categories in random order, in the shares of `CATEGORIES`."""
    names = list(CATEGORIES)
    shares = np.array(list(CATEGORIES.values()))
    numbers = np.maximum(np.floor(shares / shares.sum() * count), min(1, count)).astype(int)
    while numbers.sum() != count:
        over = numbers.sum() > count
        gap = numbers - shares / shares.sum() * count
        numbers[np.argmax(np.where(numbers > 1, gap, -np.inf)) if over else np.argmin(gap)] += (
            -1 if over else 1
        )
    kinds = []
    for name, number in zip(names, numbers, strict=True):
        fines = [fine for fine, cut in CUTS.items() if cut.category == name]
        kinds += [fines[i % len(fines)] for i in range(number)]
    return [kinds[i] for i in rng.permutation(len(kinds))]


def _garment(fine: str, rng: np.random.Generator) -> DrawnGarment:
    cut = CUTS[fine]
    style = str(rng.choice(STYLES, p=STYLE_SHARES))
    fabric = str(rng.choice(getattr(cut, style)))
    colour = _colour(cut.colours or tuple(COLOURS), rng)
    pattern = _pattern(cut, fabric, rng)
    price = cut.price * FABRICS[fabric].cost * float(np.exp(rng.normal(0, 0.2)))
    return DrawnGarment(
        fine=fine,
        style=style,
        fabric=fabric,
        colour=colour,
        accent=_accent(colour, rng),
        pattern=pattern,
        price=max(round(price) - 0.01, 4.99),
        seed=int(rng.integers(2**31)),
    )


def _colour(choice: Sequence[str], rng: np.random.Generator) -> str:
    weights = np.array([2.0 if name in COMMON else 1.0 for name in choice])
    return str(rng.choice(choice, p=weights / weights.sum()))


def _pattern(cut: Cut, fabric: str, rng: np.random.Generator) -> str:
    if not (cut.patterns and FABRICS[fabric].prints) or rng.random() > PATTERNED:
        return "plain"
    return str(rng.choice(cut.patterns))


def _accent(colour: str, rng: np.random.Generator) -> str:
    """A colour of the same palette that stands out from `colour`."""
    friends = {name for palette in PALETTES.values() if colour in palette for name in palette}
    far = [
        n for n in sorted(friends) if abs(lightness(COLOURS[n]) - lightness(COLOURS[colour])) > 0.25
    ]
    fallback = "white" if lightness(COLOURS[colour]) < 0.5 else "navy"
    return str(rng.choice(far)) if far else fallback

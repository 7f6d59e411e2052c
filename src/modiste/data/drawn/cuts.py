"""What is in fashion: fabrics, and every kind of garment with its patterns and its price."""

from __future__ import annotations

from dataclasses import dataclass

ANY = "all year"
SUMMER, WINTER = "summer", "winter"


@dataclass(frozen=True)
class Fabric:
    """What a fabric does to a garment."""

    weave: str
    """How its surface looks: one of `cloth.WEAVES`."""
    sheen: float = 0.0
    drape: float = 0.8
    season: str = ANY
    """When it is worn: `all year`, `summer` or `winter`."""
    prints: bool = True
    """Whether it comes with a pattern."""
    cost: float = 1.0
    """What it does to the price."""


FABRICS: dict[str, Fabric] = {
    "acetate": Fabric("satin", 0.4, 0, prints=False),
    "boiled wool": Fabric("wool", 0, 0.5, WINTER, cost=1.3),
    "canvas": Fabric("canvas", 0, 0.4),
    "cashmere": Fabric("fine knit", 0.05, 0.6, WINTER, prints=False, cost=2.4),
    "chambray": Fabric("denim", 0, 0.8, prints=False),
    "coated denim": Fabric("leather", 0.55, 0.5, prints=False, cost=1.2),
    "corduroy": Fabric("corduroy", 0.05, 0.7, WINTER, prints=False),
    "cotton": Fabric("jersey", 0, 0.9),
    "crepe": Fabric("satin", 0.08, 1.1, cost=1.2),
    "crystal": Fabric("satin", 0.9, 0, prints=False, cost=2.2),
    "denim": Fabric("denim", 0, 0.5, prints=False),
    "down": Fabric("satin", 0.15, 0.6, WINTER, prints=False, cost=1.3),
    "enamel": Fabric("satin", 0.6, 0, prints=False),
    "felt": Fabric("wool", 0, 0.2, WINTER, prints=False),
    "flannel": Fabric("wool", 0, 0.7, WINTER),
    "gabardine": Fabric("canvas", 0.03, 0.6, cost=1.3),
    "glossy down": Fabric("satin", 0.9, 0.8, WINTER, prints=False, cost=1.5),
    "horn": Fabric("satin", 0.5, 0, prints=False, cost=1.6),
    "lambswool": Fabric("knit", 0, 0.6, WINTER, cost=1.3),
    "leather": Fabric("leather", 0.3, 0.6, prints=False, cost=1.9),
    "linen": Fabric("linen", 0, 0.8, SUMMER, cost=1.1),
    "matt down": Fabric("canvas", 0.0, 0.4, WINTER, prints=False, cost=1.4),
    "merino": Fabric("fine knit", 0, 0.7, prints=False, cost=1.4),
    "metal": Fabric("satin", 0.8, 0, prints=False, cost=1.5),
    "metallic leather": Fabric("leather", 1.0, 0.5, prints=False, cost=2.1),
    "nylon": Fabric("satin", 0.12, 0.7, prints=False),
    "patent leather": Fabric("satin", 1.0, 0.4, prints=False, cost=2.0),
    "pearl knit": Fabric("fine knit", 0.25, 0.7, prints=False, cost=1.8),
    "pointelle": Fabric("knit", 0, 0.7, SUMMER),
    "poplin": Fabric("satin", 0.03, 0.9, cost=1.2),
    "raw denim": Fabric("denim", 0.03, 0.4, prints=False, cost=1.2),
    "raffia": Fabric("straw", 0, 0.2, SUMMER, prints=False),
    "ribbed cotton": Fabric("rib", 0, 0.6, prints=False),
    "satin": Fabric("satin", 0.85, 1.3, prints=False, cost=1.5),
    "sequin": Fabric("sequins", 0.4, 0.6, prints=False, cost=1.8),
    "shell": Fabric("satin", 0.5, 0, prints=False),
    "silk": Fabric("satin", 0.55, 1.3, cost=2.0),
    "straw": Fabric("straw", 0, 0.2, SUMMER, prints=False),
    "suede": Fabric("suede", 0, 0.5, prints=False, cost=1.6),
    "tweed": Fabric("tweed", 0, 0.5, WINTER, cost=1.6),
    "velvet": Fabric("velvet", 0.3, 0.9, WINTER, prints=False, cost=1.7),
    "washed denim": Fabric("denim", 0, 0.5, prints=False),
    "wool": Fabric("wool", 0, 0.6, WINTER, cost=1.5),
}


CASUAL, SMART, EVENING = STYLES = ("casual", "smart", "evening")
PRINTS = ("striped", "checked", "dotted", "floral")
CLOTHS = ("checked", "tartan", "pinstriped")


@dataclass(frozen=True, kw_only=True)
class Cut:
    """One fine category."""

    category: str
    casual: tuple[str, ...]
    """Fabrics that it is sewn of where it is casual."""
    smart: tuple[str, ...]
    evening: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    """Patterns that it may have; none: it is always plain."""
    season: str | None = None
    """When it is worn; None: the fabric decides."""
    price: float = 40.0
    """What one of a plain fabric costs."""
    colours: tuple[str, ...] = ()
    """Colours that it comes in; none: all."""


_DENIMS = ("sky", "navy", "charcoal", "black", "white")

CUTS: dict[str, Cut] = {
    "t-shirt": Cut(
        category="tops",
        casual=("cotton", "linen"),
        smart=("merino", "crepe"),
        evening=("satin", "sequin"),
        patterns=PRINTS,
        price=18,
    ),
    "shirt": Cut(
        category="tops",
        casual=("chambray", "linen", "flannel"),
        smart=("poplin",),
        evening=("silk", "satin"),
        patterns=("striped", "checked", "dotted", "pinstriped"),
        price=38,
    ),
    "sweater": Cut(
        category="tops",
        casual=("lambswool", "pointelle"),
        smart=("merino", "cashmere"),
        evening=("pearl knit",),
        patterns=("striped", "checked"),
        price=45,
    ),
    "camisole": Cut(
        category="tops",
        casual=("ribbed cotton", "linen"),
        smart=("crepe", "silk"),
        evening=("satin", "sequin"),
        patterns=PRINTS,
        season=SUMMER,
        price=22,
    ),
    "jeans": Cut(
        category="bottoms",
        casual=("washed denim",),
        smart=("raw denim",),
        evening=("coated denim",),
        price=50,
        colours=_DENIMS,
    ),
    "trousers": Cut(
        category="bottoms",
        casual=("cotton", "linen", "corduroy"),
        smart=("wool", "crepe"),
        evening=("satin", "velvet"),
        patterns=CLOTHS,
        price=48,
    ),
    "skirt": Cut(
        category="bottoms",
        casual=("denim", "cotton", "corduroy"),
        smart=("crepe", "tweed"),
        evening=("satin", "sequin"),
        patterns=("tartan", "checked", "floral", "dotted"),
        price=40,
    ),
    "shorts": Cut(
        category="bottoms",
        casual=("cotton", "linen"),
        smart=("crepe", "poplin"),
        evening=("satin", "sequin"),
        patterns=("striped", "checked", "pinstriped"),
        season=SUMMER,
        price=30,
    ),
    "shirt dress": Cut(
        category="dresses",
        casual=("chambray", "linen", "corduroy"),
        smart=("poplin", "wool"),
        evening=("silk", "satin"),
        patterns=("striped", "checked", "dotted"),
        price=65,
    ),
    "slip dress": Cut(
        category="dresses",
        casual=("cotton", "linen"),
        smart=("crepe", "merino"),
        evening=("satin", "velvet", "sequin"),
        patterns=PRINTS,
        price=60,
    ),
    "wrap dress": Cut(
        category="dresses",
        casual=("cotton", "linen", "flannel"),
        smart=("crepe", "wool"),
        evening=("satin", "velvet"),
        patterns=("floral", "dotted", "checked"),
        price=65,
    ),
    "coat": Cut(
        category="outerwear",
        casual=("gabardine",),
        smart=("wool", "tweed"),
        evening=("velvet", "satin"),
        patterns=("checked", "tartan"),
        season=WINTER,
        price=130,
    ),
    "blazer": Cut(
        category="outerwear",
        casual=("linen", "corduroy", "cotton"),
        smart=("wool", "crepe"),
        evening=("velvet", "sequin"),
        patterns=CLOTHS,
        price=90,
    ),
    "jacket": Cut(
        category="outerwear",
        casual=("denim", "cotton"),
        smart=("leather", "suede"),
        evening=("satin", "sequin"),
        price=85,
    ),
    "puffer": Cut(
        category="outerwear",
        casual=("down",),
        smart=("matt down",),
        evening=("glossy down",),
        season=WINTER,
        price=95,
    ),
    "sneakers": Cut(
        category="shoes",
        casual=("canvas",),
        smart=("leather",),
        evening=("metallic leather", "sequin"),
        price=45,
    ),
    "ankle boots": Cut(
        category="shoes",
        casual=("suede",),
        smart=("leather",),
        evening=("patent leather", "velvet"),
        season=WINTER,
        price=75,
    ),
    "heels": Cut(
        category="shoes",
        casual=("suede", "canvas"),
        smart=("leather",),
        evening=("satin", "sequin"),
        price=60,
    ),
    "loafers": Cut(
        category="shoes",
        casual=("suede",),
        smart=("leather",),
        evening=("patent leather", "velvet"),
        price=60,
    ),
    "sandals": Cut(
        category="shoes",
        casual=("leather",),
        smart=("suede",),
        evening=("metallic leather", "satin"),
        season=SUMMER,
        price=45,
    ),
    "tote": Cut(
        category="bags",
        casual=("canvas", "raffia"),
        smart=("leather",),
        evening=("satin", "velvet"),
        price=45,
    ),
    "handbag": Cut(
        category="bags",
        casual=("suede",),
        smart=("leather",),
        evening=("patent leather", "sequin"),
        price=70,
    ),
    "crossbody bag": Cut(
        category="bags",
        casual=("nylon", "suede"),
        smart=("leather",),
        evening=("satin", "sequin"),
        price=55,
    ),
    "clutch": Cut(
        category="bags",
        casual=("canvas", "raffia"),
        smart=("leather",),
        evening=("satin", "sequin"),
        price=40,
    ),
    "beanie": Cut(
        category="hats",
        casual=("lambswool",),
        smart=("cashmere",),
        evening=("pearl knit",),
        season=WINTER,
        price=22,
    ),
    "brimmed hat": Cut(
        category="hats", casual=("straw",), smart=("felt",), evening=("velvet", "sequin"), price=35
    ),
    "cap": Cut(
        category="hats",
        casual=("cotton", "denim"),
        smart=("wool", "tweed"),
        evening=("satin", "sequin"),
        patterns=("checked",),
        price=20,
    ),
    "beret": Cut(
        category="hats",
        casual=("boiled wool",),
        smart=("cashmere",),
        evening=("velvet",),
        season=WINTER,
        price=25,
    ),
    "earrings": Cut(
        category="jewellery", casual=("enamel",), smart=("shell",), evening=("crystal",), price=20
    ),
    "necklace": Cut(
        category="jewellery", casual=("enamel",), smart=("shell",), evening=("crystal",), price=28
    ),
    "bracelet": Cut(
        category="jewellery", casual=("shell",), smart=("enamel",), evening=("crystal",), price=24
    ),
    "scarf": Cut(
        category="accessories",
        casual=("cotton", "lambswool"),
        smart=("cashmere", "silk"),
        evening=("satin", "velvet"),
        patterns=("striped", "tartan", "checked", "dotted", "floral"),
        price=28,
    ),
    "belt": Cut(
        category="accessories",
        casual=("canvas", "suede"),
        smart=("leather",),
        evening=("patent leather", "metallic leather"),
        price=25,
    ),
    "sunglasses": Cut(
        category="accessories",
        casual=("acetate",),
        smart=("horn",),
        evening=("crystal",),
        season=SUMMER,
        price=35,
    ),
}
"""Fine category -> what it is."""

CATEGORIES: dict[str, float] = {
    "tops": 0.18,
    "bottoms": 0.15,
    "dresses": 0.12,
    "outerwear": 0.12,
    "shoes": 0.14,
    "bags": 0.1,
    "hats": 0.06,
    "jewellery": 0.07,
    "accessories": 0.06,
}
"""Category -> its share of the wardrobe."""

"""The fabrics that garments are sewn of, and how each looks."""

from __future__ import annotations

from dataclasses import dataclass

ANY = "all year"
SUMMER, WINTER = "summer", "winter"


@dataclass(frozen=True)
class Fabric:
    """What a fabric does to a garment."""

    weave: str
    """How its surface looks: one of `weaves.WEAVES`."""
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

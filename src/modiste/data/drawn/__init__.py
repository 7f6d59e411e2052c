"""A wardrobe that is drawn: for the demo, the tests and the docs, with a known best result."""

from modiste.data.drawn.build import draw_wardrobe
from modiste.data.drawn.oracle import Ceiling, Oracle, ceiling, oracle_score
from modiste.data.drawn.rule import Rule, Slots

__all__ = ["Ceiling", "Oracle", "Rule", "Slots", "ceiling", "draw_wardrobe", "oracle_score"]

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from modiste.evaluation.calibration import reliability
from modiste.evaluation.intervals import Mean
from modiste.evaluation.report.plots import Line, draw_curves, draw_means, draw_reliability

HOSTILE = '<script>$x^$ & "q" 鞋 \\frac'


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("xlink:href", "href"))


def means() -> str:
    rows = {HOSTILE: Mean(0.4, (0.3, 0.5), 9), "b": Mean(0.2, None, 1)}
    return draw_means(rows, chance=0.25, main="b")


def no_means() -> str:
    return draw_means({"none": Mean(None, None, 0)}, chance=None)


def curves() -> str:
    lines = [Line("this", {1: 0.1, 10: 0.4}, main=True), Line(HOSTILE, {1: 0.0, 10: 0.2})]
    return draw_curves(lines, x="k", y="found")


def believed() -> str:
    return draw_reliability(reliability([0.1, 0.5, 0.9], [0, 1, 1]))


DRAWINGS = [means, no_means, curves, believed]


@pytest.mark.parametrize("draw", DRAWINGS)
def test_a_drawing_is_one_svg_element_that_needs_nothing_else(draw: Callable[[], str]) -> None:
    svg = draw()
    assert parse(svg).tag == "svg"
    assert "viewBox" in parse(svg).attrib
    for foreign in ("http", "<style", "<script", "<!DOCTYPE", "<metadata"):
        assert foreign not in svg


@pytest.mark.parametrize("draw", DRAWINGS)
def test_every_colour_comes_from_the_page(draw: Callable[[], str]) -> None:
    colours = set(re.findall(r"(?:fill|stroke): ([^;\"]+)", draw()))
    assert colours <= {"none", "var(--ink)", "var(--accent)", "var(--faint)"}


def test_a_label_is_text_whatever_it_holds() -> None:
    words = "".join(parse(means()).itertext())
    assert "<script>$x^$ &" in words


def test_what_has_no_value_is_not_drawn() -> None:
    assert "none" not in "".join(parse(no_means()).itertext())


def test_the_same_drawing_twice_is_the_same_text() -> None:
    assert [draw() for draw in DRAWINGS] == [draw() for draw in DRAWINGS]

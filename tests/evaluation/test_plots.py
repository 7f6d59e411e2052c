from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from modiste.evaluation.calibration import reliability
from modiste.evaluation.intervals import Mean
from modiste.evaluation.plots import Line, draw_curves, draw_means, draw_reliability

HOSTILE = '<script>$x^$ & "q" 鞋 \\frac'


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.replace("xlink:href", "href"))


DRAWINGS = {
    "means": draw_means(
        {HOSTILE: Mean(0.4, (0.3, 0.5), 9), "b": Mean(0.2, None, 1)}, chance=0.25, main="b"
    ),
    "no means": draw_means({"none": Mean(None, None, 0)}, chance=None),
    "curves": draw_curves(
        [Line("this", {1: 0.1, 10: 0.4}, main=True), Line(HOSTILE, {1: 0.0, 10: 0.2})],
        x="k",
        y="found",
    ),
    "reliability": draw_reliability(reliability([0.1, 0.5, 0.9], [0, 1, 1])),
}


@pytest.mark.parametrize("name", list(DRAWINGS))
def test_a_drawing_is_one_svg_element_that_needs_nothing_else(name: str) -> None:
    svg = DRAWINGS[name]
    assert parse(svg).tag == "svg"
    assert "viewBox" in parse(svg).attrib
    for foreign in ("http", "<style", "<script", "<!DOCTYPE", "<metadata"):
        assert foreign not in svg


@pytest.mark.parametrize("name", list(DRAWINGS))
def test_every_colour_comes_from_the_page(name: str) -> None:
    colours = set(re.findall(r"(?:fill|stroke): ([^;\"]+)", DRAWINGS[name]))
    assert colours <= {"none", "var(--ink)", "var(--accent)", "var(--faint)"}


def test_a_label_is_text_whatever_it_holds() -> None:
    words = "".join(parse(DRAWINGS["means"]).itertext())
    assert "<script>$x^$ &" in words


def test_what_has_no_value_is_not_drawn() -> None:
    assert "none" not in "".join(parse(DRAWINGS["no means"]).itertext())


def test_the_same_drawing_twice_is_the_same_text() -> None:
    means = {"a": Mean(0.4, (0.3, 0.5), 9)}
    assert draw_means(means, chance=0.5) == draw_means(means, chance=0.5)

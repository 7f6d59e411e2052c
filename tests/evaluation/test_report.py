from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from modiste.evaluation.calibration import fit_calibration
from modiste.evaluation.controls import build_controls
from modiste.evaluation.evaluate import EvaluationReport, evaluate
from modiste.evaluation.fitb import Example, choose_examples
from modiste.evaluation.report.page import ReportPage, render_report, write_report
from modiste.evaluation.scoring import CatalogueIndex, EvaluationContext
from modiste.outfit import CompatibilityQuestion, FitbQuestion, Question

HOSTILE = "<img src=x onerror=alert(1)> & \"boots\" 'x'"
FITB = [
    FitbQuestion(question=("i6", f"i{9 + n % 3}"), candidates=("i0", "i1", "i2"), answer=n % 3)
    for n in range(12)
]
JUDGED = [
    CompatibilityQuestion(items=(f"i{n % 12}", "i6"), label=n % 2) for n in range(24) if n != 6
]


class Reader(HTMLParser):
    """Collects what a page shows and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), f"a script in {tag}"
            if name in ("src", "href", "xlink:href", "action", "poster", "srcset"):
                self.fetched.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


@pytest.fixture
def report(told: Any, terms: EvaluationContext, index: CatalogueIndex) -> EvaluationReport:
    noise = np.random.default_rng(0).normal(size=12)
    questions: list[Question] = [*FITB, *JUDGED]
    controls = build_controls(index, {}, [[0, 6], [1, 7]])
    return evaluate(
        told(lambda rows: noise[list(rows)].mean()),
        questions,
        terms,
        controls=controls.scorers,
        left_out=controls.left_out,
        calibration=fit_calibration([0.0, 1.0, 0.5], [0, 1, 1]),
    )


@pytest.fixture
def page(report: EvaluationReport, tmp_path: Path) -> ReportPage:
    Image.new("RGB", (300, 400), "#7a2331").save(tmp_path / "whole.jpg")
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    files = {"i6": tmp_path / "whole.jpg", "i0": tmp_path / "broken.jpg", "i1": tmp_path / "gone"}
    curves = io.BytesIO()
    Image.new("RGB", (20, 10)).save(curves, "PNG")
    return ReportPage(
        title=HOSTILE,
        facts={"Model": HOSTILE},
        notes=[HOSTILE],
        examples=choose_examples(FITB, report.measures.fitb, each=3, seed=0),
        image=files.get,
        caption=lambda item_id: f"{item_id} {HOSTILE}",
        ceiling={"fitb": 0.8, "auc": 0.9},
        curves=curves.getvalue(),
    )


def test_the_page_asks_the_network_nothing(report: EvaluationReport, page: ReportPage) -> None:
    text = render_report(report, page)
    assert all(place.startswith(("data:image/", "#")) for place in read(text).fetched)
    assert not re.search(r"url\((?!#)", text)
    assert "@import" not in text
    assert not re.search(r"https?://", text)


def test_titles_from_outside_stay_text(report: EvaluationReport, page: ReportPage) -> None:
    reader = read(render_report(report, page))
    assert "script" not in reader.tags
    assert HOSTILE in "".join(reader.text)
    assert all(place != "x" for place in reader.fetched)


def test_the_headline_figures_stand_there_with_the_ceiling(
    report: EvaluationReport, page: ReportPage
) -> None:
    words = " ".join("".join(read(render_report(report, page)).text).split())
    accuracy = report.measures.fitb.accuracy.value or 0.0
    assert f"{100 * accuracy:.1f} %" in words
    assert f"{100 * accuracy / 0.8:.0f} % of the best possible" in words
    for sentence in ("Ties share credit", "mean_cosine is left out", "1,000 bootstrap resamples"):
        assert sentence in words


def test_pictures_are_carried_and_missing_ones_named(
    report: EvaluationReport, page: ReportPage
) -> None:
    reader = read(render_report(report, page))
    jpegs = [place for place in reader.fetched if place.startswith("data:image/jpeg;base64,")]
    shown = [example.question for example in page.examples]
    assert len(jpegs) == sum(question.question.count("i6") for question in shown) > 0
    assert any(text.startswith("i0 ") for text in reader.text)  # a broken file: its caption
    assert sum(place.startswith("data:image/png") for place in reader.fetched) == 1


def test_the_choice_and_the_right_answer_are_told_in_words(report: EvaluationReport) -> None:
    wrong = Example(FITB[0], (0.1, 0.9, 0.2), chosen=1)
    words = "".join(read(render_report(report, ReportPage(title="t", examples=[wrong]))).text)
    assert "its choice" in words
    assert "people wore this" in words
    assert "its choice, rightly" not in words


def test_nothing_measured_still_makes_a_page(told: Any, terms: EvaluationContext) -> None:
    empty = evaluate(told(lambda rows: 0.0), [], terms, controls={"chance": told(len)})
    words = "".join(read(render_report(empty, ReportPage(title="nothing"))).text)
    assert "0 fill-in-the-blank questions" in words


def test_the_page_is_written(report: EvaluationReport, page: ReportPage, tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", report, page)
    assert (tmp_path / "report.html").read_text("utf-8") == render_report(report, page)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]

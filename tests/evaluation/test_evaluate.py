from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from modiste.cli import show
from modiste.evaluation.calibration import fit_calibration
from modiste.evaluation.controls import build_controls
from modiste.evaluation.evaluate import EvaluationReport, evaluate, measure
from modiste.evaluation.scoring import CatalogueIndex, EvaluationContext
from modiste.outfit import CompatibilityQuestion, CompletionQuestion, FitbQuestion, Question

RANDOM = np.random.default_rng(0)
OUTFITS = [[0, 6, 9], [1, 7, 10], [2, 8, 11], [0, 7], [3, 9]]


def make_questions(n: int = 12) -> list[Question]:
    """Wrong answers share the fine category with the right one, and outfits their make-up."""
    questions: list[Question] = []
    for place in range(n):
        kinds = RANDOM.permutation(4)[:3]
        rows = [int(3 * kind + RANDOM.integers(3)) for kind in kinds]
        *context, answer = (f"i{row}" for row in rows)
        same = [f"i{3 * kinds[-1] + step}" for step in range(3)]
        questions += [
            FitbQuestion(
                question=tuple(context), candidates=tuple(same), answer=same.index(answer)
            ),
            CompatibilityQuestion(items=(*context, answer), label=1),
            CompatibilityQuestion(items=(*context, same[place % 3]), label=0),
            CompletionQuestion(question=tuple(context), category="shoes", answer="i1"),
        ]
    return questions


@pytest.fixture
def report(told: Any, terms: EvaluationContext, index: CatalogueIndex) -> EvaluationReport:
    noise = RANDOM.normal(size=12)
    scorer = told(lambda rows: noise[list(rows)].mean())
    questions = make_questions()
    controls = build_controls(index, {}, OUTFITS)
    judged = measure(scorer, questions, terms).compatibility
    return evaluate(
        scorer,
        questions,
        terms,
        controls=controls.scorers,
        left_out=controls.left_out,
        calibration=fit_calibration(judged.scores, judged.labels),
    )


def test_the_document_is_the_one_that_other_programs_read(report: EvaluationReport) -> None:
    facts = json.loads(json.dumps(report.to_json(), allow_nan=False))
    for section in (facts, *facts["controls"].values()):
        fitb = section["fitb"]
        assert {"accuracy", "interval", "n", "unknown", "warm", "cold"} <= set(fitb)
        assert {"accuracy", "n"} <= set(fitb["warm"])
        assert {"auc", "average_precision", "interval", "n"} <= set(section["compatibility"])
        assert {"recall@10", "recall@30", "recall@50", "mrr", "pool"} <= set(section["retrieval"])
        assert {"hit@1", "hit@10", "mrr", "n", "by_category"} <= set(section["completion"])
        assert isinstance(section["retrieval"]["pool"], str)
        assert fitb["interval"][0] <= fitb["accuracy"] <= fitb["interval"][1]
    assert fitb["n"] == 12
    assert set(facts["controls"]) == {"chance", "popularity", "category_only", "co_occurrence"}
    assert set(facts["left_out"]) == {"mean_cosine", "background"}
    assert facts["calibration"]["n"] == 24


def test_what_knows_nothing_of_the_items_gets_exactly_chance(report: EvaluationReport) -> None:
    for name in ("chance", "category_only"):
        facts = report.controls[name].to_json()
        assert facts["fitb"]["accuracy"] == pytest.approx(1 / 3, abs=1e-4)
        assert facts["compatibility"]["auc"] == 0.5


def test_the_same_questions_and_seed_give_the_same_document(
    told: Any, terms: EvaluationContext
) -> None:
    questions, scorer = make_questions(), told(lambda rows: float(sum(rows) % 7))
    first, second = (evaluate(scorer, questions, terms).to_json() for _ in range(2))
    assert first == second


def test_the_order_of_questions_changes_no_figure(told: Any, terms: EvaluationContext) -> None:
    questions, scorer = make_questions(), told(lambda rows: float(sum(rows) % 7))
    first = evaluate(scorer, questions, terms).to_json()
    second = evaluate(scorer, questions[::-1], terms).to_json()
    for section, name in (("fitb", "accuracy"), ("compatibility", "auc"), ("retrieval", "mrr")):
        assert first[section][name] == second[section][name]


@pytest.mark.parametrize("kind", [FitbQuestion, CompatibilityQuestion, CompletionQuestion, None])
def test_a_kind_without_questions_is_null(
    told: Any, terms: EvaluationContext, kind: type | None
) -> None:
    chosen = [q for q in make_questions() if kind is not None and isinstance(q, kind)]
    found = evaluate(told(lambda rows: 0.0), chosen, terms, controls={"other": told(len)})
    facts = json.loads(json.dumps(found.to_json(), allow_nan=False))
    asked = {
        "fitb": ("accuracy", FitbQuestion),
        "retrieval": ("recall@10", FitbQuestion),
        "compatibility": ("auc", CompatibilityQuestion),
        "completion": ("hit@1", CompletionQuestion),
    }
    for section, (figure, of) in asked.items():
        assert (facts[section][figure] is None) == (kind is not of)
        assert (facts[section]["n"] == 0) == (kind is not of)


def test_a_terminal_of_80_columns_shows_every_measure_of_every_scorer(
    report: EvaluationReport, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    names = ["chance", "popularity", "category_only", "co_occurrence", "mean_cosine"]
    found = {"this run": report.measures, **dict.fromkeys(names, report.measures)}
    show.measures(found)
    show.among_worn(found)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    told = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
    value = f"{100 * (report.measures.fitb.accuracy.value or 0):.1f}"
    assert told["FITB"] == [value] * 6
    assert {"AUC", "R@10", "MRR", "hit@1", "hit@10"} <= told.keys()

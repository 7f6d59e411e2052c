"""Evaluate: a run beside its controls, as figures and as a page; and the controls alone.

Where the rule behind the outfits is known, the best possible figures stand beside. A run can be
evaluated as Han et al. 2017 did, too, defects and all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from modiste.data.atomic import write_text
from modiste.data.photographs import backgrounds, load_photographs
from modiste.data.questions.files import load_questions, question_names, read_questions
from modiste.data.questions.make import make_questions
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.blocks import control_blocks, without_frequency
from modiste.errors import DataError, Misuse
from modiste.evaluation.calibration import Calibration
from modiste.evaluation.compatibility import measure_compatibility
from modiste.evaluation.controls import Controls, build_controls
from modiste.evaluation.evaluate import EvaluationReport, Measures, measure
from modiste.evaluation.evaluate import evaluate as measure_all
from modiste.evaluation.fitb import choose_examples
from modiste.evaluation.han2017.measure import (
    ask,
    defects,
    measure_compatibility_as_published,
    measure_fast,
    measure_fitb_as_published,
)
from modiste.evaluation.reconstruction import (
    ReconstructionResult,
    measure_reconstruction,
    whole_outfits,
)
from modiste.evaluation.report.page import ReportPage, write_report
from modiste.evaluation.scoring import CatalogueIndex, EvaluationContext, ModelScorer
from modiste.models.base import Reconstructs
from modiste.outfit import FitbQuestion, Question, Split
from modiste.training.run import Run, table_of


def known_ceiling(wardrobe: Wardrobe, questions: Sequence[Question]) -> Mapping[str, float]:
    """`fitb` and `auc` that no scorer beats on these questions; empty where it is not known."""
    if "rule" not in wardrobe.info.extra:
        return {}
    from modiste.data.drawn.oracle import ceiling

    drawn = [q for q in questions if all(i in wardrobe.rows for i in _items(q))]
    found = ceiling(wardrobe, drawn)
    both = {"fitb": found.fitb, "auc": found.auc}
    return {name: round(value, 4) for name, value in both.items() if value is not None}


def _items(question: Question) -> tuple[str, ...]:
    match question.kind:
        case "fitb":
            return (*question.question, *question.candidates)
        case "compatibility":
            return question.items
        case "completion":
            return (*question.question, question.answer)


def catalogue_index_of(wardrobe: Wardrobe) -> CatalogueIndex:
    """The items of a wardrobe and their categories, row by row."""
    items = wardrobe.items
    return CatalogueIndex(
        tuple(items["id"]),
        tuple(items["fine"]),
        tuple(items["category"]),
        frozenset(wardrobe.outfits["items"].explode().drop_nulls()),
    )


QUESTION_SEED = 1
"""Of the questions asked by `--split`; training validates with its own seed."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """A report, where its page is, and the ceiling where it is known."""

    report: EvaluationReport
    page: Path
    asked: str
    ceiling: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """The document that DESIGN fixes, with `ceiling` and `report` added."""
        facts = self.report.to_json()
        facts["questions"] = self.asked
        facts["report"] = str(self.page)
        if self.ceiling:
            facts["ceiling"] = dict(self.ceiling)
        return facts


def evaluate(
    run_root: Path,
    *,
    wardrobe: Path | None = None,
    split: Split = "test",
    questions: str | None = None,
    report: Path | None = None,
) -> Evaluation:
    """Put questions to a run and to its controls; write `report.json` and a page.

    Args:
        run_root: a finished run.
        wardrobe: another wardrobe than the one it was trained on.
        split: whose outfits to ask about, if `questions` is None.
        questions: a JSON Lines file, or the name of a question set of the wardrobe.
        report: where the page goes; None: `report.html` of the run.

    Raises:
        ModisteError: see the parts.
    """
    run = Run.open(run_root)
    opened = run.wardrobe(wardrobe)
    asked, chosen = chosen_questions(opened, split, questions)
    table = table_of(opened, run.spec, run.counts)
    scorer = ModelScorer(run.model(), table)
    terms = EvaluationContext(catalogue_index_of(opened), run.trained_on, seed=0)
    controls = fitted_controls(opened)
    calibration = Calibration.from_dict(run.spec.calibration) if run.spec.calibration else None
    found = measure_all(
        scorer,
        chosen,
        terms,
        controls=controls.scorers,
        left_out=controls.left_out,
        calibration=calibration,
        fitb=ModelScorer(scorer.model, without_frequency(table)),
    )
    found = replace(found, reconstruction=_reconstruction(scorer, opened, chosen, terms))
    ceiling = known_ceiling(opened, chosen)
    page = report or run.root / "report.html"
    write_report(page, found, _page(run, opened, found, chosen, asked, ceiling))
    result = Evaluation(report=found, page=page, asked=asked, ceiling=ceiling)
    write_text(run.root / "report.json", json.dumps(result.to_json(), indent=2) + "\n")
    return result


def chosen_questions(
    wardrobe: Wardrobe, split: Split, questions: str | None
) -> tuple[str, list[Question]]:
    """The questions asked for, and what to call them."""
    if questions is None:
        photographs = load_photographs(wardrobe) if has_images(wardrobe) else None
        made = make_questions(wardrobe, split, seed=QUESTION_SEED, photographs=photographs)
        matched = ", ".join(["fine category", *wardrobe.info.match])
        return f"{split} split, wrong answers matched on {matched} and background", made
    path = Path(questions)
    if path.is_file():
        found = read_questions(path)
        if not found:
            raise DataError(f"{path} holds no question; give a JSON Lines file of questions.")
        return path.name, found
    names = question_names(wardrobe.root)
    if questions not in names:
        raise Misuse(
            f"--questions {questions}: no such file, and no question set of {wardrobe.root} "
            f"(it has: {', '.join(names) or 'none'})."
        )
    return questions, load_questions(wardrobe.root, questions)


def fitted_controls(wardrobe: Wardrobe) -> Controls:
    """The controls of a wardrobe, fitted on its training outfits."""
    blocks = dict(control_blocks(wardrobe))
    if has_images(wardrobe):
        blocks["background"] = backgrounds(wardrobe, load_photographs(wardrobe))
    return build_controls(catalogue_index_of(wardrobe), blocks, wardrobe.outfit_rows("train"))


def has_images(wardrobe: Wardrobe) -> bool:
    """Whether any item has a photograph."""
    return wardrobe.items["image"].null_count() < len(wardrobe.items)


def _reconstruction(
    scorer: ModelScorer, wardrobe: Wardrobe, questions: Sequence[Question], terms: EvaluationContext
) -> ReconstructionResult | None:
    """Of the outfits that the questions are about; None where the model has no such thing."""
    if not isinstance(scorer.model, Reconstructs):
        return None
    worn = [row for outfit in wardrobe.outfit_rows("train") for row in outfit]
    counts = np.bincount(np.array(worn, dtype=np.int64), minlength=len(wardrobe.items))
    return measure_reconstruction(scorer, whole_outfits(questions), terms, counts)


def _page(
    run: Run,
    wardrobe: Wardrobe,
    found: EvaluationReport,
    questions: Sequence[Question],
    asked: str,
    ceiling: Mapping[str, float],
) -> ReportPage:
    fitb = [q for q in questions if isinstance(q, FitbQuestion)]
    curves = run.root / "curves.png"
    facts = {
        "wardrobe": wardrobe.info.name,
        "model": type(run.spec.model).__name__.removesuffix("Config"),
        "questions": asked,
        "selection": str(run.spec.selection.get("metric", "")),
        "seed": str(run.spec.training["loop"]["seed"]),
    }
    return ReportPage(
        title=f"{run.root.name} on {wardrobe.info.name}",
        subtitle=asked,
        facts=facts,
        examples=choose_examples(fitb, found.measures.fitb, each=6, seed=0),
        image=lambda item_id: wardrobe.image_path(wardrobe.item(item_id).image),
        caption=lambda item_id: wardrobe.item(item_id).title or item_id,
        ceiling=ceiling,
        curves=curves.read_bytes() if curves.is_file() else None,
    )


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Several scorers on the same questions."""

    asked: str
    """Which questions, in words."""
    measures: Mapping[str, Measures]
    """Name -> what it achieved."""
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The figures by name."""
        return {
            "questions": self.asked,
            "controls": {name: found.to_json() for name, found in self.measures.items()},
            "notes": list(self.notes),
        }


def measure_controls(
    wardrobe: Path, *, split: Split = "test", questions: str | None = None, seed: int = 0
) -> Compared:
    """Measure the controls of a wardrobe, fitted on its training outfits.

    Args:
        wardrobe: its folder.
        split: whose outfits to ask about, if `questions` is None.
        questions: a JSON Lines file, or the name of a question set of the wardrobe.
        seed: of the resampling.

    Raises:
        ModisteError: see the parts.
    """
    opened = Wardrobe(wardrobe)
    asked, chosen = chosen_questions(opened, split, questions)
    worn = frozenset(opened.worn("train"))
    terms = EvaluationContext(catalogue_index_of(opened), worn, seed)
    controls = fitted_controls(opened)
    return Compared(
        asked=asked,
        measures={
            name: measure(scorer, chosen, terms) for name, scorer in controls.scorers.items()
        },
        notes=tuple(controls.left_out.values()),
    )


Protocol = Literal["han2017", "han2017-fast"]


@dataclass(frozen=True, kw_only=True)
class AsPublished:
    """What a run achieves by the published rules and by ours."""

    protocol: Protocol
    asked: str
    """Which questions, in words."""
    fitb: Mapping[str, Any]
    """`published` and `ours`, each by way of answering."""
    compatibility: Mapping[str, Any]
    """`published` and `ours`; with `fast` of han2017-fast."""
    notes: tuple[str, ...] = field(default=())
    """What is wrong with the published figures, with counts."""

    def to_json(self) -> dict[str, Any]:
        """The document of `modiste evaluate --protocol ... --json`."""
        return {
            "protocol": self.protocol,
            "questions": self.asked,
            "fitb": dict(self.fitb),
            "compatibility": dict(self.compatibility),
            "defects": list(self.notes),
        }


def evaluate_as_published(
    run_root: Path,
    *,
    protocol: Protocol = "han2017",
    wardrobe: Path | None = None,
    split: Split = "test",
    questions: str | None = None,
) -> AsPublished:
    """Put questions to a bilstm, visual_semantic or siamese run by the published protocol.

    Args:
        run_root: a finished run.
        protocol: `han2017-fast` adds the cheaper compatibility scores beside the full one.
        wardrobe: another wardrobe than the one it was trained on.
        split: whose outfits to ask about, if `questions` is None.
        questions: a JSON Lines file, or the name of a question set of the wardrobe.

    Raises:
        Misuse: the protocol has nothing to say about this kind of model.
        ModisteError: see the parts.
    """
    run = Run.open(run_root)
    opened = run.wardrobe(wardrobe)
    model, table = run.model(), table_of(opened, run.spec, run.counts)
    asked_of, chosen = chosen_questions(opened, split, questions)
    asked = ask(model, table, chosen)
    terms = EvaluationContext(catalogue_index_of(opened), run.trained_on, seed=0)
    ours = measure_compatibility(ModelScorer(model, table), asked.compatibility, terms)
    full = measure_compatibility_as_published(model, asked, ours)
    fitb, compatibility = measure_fitb_as_published(model, asked, terms.seed), full.to_json()
    if protocol == "han2017-fast":
        compatibility["fast"] = measure_fast(model, full)
    return AsPublished(
        protocol=protocol,
        asked=asked_of,
        fitb=fitb,
        compatibility=compatibility,
        notes=tuple(defects(fitb, compatibility)),
    )

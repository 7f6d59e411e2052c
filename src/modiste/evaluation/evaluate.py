"""Every question put to a model and to its controls, on the same terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from modiste.evaluation.calibration import Calibration, Reliability, reliability
from modiste.evaluation.compatibility import CompatibilityResult, measure_compatibility
from modiste.evaluation.completion import CompletionResult, measure_completion
from modiste.evaluation.fitb import FitbResult, measure_fitb
from modiste.evaluation.reconstruction import ReconstructionResult
from modiste.evaluation.retrieval import RetrievalResult, measure_retrieval
from modiste.evaluation.scoring import EvaluationContext, Scorer
from modiste.outfit import CompatibilityQuestion, CompletionQuestion, FitbQuestion, Question


@dataclass(frozen=True)
class Measures:
    """What one scorer achieves on all kinds of questions."""

    fitb: FitbResult
    compatibility: CompatibilityResult
    retrieval: RetrievalResult
    completion: CompletionResult

    def to_json(self) -> dict[str, Any]:
        """The headline figures of each kind; null where there were no such questions."""
        return {
            "fitb": self.fitb.to_json(),
            "compatibility": self.compatibility.to_json(),
            "retrieval": self.retrieval.to_json(),
            "completion": self.completion.to_json(),
        }


@dataclass(frozen=True, kw_only=True)
class EvaluationReport:
    """A model's measures with its controls beside.

    Args:
        measures: of the model.
        controls: name -> measures of the control, on the same questions.
        left_out: name -> why a control could not be measured.
        reliability: of the model's calibrated probabilities; None where it has no calibration.
        terms: on which all were measured.
        fitb_by: what answered the model's fill-in-the-blank questions; see `EvaluationContext`.
        reconstruction: of the outfits asked about, where the model reconstructs items.
    """

    measures: Measures
    controls: Mapping[str, Measures] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    reliability: Reliability | None = None
    terms: EvaluationContext
    fitb_by: str = "score"
    reconstruction: ReconstructionResult | None = None

    def to_json(self) -> dict[str, Any]:
        """The document of `modiste evaluate --json`: plain numbers, lists and nulls."""
        facts = self.measures.to_json()
        facts["fitb"] |= self.measures.fitb.breakdowns()
        facts["compatibility"] |= self.measures.compatibility.breakdowns()
        if self.reliability is not None:
            facts["calibration"] = self.reliability.to_json()
        if self.reconstruction is not None:
            facts["reconstruction"] = self.reconstruction.to_json()
        facts["controls"] = {name: found.to_json() for name, found in self.controls.items()}
        facts["left_out"] = dict(self.left_out)
        facts["terms"] = {
            "fitb_by": self.fitb_by,
            "seed": self.terms.seed,
            "intervals": "95 %, percentile bootstrap over outfits, 1,000 resamples",
        }
        return facts


def evaluate(  # noqa: PLR0913 - keyword-only, and all of it is said in the report
    scorer: Scorer,
    questions: Sequence[Question],
    terms: EvaluationContext,
    *,
    controls: Mapping[str, Scorer] | None = None,
    left_out: Mapping[str, str] | None = None,
    calibration: Calibration | None = None,
    fitb: Scorer | None = None,
) -> EvaluationReport:
    """Measure a scorer and its controls on questions of any kinds.

    Args:
        scorer: the model with its catalogue.
        questions: of any kinds, in any order.
        terms: the catalogue, what the model was trained on, the seed.
        controls: name -> scorer over the same catalogue rows.
        left_out: name -> why a control is not among them, to be reported.
        calibration: of the model's scores, fitted on the validation split.
        fitb: who answers fill-in-the-blank questions by the item `wanted`; see `measure`.
    """
    measures = measure(scorer, questions, terms, fitb=fitb)
    compatibility = measures.compatibility
    believed = None
    if calibration is not None and len(compatibility.labels):
        believed = reliability(calibration.probability(compatibility.scores), compatibility.labels)
    return EvaluationReport(
        measures=measures,
        controls={name: measure(c, questions, terms) for name, c in (controls or {}).items()},
        left_out=dict(left_out or {}),
        reliability=believed,
        terms=terms,
        fitb_by="wanted" if fitb else terms.fitb_by,
    )


def measure(
    scorer: Scorer,
    questions: Sequence[Question],
    terms: EvaluationContext,
    *,
    fitb: Scorer | None = None,
) -> Measures:
    """Put every question to one scorer; fill-in-the-blank questions twice, as retrieval too.

    Args:
        scorer: the model with its catalogue.
        questions: of any kinds.
        terms: on which it is measured.
        fitb: the same model, blind to how often items are worn, which answers fill-in-the-blank
            questions by the item `wanted`: candidates are drawn by frequency, so frequency says
            nothing there. None: `scorer`, as `terms` say.
    """
    blanks = [q for q in questions if isinstance(q, FitbQuestion)]
    compatibility = [q for q in questions if isinstance(q, CompatibilityQuestion)]
    completion = [q for q in questions if isinstance(q, CompletionQuestion)]
    return Measures(
        fitb=measure_fitb(
            fitb or scorer, blanks, replace(terms, fitb_by="wanted") if fitb else terms
        ),
        compatibility=measure_compatibility(scorer, compatibility, terms),
        retrieval=measure_retrieval(scorer, blanks, terms),
        completion=measure_completion(scorer, completion, terms),
    )

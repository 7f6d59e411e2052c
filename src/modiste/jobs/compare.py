"""Several runs on the same questions: intervals, and paired tests against the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from modiste.data.wardrobe import Wardrobe
from modiste.encoders.blocks import without_frequency
from modiste.errors import Misuse
from modiste.evaluation.evaluate import Measures, measure
from modiste.evaluation.intervals import Difference, paired_difference
from modiste.evaluation.scoring import EvaluationContext, ModelScorer
from modiste.jobs.evaluate import catalogue_index_of, chosen_questions
from modiste.outfit import Question, Split
from modiste.training.run import Run, table_of


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Runs beside each other."""

    asked: str
    """Which questions, in words."""
    measures: Mapping[str, Measures]
    """Run -> what it achieved, in the order given."""
    gains: Mapping[str, Mapping[str, Difference]]
    """Run -> `fitb` and `mrr` -> what it gains on the first run, question by question."""

    def to_json(self) -> dict[str, Any]:
        """The figures by run, and the gains on the first."""
        return {
            "questions": self.asked,
            "runs": {run: found.to_json() for run, found in self.measures.items()},
            "gains": {
                run: {name: asdict(gain) for name, gain in gains.items()}
                for run, gains in self.gains.items()
            },
        }


def compare(
    runs: Sequence[Path],
    *,
    wardrobe: Path | None = None,
    split: Split = "test",
    questions: str | None = None,
) -> Comparison:
    """Put the same questions to several runs.

    Args:
        runs: two or more, all different.
        wardrobe: about which to ask; None: the one that the first run was trained on.
        split: whose outfits to ask about, if `questions` is None.
        questions: a JSON Lines file, or the name of a question set of the wardrobe.

    Raises:
        Misuse: fewer than two runs, or one given twice.
        ModisteError: see the parts.
    """
    if len(runs) < 2 or len({run.resolve() for run in runs}) < len(runs):
        raise Misuse("Give two runs or more, each of them once.")
    opened = [Run.open(run) for run in runs]
    about = opened[0].wardrobe(wardrobe)
    asked, chosen = chosen_questions(about, split, questions)
    measures = {
        str(path): _measured(run, run.wardrobe(about.root), chosen)
        for path, run in zip(runs, opened, strict=True)
    }
    first, *others = measures
    return Comparison(
        asked=asked,
        measures=measures,
        gains={name: _gains(measures[name], measures[first]) for name in others},
    )


def _measured(run: Run, wardrobe: Wardrobe, questions: Sequence[Question]) -> Measures:
    model, table = run.model(), table_of(wardrobe, run.spec, run.counts)
    terms = EvaluationContext(catalogue_index_of(wardrobe), run.trained_on, seed=0)
    blind = ModelScorer(model, without_frequency(table))
    return measure(ModelScorer(model, table), questions, terms, fitb=blind)


def _gains(found: Measures, first: Measures) -> dict[str, Difference]:
    fitb, retrieval = found.fitb, found.retrieval
    return {
        "fitb": paired_difference(fitb.credit, first.fitb.credit, fitb.clusters, 0),
        "mrr": paired_difference(
            retrieval.ranks.reciprocal(),
            first.retrieval.ranks.reciprocal(),
            retrieval.clusters,
            0,
        ),
    }

"""Evaluate a run as Han et al. 2017 did, defects and all, with our rules beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from modiste.evaluation.compatibility import measure_compatibility
from modiste.evaluation.han2017.measure import (
    ask,
    defects,
    measure_compatibility_as_published,
    measure_fast,
    measure_fitb_as_published,
)
from modiste.evaluation.scoring import EvaluationContext, ModelScorer
from modiste.jobs.evaluate import catalogue_index_of, chosen_questions
from modiste.outfit import Split
from modiste.training.run import Run, table_of

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

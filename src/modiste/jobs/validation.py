"""The questions of the validation split: what chooses weights, and calibrates scores."""

from __future__ import annotations

import copy
from typing import Any

import torch

from modiste.data.batches import ItemTable
from modiste.data.photographs import load_photographs
from modiste.data.questions.make import make_questions
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.blocks import without_frequency
from modiste.errors import DataError
from modiste.evaluation.calibration import fit_calibration
from modiste.evaluation.evaluate import Measures, measure
from modiste.evaluation.reconstruction import measure_reconstruction
from modiste.evaluation.retrieval import Ask, rank
from modiste.evaluation.scoring import EvaluationContext, ModelScorer
from modiste.jobs.evaluate import catalogue_index_of, has_images
from modiste.models.base import OutfitModel, Reconstructs
from modiste.outfit import Question


class Validation:
    """The questions of the validation split, put to the model at every evaluation.

    With `completion`, what umBERT was chosen by comes on top: each item of each validation
    outfit is masked in turn and looked for among the items of its slot that occur in outfits.
    """

    def __init__(  # noqa: PLR0913 - all of it is of one split of one wardrobe
        self,
        wardrobe: Wardrobe,
        table: ItemTable,
        trained_on: frozenset[str],
        seed: int,
        device: torch.device | str = "cpu",
        *,
        completion: bool = False,
    ) -> None:
        self.questions = validation_questions(wardrobe, seed)
        self.table, self.device = table, device
        self._blind = without_frequency(table)
        self.terms = EvaluationContext(catalogue_index_of(wardrobe), trained_on, seed)
        outfits = wardrobe.outfits_of("valid") if completion else []
        self.outfits = [outfit.items for outfit in outfits if len(outfit.items) > 1]

    def on(self, table: ItemTable) -> Validation:
        """The same questions, of another table of the same items."""
        other = copy.copy(self)
        other.table, other._blind = table, without_frequency(table)
        return other

    def __call__(self, model: OutfitModel) -> dict[str, float]:
        """FITB accuracy, compatibility AUC, recall@10, and their mean as `selection`.

        With `completion` also `hits`, how many items were among the first 10, `hit@10`, their
        share, and of a model that reconstructs `reconstruction`, its accuracy.
        """
        return headline(self._measured(model)) | self._completed(model)

    def calibrate(self, model: OutfitModel) -> dict[str, Any]:
        """How the model's logits become probabilities, from the same questions."""
        found = self._measured(model).compatibility
        return dict(fit_calibration(found.scores, found.labels).to_dict())

    def _completed(self, model: OutfitModel) -> dict[str, float]:
        if not self.outfits:
            return {}
        scorer, index = ModelScorer(model, self.table, self.device), self.terms.index
        rows = [[index.rows[item] for item in items] for items in self.outfits]
        asks = [
            Ask([row for row in outfit if row != own], own, index.coarse[own])
            for outfit in rows
            for own in outfit
        ]
        found = rank(scorer, asks, index.pools_among(index.worn)).recall(10)
        facts = {"hits": float(found.sum()), "hit@10": float(found.mean())}
        if isinstance(model, Reconstructs):
            accuracy = measure_reconstruction(scorer, self.outfits, self.terms).accuracy
            facts["reconstruction"] = accuracy or 0.0
        return facts

    def _measured(self, model: OutfitModel) -> Measures:
        scorer = ModelScorer(model, self.table, self.device)
        blind = ModelScorer(model, self._blind, self.device)
        return measure(scorer, self.questions, self.terms, fitb=blind)


def validation_questions(wardrobe: Wardrobe, seed: int) -> list[Question]:
    """Fill-in-the-blank and compatibility questions about the validation outfits.

    Raises:
        DataError: there is no validation outfit.
    """
    questions: list[Question] = []
    if wardrobe.outfits_of("valid"):
        photographs = load_photographs(wardrobe) if has_images(wardrobe) else None
        questions = make_questions(
            wardrobe,
            "valid",
            seed=seed,
            photographs=photographs,
            kinds=("fitb", "compatibility"),
        )
    if not questions:
        raise DataError(
            f"{wardrobe.root} has no validation outfits to select a model by; import more "
            "outfits, or map a split column."
        )
    return questions


def headline(measures: Measures) -> dict[str, float]:
    """FITB accuracy, compatibility AUC, recall@10, and their mean as `selection`."""
    found = measures.to_json()
    metrics = {
        "fitb": found["fitb"]["accuracy"],
        "auc": found["compatibility"]["auc"],
        "recall@10": found["retrieval"]["recall@10"],
    }
    known = {name: float(value) for name, value in metrics.items() if value is not None}
    return known | {"selection": sum(known.values()) / len(known)}

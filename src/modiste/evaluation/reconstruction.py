"""Reconstruction: is what a model decodes of an item nearest to that item?

The accuracy that umBERT was chosen by (docs/models.md), for items that the model sees and for the
one that it does not: copying what is seen brings the mean over four slots to three quarters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from modiste.arrays import Bools, Doubles, Ints
from modiste.data.batches import collate
from modiste.evaluation.intervals import rounded
from modiste.evaluation.scoring import EvaluationContext, ModelScorer, products, tied
from modiste.models.base import Reconstructs
from modiste.outfit import CompletionQuestion, FitbQuestion, Question

_OUTFITS = 256  # at once


@dataclass(frozen=True, kw_only=True)
class ReconstructionResult:
    """How often items are told from all others of their slot that occur in outfits.

    Args:
        credit: (n,) 1 where the item itself was nearest, less where others tie.
        masked: (n,) bool whether it was masked; else the model saw it.
        slot: (n,) its slot.
        pool: (n,) how many items its slot offers.
        popular: (n,) 1 where it is the item of its slot that training outfits wear most.
    """

    credit: Doubles
    masked: Bools
    slot: npt.NDArray[np.object_]
    pool: Ints
    popular: Doubles = field(default_factory=lambda: np.zeros(0))

    @property
    def accuracy(self) -> float | None:
        """Over items seen and masked alike, as published."""
        return float(self.credit.mean()) if len(self.credit) else None

    def to_json(self) -> dict[str, Any]:
        """Accuracies: all, `seen`, `masked`; each with chance and popularity, and by slot."""
        every = np.ones(len(self.credit), dtype=bool)
        return {
            **self._figures(every),
            "seen": self._by_slot(~self.masked),
            "masked": self._by_slot(self.masked),
        }

    def _by_slot(self, chosen: Bools) -> dict[str, Any]:
        slots = sorted(set(self.slot))
        return {
            **self._figures(chosen),
            "by_category": {slot: self._figures(chosen & (self.slot == slot)) for slot in slots},
        }

    def _figures(self, chosen: Bools) -> dict[str, Any]:
        def mean(values: Doubles) -> float | None:
            return rounded(float(values[chosen].mean())) if chosen.any() else None

        return {
            "accuracy": mean(self.credit),
            "chance": mean(1.0 / np.maximum(self.pool, 1)),
            "popularity": mean(self.popular),
            "n": int(chosen.sum()),
        }


def whole_outfits(questions: Sequence[Question]) -> list[tuple[str, ...]]:
    """The outfits behind completion questions, else behind fill-in-the-blank questions."""
    asked = [(*q.question, q.answer) for q in questions if isinstance(q, CompletionQuestion)] or [
        (*q.question, q.candidates[q.answer]) for q in questions if isinstance(q, FitbQuestion)
    ]
    return list({frozenset(items): items for items in asked}.values())


def measure_reconstruction(
    scorer: ModelScorer,
    outfits: Sequence[Sequence[str]],
    terms: EvaluationContext,
    worn_counts: Ints | None = None,
) -> ReconstructionResult:
    """Mask each item of each outfit in turn, and look for all items among those of their slot.

    Args:
        scorer: a model that has `reconstruct`, with its catalogue.
        outfits: item ids; outfits with an item that the catalogue lacks are left out.
        terms: whose `index.worn`, with the items of `outfits`, are looked among.
        worn_counts: (M,) how often training outfits wear each item; None: never.

    Raises:
        TypeError: the model has no `reconstruct`.
    """
    if not isinstance(scorer.model, Reconstructs):
        raise TypeError(f"{type(scorer.model).__name__} does not reconstruct items.")
    index = terms.index
    known = [rows for items in outfits if (rows := index.known(items)) is not None]
    pools = index.pools_among(index.worn.union(*outfits))
    vectors, items, masked = _decoded(scorer, known)
    slot = np.array([index.coarse[row] for row in items], dtype=object)
    credit, pool, popular = (np.zeros(len(items)) for _ in range(3))
    for name in sorted(set(slot)):
        parts, here = pools[name], np.flatnonzero(slot == name)
        offered = np.concatenate(parts)
        keys = torch.cat([scorer.partition(part).vectors for part in parts])
        order = np.argsort(offered)
        own = order[np.searchsorted(offered, items[here], sorter=order)]
        credit[here] = _nearest(vectors[torch.from_numpy(here)], keys, own)
        pool[here] = len(offered)
        if worn_counts is not None and worn_counts[offered].any():
            popular[here] = items[here] == offered[np.argmax(worn_counts[offered])]
    return ReconstructionResult(
        credit=credit, masked=masked, slot=slot, pool=pool.astype(np.int64), popular=popular
    )


def _decoded(
    scorer: ModelScorer, outfits: Sequence[Sequence[int]]
) -> tuple[torch.Tensor, Ints, Bools]:
    """(n, H) decoded, (n,) rows of what they are to be, (n,) bool whether it was masked."""
    model = scorer.model
    assert isinstance(model, Reconstructs)
    vectors, items, masked = [torch.zeros(0, 0)], [np.zeros(0, np.int64)], [np.zeros(0, bool)]
    training = scorer.model.training
    scorer.model.eval()
    with torch.inference_mode():
        for start in range(0, len(outfits), _OUTFITS):
            batch = collate(scorer.table, outfits[start : start + _OUTFITS])
            found = model.reconstruct(batch.to(scorer.device))
            vectors.append(found.vectors.float().cpu())
            items.append(batch.row[found.outfit.cpu(), found.place.cpu()].numpy())
            masked.append(found.masked.cpu().numpy())
    scorer.model.train(training)
    some = vectors[1:] or vectors
    return torch.cat(some), np.concatenate(items), np.concatenate(masked)


def _nearest(vectors: torch.Tensor, keys: torch.Tensor, own: Ints) -> Doubles:
    """(n,) 1 where the own key has the largest product with the vector, shared among ties."""
    credit = np.zeros(len(vectors))
    most = max(1, 5_000_000 // len(keys))
    for start in range(0, len(vectors), most):
        fits = products(vectors[start : start + most].contiguous(), keys.float().cpu().contiguous())
        found = fits.double().numpy()
        truth = np.take_along_axis(found, own[start : start + most, None], axis=1)
        same = tied(found, truth)
        beaten = ((found > truth) & ~same).any(axis=1)
        credit[start : start + most] = np.where(beaten, 0.0, 1.0 / np.maximum(same.sum(axis=1), 1))
    return credit

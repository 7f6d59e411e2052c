"""Outfits tried on: numbers in, the model's opinion and a probability out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from modiste.data.batches import Floats, Ints, ItemTable, category_index, collate
from modiste.evaluation.calibration import Calibration, Doubles
from modiste.models.base import OutfitModel
from modiste.outfit import OutfitBatch

GOES_TOGETHER = 0.6
FIGHTS_ITSELF = 0.4
"""Probabilities from which and up to which the words say so; between them lies daring."""

SIGMOID = Calibration(slope=1.0, offset=0.0, centre=0.0, scale=1.0, n=0)
"""Stands in where a run has no calibration: the logit taken at its word."""


@dataclass(frozen=True)
class Guest:
    """A piece that is in no catalogue, as the model sees it.

    Args:
        features: (D,) float32.
        fine: its fine category.
        slot: its coarse category.
    """

    features: Floats
    fine: str
    slot: str


@dataclass(frozen=True)
class Wearer:
    """Who tries outfits on.

    Args:
        model: in eval mode.
        table: the catalogue as `model` sees it.
        slot: (M) the slot of each catalogue row.
        position: slot -> where it stands in an outfit, 0 to 1; for models that read in order.
        device: where `model` is.
    """

    model: OutfitModel
    table: ItemTable
    slot: Sequence[str]
    position: Mapping[str, float]
    device: str | torch.device = "cpu"


class FittingRoom:
    """Tries outfits on, given as numbers: catalogue rows, and from M on the guests.

    A model that reads outfits in order gets them in the order of the training outfits' slots, so
    that an outfit is a set to everyone who asks; but `kept` stand among themselves as they come.
    """

    batch_size = 256
    """Outfits at once."""

    def __init__(
        self, wearer: Wearer, guests: Sequence[Guest] = (), kept: Sequence[int] = ()
    ) -> None:
        self.wearer = wearer
        self.guests = tuple(guests)
        self.kept = frozenset(kept)

    @torch.inference_mode()
    def score(self, outfits: Sequence[Sequence[int]]) -> Doubles:
        """(n,) logits of outfits of one piece or more."""
        parts = [
            self.wearer.model.score(batch).double().cpu().numpy()
            for batch in self._batches(outfits)
        ]
        return np.concatenate([np.zeros(0), *parts])

    @torch.inference_mode()
    def wanted(self, outfits: Sequence[Sequence[int]], category: int) -> Floats:
        """(n, H) the item of a fine category that is missing; an outfit may be empty."""
        parts = []
        for batch in self._batches(outfits):
            kind = torch.full((len(batch),), category, device=self.wearer.device)
            parts.append(self.wearer.model.wanted(batch, kind).float().cpu().numpy())
        return np.concatenate(parts)

    def _batches(self, outfits: Sequence[Sequence[int]]) -> Iterator[OutfitBatch]:
        for start in range(0, len(outfits), self.batch_size):
            some = [self._ordered(o) for o in outfits[start : start + self.batch_size]]
            yield self._batch(some).to(self.wearer.device)

    def _batch(self, outfits: Sequence[Sequence[int]]) -> OutfitBatch:
        """Collate from a table of those pieces alone, so that guests need no copy of the whole."""
        table, size = self.wearer.table, len(self.wearer.table.ids)
        used = np.array(sorted({n for o in outfits for n in o}), dtype=np.int64)
        ours = used[used < size]
        guests = [self.guests[n - size] for n in used[used >= size]]
        features = np.concatenate(
            [table.features[ours], *(guest.features[None] for guest in guests)]
        )
        category = category_index([guest.fine for guest in guests], table.vocabulary)
        small = ItemTable(
            ids=(),
            features=features.astype(np.float32, copy=False),
            category=np.concatenate([table.category[ours], category]),
            vocabulary=table.vocabulary,
        )
        place = {number: index for index, number in enumerate(used.tolist())}
        batch = collate(small, [[place[n] for n in outfit] for outfit in outfits])
        known: Ints = np.append(np.where(used < size, used, -1), -1)  # the last is for padding
        return replace(batch, row=torch.from_numpy(known)[batch.row])

    def in_order(self, outfit: Sequence[int]) -> list[int]:
        """An outfit as it is read: by slot, pieces that are `kept` in the order given.

        Those take the places that slots give them, but among themselves they do not change places.
        """
        found = sorted(outfit, key=lambda n: self.wearer.position.get(self._slot(n), 1.0))
        as_given = iter([number for number in outfit if number in self.kept])
        return [next(as_given) if number in self.kept else number for number in found]

    def _ordered(self, outfit: Sequence[int]) -> Sequence[int]:
        return self.in_order(outfit) if self.wearer.model.ordered else outfit

    def _slot(self, number: int) -> str:
        size = len(self.wearer.table.ids)
        return self.wearer.slot[number] if number < size else self.guests[number - size].slot


def in_words(probability: float) -> str:
    """One calibrated number in words."""
    if probability >= GOES_TOGETHER:
        return "goes together"
    return "fights itself" if probability <= FIGHTS_ITSELF else "daring"

"""Outfits tried on: numbers in, the model's opinion and a probability out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import torch

from modiste.arrays import Bools, Doubles, Floats, Ints
from modiste.data.batches import ItemTable, category_index
from modiste.evaluation.calibration import Calibration
from modiste.models.base import OutfitModel
from modiste.outfit import OutfitBatch
from modiste.stylist.encodings import Encodings

GOES_TOGETHER = 0.6
FIGHTS_ITSELF = 0.4
"""Probabilities from which and up to which the words say so; between them lies daring."""

SIGMOID = Calibration(slope=1.0, offset=0.0, centre=0.0, scale=1.0, n=0)
"""Stands in where a run has no calibration: the logit taken at its word."""


@dataclass(frozen=True)
class ExternalItem:
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
class CatalogueModel:
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

    @cached_property
    def encodings(self) -> Encodings:
        """What the model reads of each item."""
        return Encodings(self.model, self.table, self.device)


class OutfitScorer:
    """Tries outfits on, given as numbers: catalogue rows, and from M on the external items.

    A model that reads outfits in order gets them in the order of the training outfits' slots, so
    that an outfit is a set to everyone who asks; but `kept` stand among themselves as they come.
    """

    batch_size = 1024
    """Outfits at once."""

    def __init__(
        self,
        catalogue_model: CatalogueModel,
        externals: Sequence[ExternalItem] = (),
        kept: Sequence[int] = (),
    ) -> None:
        self.catalogue_model = catalogue_model
        self.externals = list(externals)
        self.kept = frozenset(kept)

    def welcome(self, external: ExternalItem) -> int:
        """Take in one more external item; returns its number."""
        self.externals.append(external)
        return len(self.catalogue_model.table.ids) + len(self.externals) - 1

    @torch.inference_mode()
    def score(self, outfits: Sequence[Sequence[int]]) -> Doubles:
        """(n,) logits of outfits of one piece or more."""
        parts = [
            self.catalogue_model.model.score(batch).double().cpu().numpy()
            for batch in self._batches(outfits)
        ]
        return np.concatenate([np.zeros(0), *parts])

    @torch.inference_mode()
    def wanted(self, outfits: Sequence[Sequence[int]], category: int | Sequence[int]) -> Floats:
        """(n, H) the item of a fine category that is missing; an outfit may be empty.

        Args:
            outfits: one or more.
            category: of all, or one for each.
        """
        every = np.broadcast_to(np.asarray(category, dtype=np.int64), len(outfits)).copy()
        kinds = torch.from_numpy(every).to(self.catalogue_model.device).split(self.batch_size)
        parts = [
            self.catalogue_model.model.wanted(batch, kind).float().cpu().numpy()
            for batch, kind in zip(self._batches(outfits), kinds, strict=True)
        ]
        return np.concatenate(parts)

    def _batches(self, outfits: Sequence[Sequence[int]]) -> Iterator[OutfitBatch]:
        for start in range(0, len(outfits), self.batch_size):
            some = [self._ordered(o) for o in outfits[start : start + self.batch_size]]
            yield self._batch(some)

    def _batch(self, outfits: Sequence[Sequence[int]]) -> OutfitBatch:
        """Collate what the model reads of those pieces alone; external items copy nothing."""
        table, size = self.catalogue_model.table, len(self.catalogue_model.table.ids)
        lengths = np.fromiter(map(len, outfits), np.int64, len(outfits))
        numbers = np.fromiter(chain.from_iterable(outfits), np.int64, int(lengths.sum()))
        used, place = _distinct(numbers, size + len(self.externals))
        ours = used[used < size]
        externals = [self.externals[n - size] for n in used[used >= size]]
        category = category_index([external.fine for external in externals], table.vocabulary)
        encoded = [self.catalogue_model.encodings.of(ours)] if len(ours) or not externals else []
        if externals:
            features = np.stack([external.features for external in externals])
            encoded.append(self.catalogue_model.encodings.fresh(features, category))
        kinds = np.concatenate([table.category[ours], category])
        present = np.arange(max(int(lengths.max(initial=0)), 1)) < lengths[:, None]  # (B, N)
        mask = torch.from_numpy(present)
        pieces = torch.cat(encoded)
        items = pieces.new_zeros((*present.shape, pieces.shape[1]))
        items[mask.to(pieces.device)] = pieces[torch.from_numpy(place).to(pieces.device)]
        rows = np.where(used < size, used, -1)
        return OutfitBatch(
            items=items,
            present=mask,
            category=torch.from_numpy(_spread(kinds[place], present, 0)),
            row=torch.from_numpy(_spread(rows[place], present, -1)),
            encoded=True,
        ).to(self.catalogue_model.device)

    def in_order(self, outfit: Sequence[int]) -> list[int]:
        """An outfit as it is read: by slot, pieces that are `kept` in the order given.

        Those take the places that slots give them, but among themselves they do not change places.
        """
        found = sorted(outfit, key=lambda n: self.catalogue_model.position.get(self._slot(n), 1.0))
        as_given = iter([number for number in outfit if number in self.kept])
        return [next(as_given) if number in self.kept else number for number in found]

    def _ordered(self, outfit: Sequence[int]) -> Sequence[int]:
        return self.in_order(outfit) if self.catalogue_model.model.ordered else outfit

    def _slot(self, number: int) -> str:
        size = len(self.catalogue_model.table.ids)
        return (
            self.catalogue_model.slot[number]
            if number < size
            else self.externals[number - size].slot
        )


def _distinct(numbers: Ints, count: int) -> tuple[Ints, Ints]:
    """The distinct ones of numbers below `count`, ascending, and the place of each among them.

    As `np.unique` has it, without the sorting, which took longer than the model.
    """
    there = np.zeros(count, dtype=np.bool_)
    there[numbers] = True
    used = np.flatnonzero(there)
    place = np.empty(count, dtype=np.int64)
    place[used] = np.arange(len(used))
    return used, place[numbers]


def _spread(values: Ints, present: Bools, padding: int) -> Ints:
    """Values of the pieces present in their places: (B, N)."""
    spread: Ints = np.full(present.shape, padding, dtype=np.int64)
    spread[present] = values
    return spread


def in_words(probability: float) -> str:
    """One calibrated number in words."""
    if probability >= GOES_TOGETHER:
        return "goes together"
    return "fights itself" if probability <= FIGHTS_ITSELF else "daring"

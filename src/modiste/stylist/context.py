"""The pieces on the table, and everything around it that the stylist works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from modiste.arrays import Doubles, Floats, Ints
from modiste.catalogue.base import RowSearch
from modiste.evaluation.calibration import Calibration
from modiste.stylist.pieces import Piece
from modiste.stylist.results import Judgement, ShownPiece
from modiste.stylist.rules import SlotPrior
from modiste.stylist.scorer import CatalogueModel, OutfitScorer, in_words
from modiste.stylist.stock import Partition, SlotPartition, Stock, spread_over
from modiste.stylist.wishes import QueryEncoders


@dataclass(frozen=True)
class StylistContext:
    """What the stylist works with.

    Args:
        stock: the items to choose from.
        catalogue: the same items, to be searched.
        catalogue_model: who tries outfits on: the model.
        slot_prior: which slots people put together.
        calibration: from logits to probabilities.
        query_encoders: how photographs are seen and wishes read.
    """

    stock: Stock
    catalogue: RowSearch
    catalogue_model: CatalogueModel
    slot_prior: SlotPrior
    calibration: Calibration
    query_encoders: QueryEncoders

    @cached_property
    def worn_in(self) -> dict[int, frozenset[int]]:
        """Catalogue row -> numbers of the training outfits that it is worn in."""
        rows, found = self.stock.wardrobe.rows, dict[int, set[int]]()
        for number, outfit in enumerate(self.stock.wardrobe.outfits_of("train")):
            for item_id in outfit.items:
                if item_id in rows:
                    found.setdefault(rows[item_id], set()).add(number)
        return {row: frozenset(outfits) for row, outfits in found.items()}

    @cached_property
    def popular(self) -> Ints:
        """(M,) all rows, those worn most often in training outfits first."""
        return np.argsort(-self.times_worn, kind="stable")

    @cached_property
    def times_worn(self) -> Ints:
        """(M,) int64 in how many training outfits each item is worn."""
        times = np.zeros(len(self.stock), dtype=np.int64)
        for row, outfits in self.worn_in.items():
            times[row] = len(outfits)
        return times

    def verdict(self, logit: float) -> Judgement:
        """A logit as a probability and in words."""
        probability = float(self.calibration.probability(logit))
        return Judgement(
            probability=probability,
            logit=logit,
            words=in_words(probability),
            calibrated=self.calibration.n > 0,
        )

    def garment(self, row: int) -> ShownPiece:
        """The item of a row as it is shown."""
        return self.stock.garment(row)

    def slot_partition(self, partitions: Sequence[Partition]) -> SlotPartition:
        """The partitions of a slot end to end."""
        key = tuple((partition.slot, partition.fine) for partition in partitions)
        if key not in self._aisles:
            self._aisles[key] = SlotPartition.of(partitions)
        return self._aisles[key]

    @cached_property
    def _aisles(self) -> dict[tuple[tuple[str, str], ...], SlotPartition]:
        return {}

    def sample(self, partition: Partition, count: int) -> Floats:
        """(n, H) vectors of up to `count` items evenly spread over a partition; always the same."""
        key = (partition.slot, partition.fine, count)
        if key not in self._samples:
            self._samples[key] = self.catalogue.vectors(spread_over(partition.rows, count))
        return self._samples[key]

    @cached_property
    def _samples(self) -> dict[tuple[str, str, int], Floats]:
        return {}


class PartialOutfit:
    """Pieces laid out together, ready to be tried on.

    `numbers` are what the scorer calls them: catalogue rows, and from M on photographs.

    Args:
        context: what the stylist works with.
        pieces: that are laid out.
        in_order: whether a model that reads outfits in order reads them in this one; looks then
            list all pieces in the order of reading.
        scorer: one that is shared with other boards; None: one of its own.
    """

    def __init__(
        self,
        context: StylistContext,
        pieces: Sequence[Piece],
        *,
        in_order: bool = False,
        scorer: OutfitScorer | None = None,
    ) -> None:
        self.pieces, self.in_order = tuple(pieces), in_order
        scorer = scorer or OutfitScorer(context.catalogue_model)
        self.numbers = tuple(_number(piece, scorer) for piece in pieces)
        self.scorer = (
            OutfitScorer(context.catalogue_model, scorer.externals, self.numbers)
            if in_order
            else scorer
        )
        self.notes = tuple(self._notes(context))

    @property
    def garments(self) -> tuple[ShownPiece, ...]:
        """As they are shown."""
        return tuple(piece.garment for piece in self.pieces)

    @property
    def slots(self) -> list[str]:
        """The slot of each piece."""
        return [piece.garment.category for piece in self.pieces]

    def without(self, place: int) -> tuple[int, ...]:
        """All numbers but one."""
        return self.numbers[:place] + self.numbers[place + 1 :]

    def score(self, outfits: Sequence[Sequence[int]]) -> Doubles:
        """(n,) logits of outfits of these pieces and catalogue rows."""
        return self.scorer.score(outfits)

    def taken(self, context: StylistContext) -> Ints:
        """Rows of what is on the board, or has the photograph of a piece on it."""
        rows = [piece.row for piece in self.pieces if piece.row is not None]
        twins = [row for piece in self.pieces for row in piece.twins]
        return context.stock.alike([*rows, *twins])

    def shown(self, context: StylistContext, numbers: Sequence[int]) -> tuple[ShownPiece, ...]:
        """Pieces by their numbers as they are shown."""
        mine = dict(zip(self.numbers, self.garments, strict=True))
        return tuple(mine[n] if n in mine else context.garment(n) for n in numbers)

    def _notes(self, context: StylistContext) -> list[str]:
        notes = [piece.note for piece in self.pieces if piece.note]
        known = set(context.stock.table.vocabulary)
        strange = sorted({g.fine for g in self.garments} - known)
        if strange:
            notes.append(
                f"The model has never seen the category {_listed(strange)}; it goes by looks and "
                "words alone there."
            )
        longest = context.slot_prior.longest
        if 0 < longest < len(self.pieces):
            notes.append(
                f"The largest outfit that the model learnt from has {longest} pieces, this one "
                f"has {len(self.pieces)}; take the numbers with care."
            )
        return notes


def _number(piece: Piece, scorer: OutfitScorer) -> int:
    """What the scorer calls a piece; a photograph comes in as an external item."""
    if piece.row is not None:
        return piece.row
    if piece.external is None:
        raise ValueError(f"The piece {piece.garment.id!r} has neither a row nor features.")
    return scorer.welcome(piece.external)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)

"""Looks for queries of images and text, as published by Han et al. 2017."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from modiste.arrays import Floats
from modiste.data.batches import ItemTable, category_index
from modiste.errors import Misuse
from modiste.models.bilstm import BiLstm
from modiste.stylist.complete import standard
from modiste.stylist.context import StylistContext
from modiste.stylist.generation.han2017 import Direction, Han2017Config, generate, rephrase
from modiste.stylist.generation.looks import GeneratedLooks, Generation, GenerationRequest, look_of
from modiste.stylist.generation.queries import named
from modiste.stylist.results import ComposeResult
from modiste.stylist.scorer import ExternalItem
from modiste.stylist.wishes import OwnWords, passed_over

CHUNK = 4096
"""Items that are encoded at once; bounds the memory."""


@dataclass(frozen=True)
class BiLstmExpectations:
    """See `generate_han2017.Expectations`.

    Args:
        model: in eval mode.
        values: (P, W) of the catalogue's items, then of externals.
        keys: (M, W) of the catalogue's items.
    """

    model: BiLstm
    values: Tensor
    keys: Tensor

    @classmethod
    @torch.inference_mode()
    def of(cls, model: BiLstm, table: ItemTable, device: str | torch.device) -> BiLstmExpectations:
        """Encode a catalogue."""
        values, keys = [], []
        for start in range(0, len(table.ids), CHUNK):
            some = slice(start, start + CHUNK)
            features = torch.from_numpy(table.features[some]).to(device)
            category = torch.from_numpy(table.category[some]).to(device)
            values.append(model.values(features, category))
            keys.append(model.keys(features, category))
        return cls(model, torch.cat(values), torch.cat(keys))

    @torch.inference_mode()
    def beside(
        self, externals: Sequence[ExternalItem], vocabulary: Sequence[str]
    ) -> BiLstmExpectations:
        """With the values of external items after those of the catalogue."""
        if not externals:
            return self
        rows: list[Floats] = [external.features for external in externals]
        category = category_index([external.fine for external in externals], vocabulary)
        device = self.values.device
        values = self.model.values(
            torch.stack([torch.from_numpy(row) for row in rows]).to(device),
            torch.from_numpy(category).to(device),
        )
        return replace(self, values=torch.cat([self.values, values]))

    @torch.inference_mode()
    def expected(self, sequence: Sequence[int], direction: Direction) -> Tensor | None:
        """(W,) what comes after a sequence, or before it; None for a one-way model's other way."""
        if self.model.config.directions not in ("both", direction):
            return None
        values = self.values[list(sequence)][None]
        length = torch.tensor([len(sequence)], device=values.device)
        forward, backward = self.model.predictions(values, length)
        return forward[0, len(sequence)] if direction == "forward" else backward[0, 0]


def generate_published(
    context: StylistContext, asked: Sequence[GenerationRequest], config: Han2017Config
) -> Generation:
    """One outfit for every query; see `generate_han2017`.

    Raises:
        Misuse: the model is no Bi-LSTM, a query has no image, or a text cannot be read; all that
            before anything is generated.
    """
    model = context.catalogue_model.model
    if not isinstance(model, BiLstm):
        raise Misuse(
            "The published generation needs a bilstm, and this run is of another model; leave out "
            "--protocol han2017."
        )
    for number, each in enumerate(asked, start=1):
        with named(number, each.query):
            _require(context, each)
    catalogue = BiLstmExpectations.of(model, context.stock.table, context.catalogue_model.device)
    looks = [_generated(context, each, catalogue, config) for each in asked]
    return Generation(
        answers=tuple(
            GeneratedLooks(query=each.query, looks=found)
            for each, found in zip(asked, looks, strict=True)
        )
    )


def _require(context: StylistContext, asked: GenerationRequest) -> None:
    """Stop unless the published way has an answer to a query."""
    if not asked.board.pieces:
        raise Misuse(
            "The published generation starts from an image; give one, or leave out --protocol "
            "han2017 to compose from the text alone."
        )
    if asked.text is None:
        return
    if context.query_encoders.own is None:
        raise Misuse(
            "This run was trained without the visual-semantic loss, so it has no words of its own; "
            "leave out the text, or --protocol han2017."
        )
    context.query_encoders.own.vector(asked.text)


def _generated(
    context: StylistContext,
    asked: GenerationRequest,
    catalogue: BiLstmExpectations,
    config: Han2017Config,
) -> ComposeResult:
    board, own = asked.board, context.query_encoders.own
    beside = catalogue.beside(board.scorer.externals, context.stock.table.vocabulary)
    sequence = generate(beside, board.numbers, config)
    notes = list(board.notes)
    wish = None
    if asked.text is not None and own is not None:
        text = own.vector(asked.text)
        sequence = rephrase(sequence, board.numbers, own.images, text, config.text_weight)
        wish = _answered(own, asked.text, [n for n in sequence if n not in board.numbers])
        notes += passed_over(own.unknown(asked.text))
    return ComposeResult(
        looks=(look_of(context, board, sequence, wish),),
        notes=(*notes, *_notes(asked, sequence, catalogue, config)),
    )


def _answered(own: OwnWords, text: str, added: Sequence[int]) -> float:
    """How well added items answer a text: half the best of them, half all of them."""
    if not added:
        return 0.0
    each = standard(own.likeness(text).astype(float))[list(added)]
    return float(each.max() + each.mean()) / 2


def _notes(
    asked: GenerationRequest,
    sequence: Sequence[int],
    catalogue: BiLstmExpectations,
    config: Han2017Config,
) -> list[str]:
    """What a person should know about a generated outfit."""
    notes = []
    if len(sequence) == len(asked.board.numbers):
        notes.append(
            "Nothing was added: at both ends the end of the outfit is more likely than "
            f"{config.end_threshold:g} (published for about 20,000 items); raise it with "
            "--end-threshold."
        )
    elif catalogue.model.config.objective == "choice":
        notes.append(
            "This run never learnt where an outfit ends (objective=choice), so the number of "
            "pieces says nothing."
        )
    if len(set(sequence)) < len(sequence):
        notes.append("An item comes more than once, as the published generation lets it.")
    return notes

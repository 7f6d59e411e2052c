"""What a Bi-LSTM expects next to pieces of a catalogue and guests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from modiste.data.batches import Floats, ItemTable, category_index
from modiste.models.bilstm import BiLstm
from modiste.stylist.generate_han2017 import Direction
from modiste.stylist.score import Guest

CHUNK = 4096
"""Items that are encoded at once; bounds the memory."""


@dataclass(frozen=True)
class BiLstmExpectations:
    """See `generate_han2017.Expectations`.

    Args:
        model: in eval mode.
        values: (P, W) of the catalogue's items, then of guests.
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
    def beside(self, guests: Sequence[Guest], vocabulary: Sequence[str]) -> BiLstmExpectations:
        """With the values of guests after those of the catalogue."""
        if not guests:
            return self
        rows: list[Floats] = [guest.features for guest in guests]
        category = category_index([guest.fine for guest in guests], vocabulary)
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

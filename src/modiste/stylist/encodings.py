"""What the model reads of the catalogue's items, made once an item, when it is first tried on."""

from __future__ import annotations

import threading

import numpy as np
import torch
from torch import Tensor

from modiste.data.batches import Floats, Ints, ItemTable
from modiste.models.base import OutfitModel

CHUNK = 4096
"""Items encoded at once: bounds the memory."""


class Encodings:
    """`OutfitModel.encoded` of the items of a table, filled in as they are needed.

    For a model that has nothing to save, the features themselves, read from the table each time.

    Args:
        model: in eval mode.
        table: the catalogue as `model` sees it.
        device: where `model` is.
    """

    def __init__(self, model: OutfitModel, table: ItemTable, device: str | torch.device) -> None:
        self._model, self._table, self._device = model, table, device
        self._kept: Tensor | None = None
        self._known = np.zeros(len(table.ids), dtype=np.bool_)
        self._filling = threading.Lock()
        self._saves = type(model).encoded is not OutfitModel.encoded

    @torch.inference_mode()
    def of(self, rows: Ints) -> Tensor:
        """(n, E) of catalogue rows."""
        if not self._saves:
            return self.fresh(self._table.features[rows], self._table.category[rows])
        if self._kept is None or not self._known[rows].all():
            with self._filling:
                missing = np.unique(rows[~self._known[rows]])
                for some in np.array_split(missing, len(missing) // CHUNK + 1):
                    self._keep(some)
        kept = self._kept
        if kept is None:
            raise RuntimeError("unreachable: the first call keeps something")
        return kept[torch.from_numpy(rows)]

    @torch.inference_mode()
    def fresh(self, features: Floats, category: Ints) -> Tensor:
        """(n, E) of items that are in no catalogue: (n, D) features, (n,) fine categories."""
        rows = np.ascontiguousarray(features, dtype=np.float32)
        given = torch.from_numpy(rows).to(self._device)
        return self._model.encoded(given, torch.from_numpy(category).to(self._device))

    def _keep(self, rows: Ints) -> None:
        made = self.fresh(self._table.features[rows], self._table.category[rows])
        if self._kept is None:  # the system hands out pages as they are written
            self._kept = made.new_zeros((len(self._known), made.shape[1]))
        self._kept[torch.from_numpy(rows)] = made
        self._known[rows] = True  # after the values: another thread may read

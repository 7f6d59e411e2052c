"""What the model reads of the catalogue's items, made when an item is tried on, and kept."""

from __future__ import annotations

import threading

import numpy as np
import torch
from torch import Tensor

from modiste.arrays import Floats, Ints
from modiste.data.batches import ItemTable
from modiste.models.base import OutfitModel

CHUNK = 4096
"""Items encoded at once: bounds the memory."""
MOST_KEPT = 100_000
"""Items that are kept; of a larger catalogue those that came up last."""
NOWHERE = -1


class Encodings:
    """`OutfitModel.encoded` of the items of a table, filled in as they are needed.

    For a model that has nothing to save, the features themselves, read from the table each time.
    Safe to use from several threads.

    Args:
        model: in eval mode.
        table: the catalogue as `model` sees it.
        device: where `model` is.
        most: items that are kept.
    """

    def __init__(
        self,
        model: OutfitModel,
        table: ItemTable,
        device: str | torch.device,
        most: int = MOST_KEPT,
    ) -> None:
        self._model, self._table, self._device = model, table, device
        self._saves = type(model).encoded is not OutfitModel.encoded
        count = len(table.ids)
        self._kept: Tensor | None = None  # (P, E), a ring of places
        self._place = np.full(count, NOWHERE, dtype=np.int64)  # of each item in it
        self._owner = np.full(min(count, most), NOWHERE, dtype=np.int64)  # of each place
        self._next = 0
        self._changing = threading.Lock()

    @torch.inference_mode()
    def of(self, rows: Ints) -> Tensor:
        """(n, E) of catalogue rows."""
        if not self._saves:
            return self.fresh(self._table.features[rows], self._table.category[rows])
        found = self._all_kept(rows)
        if found is not None:
            return found
        distinct, where = np.unique(rows, return_inverse=True)
        parts = [self._some(some) for some in np.array_split(distinct, len(distinct) // CHUNK + 1)]
        return torch.cat(parts)[torch.from_numpy(where)]

    @torch.inference_mode()
    def fresh(self, features: Floats, category: Ints) -> Tensor:
        """(n, E) of items that are in no catalogue: (n, D) features, (n,) fine categories."""
        rows = np.ascontiguousarray(features, dtype=np.float32)
        given = torch.from_numpy(rows).to(self._device)
        return self._model.encoded(given, torch.from_numpy(category).to(self._device))

    def follow(self, before: Encodings, same: Ints) -> None:
        """Take over what was made of the items that there were before, by the same model.

        Args:
            before: of another version of the items.
            same: (M,) int64 each item's row there; below 0 where it was not there.
        """
        rows = np.flatnonzero(same >= 0)
        with before._changing:
            places = before._place[same[rows]]
            rows, places = rows[places != NOWHERE], places[places != NOWHERE]
            if before._kept is None or not len(rows):
                return
            made = before._kept[torch.from_numpy(places)]
        with self._changing:
            self._keep(rows, made)

    def _all_kept(self, rows: Ints) -> Tensor | None:
        """Those of rows that are all kept, else None."""
        with self._changing:  # a place may be given to another item meanwhile
            places = self._place[rows]
            if self._kept is None or (places == NOWHERE).any():
                return None
            return self._kept[torch.from_numpy(places)]

    def _some(self, rows: Ints) -> Tensor:
        """Those of some distinct rows, made where they are not kept."""
        with self._changing:
            places = self._place[rows]
            here = places != NOWHERE
            kept = None if self._kept is None else self._kept[torch.from_numpy(places[here])]
        missing = rows[~here]
        if kept is not None and not len(missing):
            return kept
        made = self.fresh(self._table.features[missing], self._table.category[missing])
        with self._changing:
            self._keep(missing, made)
        found = made.new_empty((len(rows), made.shape[1]))
        found[torch.from_numpy(~here)] = made
        if kept is not None:
            found[torch.from_numpy(here)] = kept
        return found

    def _keep(self, rows: Ints, made: Tensor) -> None:
        """Give places to rows, those that were given first being given anew."""
        size = len(self._owner)
        if self._kept is None:  # the system hands out pages as they are written
            empty = np.zeros((size, made.shape[1]), dtype=np.float32)
            self._kept = torch.from_numpy(empty).to(made)
        if not len(rows):
            return
        rows, made = rows[-size:], made[-size:]
        places = (self._next + np.arange(len(rows))) % size
        before = self._owner[places]
        self._place[before[before != NOWHERE]] = NOWHERE
        earlier = self._place[rows]  # of what another thread made meanwhile
        self._owner[earlier[earlier != NOWHERE]] = NOWHERE
        self._owner[places], self._place[rows] = rows, places
        self._kept[torch.from_numpy(places)] = made
        self._next = int(self._next + len(rows)) % size

"""The items of an evaluation after Han et al. 2017, each encoded once.

Outfits of one length are read together, without padding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from modiste.arrays import Ints
from modiste.data.batches import ItemTable
from modiste.evaluation.scoring import products
from modiste.models.base import OutfitModel
from modiste.models.bilstm import BiLstm
from modiste.models.recurrence import Recurrence
from modiste.models.siamese import Siamese
from modiste.models.visual_semantic import VisualSemantic

_ROWS = 4096  # encoded at once


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The P items that occur in the questions asked, as one model sees them.

    Args:
        rows: (P,) catalogue rows, ascending, no two alike.
        keys: (P, W) what predictions are compared with by inner product; None without recurrences.
        values: (P, W) what the recurrences read; the same tensor where an item is read as what it
            is expected as.
        rank: (P,) place of each item in the order of reading; all alike where outfits are given
            in order.
        looks: name -> (P, V) vectors that are compared by the cosine with their mean.
    """

    rows: Ints
    keys: Tensor | None
    values: Tensor | None
    rank: Ints
    looks: dict[str, Tensor]

    def places(self, rows: Sequence[int]) -> list[int]:
        """Catalogue rows as places in the pool."""
        return [int(place) for place in np.searchsorted(self.rows, np.asarray(rows, np.int64))]


@dataclass(frozen=True)
class Sequences:
    """n sequences of items.

    Args:
        places: (n, N) int64 places in a pool, -1 beyond a sequence's end.
        length: (n,) int64, 0 to N.
    """

    places: Ints
    length: Ints

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> Sequences:
        """Lists of places, padded."""
        length = np.array([len(each) for each in lists], dtype=np.int64)
        places = np.full((len(lists), int(length.max(initial=0))), -1, dtype=np.int64)
        places[np.arange(places.shape[1]) < length[:, None]] = [p for each in lists for p in each]
        return cls(places, length)

    def reversed(self) -> Sequences:
        """Each from its last item to its first."""
        at = self.length[:, None] - 1 - np.arange(self.places.shape[1])
        back = np.take_along_axis(self.places, np.maximum(at, 0), axis=1)
        return Sequences(np.where(at >= 0, back, -1), self.length)

    def beginnings(self, which: Ints, length: Ints) -> Sequences:
        """The first `length[i]` items of sequence `which[i]`; what is beyond is of no meaning."""
        return Sequences(self.places[which], length)


def pool_of(model: OutfitModel, table: ItemTable, rows: Ints) -> Pool:
    """Encode items once.

    Args:
        model: `BiLstm`, `VisualSemantic` or `Siamese`, in eval mode.
        table: the catalogue as the model sees it.
        rows: (P,) the items asked about, ascending, no two alike.
    """
    category = torch.from_numpy(table.category[rows])
    keys = values = None
    looks: dict[str, Tensor] = {}
    rank = np.zeros(len(rows), dtype=np.int64)

    def encode(vectors: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        parts = [
            vectors(torch.from_numpy(np.array(table.features[some])), category[at : at + _ROWS])
            for at in range(0, max(len(rows), 1), _ROWS)
            for some in [rows[at : at + _ROWS]]
        ]
        return torch.cat(parts)

    with torch.inference_mode():
        match model:
            case BiLstm():
                keys = encode(model.keys)
                linear = model.config.items == "linear" and model.config.objective != "choice"
                values = keys if linear else encode(model.values)
                rank = model.order.rank(category).numpy()
                if (space := model.semantic) is not None:
                    looks["semantic"] = encode(lambda features, _: space.image_vectors(features))
            case VisualSemantic():
                looks["semantic"] = encode(lambda f, _: model.space.image_vectors(f))
            case Siamese():
                looks["siamese"] = encode(lambda features, _: model.embed(features))
    return Pool(rows=rows, keys=keys, values=values, rank=rank, looks=looks)


def in_reading_order(pool: Pool, places: Sequence[int]) -> list[int]:
    """An outfit as the model reads it: by rank, or as it is given."""
    return sorted(places, key=lambda place: pool.rank[place])


ROWS = 2048
"""Steps read at once whose products with all items follow: those stay in cache."""
MANY = 4096
"""Steps read at once where only the last of each sequence counts."""


def states(
    recurrence: Recurrence,
    values: Tensor,
    sequences: Sequences,
    *,
    without_last: int = 0,
    rows: int = ROWS,
) -> Iterator[tuple[Ints, Tensor, Tensor]]:
    """Read sequences from zero states, as many at once as fit; empty ones are left out.

    Args:
        recurrence: one direction, in eval mode.
        values: (P, W) what it reads of each item of the pool.
        sequences: in the order in which they are read.
        without_last: so many items at each end are not read; sequences no longer are left out.
        rows: items at once.

    Yields:
        (b,) numbers of sequences of one length L; (b, L) their places; (b, L - without_last, W)
        the state after each item read.
    """
    for length in np.unique(sequences.length[sequences.length > without_last]).tolist():
        alike = np.flatnonzero(sequences.length == length)
        size = max(1, rows // length)
        for at in range(0, len(alike), size):
            some = alike[at : at + size]
            places = torch.from_numpy(sequences.places[some, :length])
            yield some, places, read_items(recurrence, values, places[:, : length - without_last])


def read_items(recurrence: Recurrence, values: Tensor, places: Tensor) -> Tensor:
    """(b, L, W) the state after each of (b, L) items, from zero states; L is at least 1."""
    cell = recurrence.cell
    if not isinstance(cell, torch.nn.LSTM):
        read: Tensor = cell(values[places])[0]
        return read
    memory, first = first_step(cell, values[places[:, 0]])
    if places.shape[1] == 1:
        return first.unsqueeze(1)
    rest, _ = cell(values[places[:, 1:]], (first.unsqueeze(0), memory.unsqueeze(0)))
    return torch.cat([first.unsqueeze(1), rest], dim=1)


def first_step(cell: torch.nn.LSTM, values: Tensor) -> tuple[Tensor, Tensor]:
    """(b, W) memory and (b, W) state of an LSTM after one item, from zero states.

    There is nothing to forget then, and no state to multiply: three gates of four, and half of
    the products.
    """
    own: dict[str, Tensor] = dict(cell.named_parameters())
    biases = (own["bias_ih_l0"] + own["bias_hh_l0"]).chunk(4)  # input, forget, new, output
    weights = own["weight_ih_l0"].chunk(4)
    gate, new, shown = (products(values, weights[at]).add_(biases[at]) for at in (0, 2, 3))
    memory = gate.sigmoid_().mul_(_tanh(new))
    return memory, shown.sigmoid_().mul_(_tanh(memory.clone()))


def shown_by(recurrence: Recurrence, read: Tensor) -> Tensor:
    """(m, W) states through the layer behind the recurrence: what is expected."""
    return products(read, recurrence.out.weight).add_(recurrence.out.bias)


def _tanh(values: Tensor) -> Tensor:
    """In place, by the logistic function, which takes a tenth of the time of torch's own."""
    return values.mul_(2).sigmoid_().mul_(2).sub_(1)


def expected_after(recurrence: Recurrence, values: Tensor, sequences: Sequences) -> Tensor:
    """(n, W) what is expected after each whole sequence; zero after an empty one."""
    expected = values.new_zeros((len(sequences.length), values.shape[1]))
    for some, _, read in states(recurrence, values, sequences, rows=MANY):
        expected[torch.from_numpy(some)] = shown_by(recurrence, read[:, -1].contiguous())
    return expected

"""An evaluation of the published size, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from modiste.evaluation.han2017.fitb import Sheet
from modiste.evaluation.han2017.sequences import Sequences
from modiste.models.recurrence import BothWays, RecurrenceConfig

LENGTHS = {4: 1296, 5: 1504, 6: 1508, 7: 1030, 8: 1738}
"""Items of an outfit -> published outfits of that length: 7,076, of 42,866 items."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the evaluation is."""

    items: int = 20_000
    width: int = 512
    questions: int = 3_076
    outfits: dict[int, int] = field(default_factory=lambda: dict(LENGTHS))
    """Length -> how many."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Two recurrences with the weights they start from, random items, questions and outfits.

    Args:
        read: an LSTM each way.
        items: (P, W) what is read and what predictions are compared with.
        sheet: questions of one item fewer than the outfits, in the same proportions, the blank
            anywhere.
        outfits: in order of length.
    """

    read: BothWays
    items: Tensor
    sheet: Sheet
    outfits: Sequences

    @property
    def steps(self) -> int:
        """Items of all outfits together."""
        return int(self.outfits.length.sum())


def draw(size: Size) -> Drawn:
    """The same for the same size and seed."""
    random = np.random.default_rng(size.seed)
    config = RecurrenceConfig(cell="lstm", width=size.width, dropout=0.0, init=0.08, starts=False)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(size.seed)
        read = BothWays(config).eval()
    lengths = np.repeat(list(size.outfits), list(size.outfits.values()))
    items = torch.from_numpy(random.normal(size=(size.items, size.width)).astype(np.float32))
    asked = random.choice(lengths, size=size.questions) - 1
    gap = random.integers(0, asked + 1)
    candidates = random.integers(size.items, size=(size.questions, 4))
    sheet = Sheet(
        context=_sequences(random, size.items, asked),
        candidates=candidates,
        gap=np.repeat(gap[:, None], 4, axis=1),
        answers=random.integers(4, size=size.questions),
    )
    return Drawn(
        read=read, items=items, sheet=sheet, outfits=_sequences(random, size.items, lengths)
    )


def _sequences(random: np.random.Generator, items: int, length: np.ndarray) -> Sequences:
    places = random.integers(items, size=(len(length), int(length.max(initial=0))))
    within = np.arange(places.shape[1]) < length[:, None]
    return Sequences(np.where(within, places, -1), length.astype(np.int64))

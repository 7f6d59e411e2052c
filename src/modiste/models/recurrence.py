"""Outfits read item by item, both ways (Han et al. 2017, arXiv:1707.05691, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Cell = Literal["lstm", "gru", "rnn"]
_KINDS: dict[str, type[nn.LSTM] | type[nn.GRU] | type[nn.RNN]] = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "rnn": nn.RNN,
}


@dataclass(frozen=True, kw_only=True)
class RecurrenceConfig:
    """Settings of `Recurrence`."""

    cell: Cell
    width: int
    dropout: float
    """Of what goes into the cells and of what comes out, in training."""
    init: float
    """Weights start uniformly between minus and plus this."""
    starts: bool
    """Whether something is expected before the first item is read; else the zero vector is."""


class Recurrence(nn.Module):
    """One direction: after every item read, the vector of the item expected next.

    The state starts at zero; an LSTM's forget bias starts at 1; what comes out passes through
    one linear layer. GRU and plain RNN are torch's.
    """

    def __init__(self, config: RecurrenceConfig) -> None:
        super().__init__()
        width = config.width
        self.drop = nn.Dropout(config.dropout)
        self.cell = _KINDS[config.cell](width, width, batch_first=True)
        self.out = nn.Linear(width, width)
        self.start = nn.Parameter(torch.zeros(width), requires_grad=config.starts)
        for name, parameter in self.cell.named_parameters():
            if name.startswith("weight"):
                nn.init.uniform_(parameter, -config.init, config.init)
            else:
                nn.init.zeros_(parameter)
        if config.cell == "lstm":  # gates stand in the order input, forget, cell, output
            bias = dict(self.cell.named_parameters())["bias_ih_l0"]
            with torch.no_grad():
                bias[width : 2 * width].fill_(1.0)
        nn.init.uniform_(self.out.weight, -config.init, config.init)
        nn.init.zeros_(self.out.bias)

    def forward(self, values: Tensor) -> Tensor:
        """(B, N, W) items in the order in which they are read to (B, N + 1, W) expected ones.

        Entry t is expected after the first t items.
        """
        start = self.start.expand(len(values), 1, -1)
        if not len(values):
            return values.new_zeros((0, values.shape[1] + 1, values.shape[2]))
        read, _ = self.cell(self.drop(values))
        return torch.cat([start, self.out(self.drop(read))], dim=1)


class BothWays(nn.Module):
    """Two independent recurrences, one from the first item on, one from the last."""

    def __init__(self, config: RecurrenceConfig) -> None:
        super().__init__()
        self.onwards = Recurrence(config)
        self.backwards = Recurrence(config)

    def forward(self, values: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """What is expected at every gap of every outfit.

        Args:
            values: (B, N, W) items in sequence, padding last.
            length: (B,) int64 items of each outfit.

        Returns:
            Two of (B, N + 1, W): entry t of the first is expected after items 0 to t - 1, of the
            second before items t to n - 1; zero beyond n, the length.
        """
        gap = torch.arange(values.shape[1] + 1, device=values.device)
        within = (gap <= length.unsqueeze(1)).unsqueeze(-1)  # (B, N + 1, 1)
        back = reversed_items(values, length)
        before = self.backwards(back).gather(1, _mirrored(gap, length, values.shape[-1]))
        return self.onwards(values) * within, before * within


def reversed_items(values: Tensor, length: Tensor) -> Tensor:
    """(B, N, W) sequences back to front, padding still last (of no meaning)."""
    place = torch.arange(values.shape[1], device=values.device)
    return values.gather(1, _mirrored(place, length - 1, values.shape[-1]))


def _mirrored(place: Tensor, last: Tensor, width: int) -> Tensor:
    """(B, N, width) indices: last - place, 0 beyond."""
    mirrored = (last.unsqueeze(1) - place).clamp(min=0)
    return mirrored.unsqueeze(-1).expand(-1, -1, width)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """B outfits in the order of reading, padding last, and what is expected at their gaps.

    Args:
        keys: (B, N, W) what expectations are compared with.
        onwards: (B, N + 1, W) expected after the first t items, given those.
        backwards: (B, N + 1, W) expected before item t, given the items from t on.
        present: (B, N) bool.
        length: (B,) int64.
        categories: (B, N) int64.
        rows: (B, N) int64 what tells items apart.
    """

    keys: Tensor
    onwards: Tensor
    backwards: Tensor
    present: Tensor
    length: Tensor
    categories: Tensor
    rows: Tensor

    @property
    def expected(self) -> Tensor:
        """(M, W) in the place of each item present, given all others: both directions' sum."""
        return (self.onwards[:, :-1] + self.backwards[:, 1:])[self.present]

    @property
    def category(self) -> Tensor:
        """(M,) of the items present."""
        return self.categories[self.present]

    def onward_steps(self) -> tuple[Tensor, Tensor, Tensor]:
        """(M, W) expected after each item, (M, W) what comes: a key, zero at the end, (M,) row."""
        coming = F.pad(self.present[:, 1:], (0, 1))  # whether there is a next item
        keys = F.pad(self.keys[:, 1:], (0, 0, 0, 1)) * coming.unsqueeze(-1)
        rows = F.pad(self.rows[:, 1:], (0, 1)).masked_fill(~coming, -1)
        return self.onwards[:, 1:][self.present], keys[self.present], rows[self.present]

    def backward_steps(self) -> tuple[Tensor, Tensor, Tensor]:
        """The same from the last item on; before the first one the outfit ends."""
        keys = F.pad(self.keys[:, :-1], (0, 0, 1, 0))
        rows = F.pad(self.rows[:, :-1], (1, 0), value=-1)
        return self.backwards[:, :-1][self.present], keys[self.present], rows[self.present]

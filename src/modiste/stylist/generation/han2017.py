"""Generation as published (Han et al. 2017, arXiv:1707.05691, section 4.3; `set_generation.py`).

1. From the first query piece alone, forward and then backward: whatever item is expected most,
   until that is the end of the outfit, or the end is more likely than a threshold, or so many
   items have been added.
2. Each further query piece takes the place of the item of that draft that it is most like
   (cosine of what the recurrences read).
3. Gaps between two query pieces are filled: both directions run on from one piece each, and
   where they meet in a place their predictions are added.
4. Both ends of the whole are extended as in 1, each direction having read all of it.
5. With a text, each item that is no query piece gives way to the one nearest to its image vector
   plus the weighted text vector.

Kept, for it is the protocol: an item may come twice, the query pieces among them; the pool is the
whole catalogue, with the rest of the query pieces' own outfits; the threshold does not know how
large the catalogue is.

Mended: the draft's backward half is in reading order (it was reversed, so places were wrong); a
piece whose place is before another's stands before it (the first always came first); two pieces
in one place, or a second nearest to the first, stand side by side in the order given (that was a
crash); any number of query pieces (only two were used); the end of the outfit is never put into a
gap (that was a crash).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from modiste.errors import Misuse

Direction = Literal["forward", "backward"]
SAME = 1e-6
"""Cosines that differ by less are of one item."""


@dataclass(frozen=True, kw_only=True)
class Han2017Config:
    """Settings of the published generation."""

    end_threshold: float = 1e-5
    """An outfit ends where the end is more likely than this among all items and the end. As
    published, for some 20,000 items; in a small catalogue the end is never less likely."""
    steps: int = 10
    """Items that are added to each end, at most."""
    text_weight: float = 2.0
    """Weight of the text beside the image of the item that gives way."""

    def __post_init__(self) -> None:
        if not 0 < self.end_threshold <= 1:
            raise Misuse(f"An end threshold of {self.end_threshold:g} is not above 0 and up to 1.")
        if self.steps < 0 or self.text_weight < 0:
            raise Misuse("The steps or the weight of the text are below 0; give 0 or more.")


class Expectations(Protocol):
    """What a Bi-LSTM expects around a sequence of pieces, given by number."""

    @property
    def values(self) -> Tensor:
        """(P, W) what it reads of each piece: the items of the catalogue, then external ones."""

    @property
    def keys(self) -> Tensor:
        """(M, W) what expectations are compared with: the items of the catalogue alone."""

    def expected(self, sequence: Sequence[int], direction: Direction) -> Tensor | None:
        """(W,) what comes after a sequence, or before it; None where the model never looks."""


def generate(model: Expectations, pieces: Sequence[int], config: Han2017Config) -> list[int]:
    """Make an outfit around query pieces.

    Args:
        model: what is expected where.
        pieces: one number or more.
        config: settings.

    Returns:
        Numbers in reading order, all of `pieces` among them.
    """
    draft_before, draft_after = _ends(model, pieces[:1], config)
    draft = [*draft_before, pieces[0], *draft_after]
    places = [(len(draft_before), 0)]
    drafted = F.normalize(model.values[draft], dim=-1)
    for number, piece in enumerate(pieces[1:], start=1):
        likeness = drafted @ F.normalize(model.values[piece], dim=-1)
        nearest = likeness >= likeness.max() - SAME  # the first, where an item is drafted twice
        places.append((int(nearest.nonzero()[0]), number))
    places.sort()
    whole = [pieces[places[0][1]]]
    for (start, left), (end, right) in pairwise(places):
        whole += fill(model, pieces[left], pieces[right], end - start - 1)
        whole.append(pieces[right])
    before, after = _ends(model, whole, config)
    return [*before, *whole, *after]


def extend(
    model: Expectations, sequence: Sequence[int], direction: Direction, config: Han2017Config
) -> list[int]:
    """What is added to one end of a sequence, step by step; in the order in which it is added."""
    added: list[int] = []
    while len(added) < config.steps:
        whole = [*sequence, *added] if direction == "forward" else [*added[::-1], *sequence]
        expected = model.expected(whole, direction)
        if expected is None:
            break
        logits = F.pad(model.keys @ expected, (0, 1))  # the end of the outfit is the zero vector
        chance = logits.softmax(dim=0)
        best = int(chance.argmax())
        if best == len(model.keys) or float(chance[-1]) > config.end_threshold:
            break
        added.append(best)
    return added


def fill(model: Expectations, start: int, end: int, size: int) -> list[int]:
    """The items between two pieces.

    Args:
        model: what is expected where.
        start: the piece before the gap; the forward direction reads it alone.
        end: the piece after it; the backward direction reads that alone.
        size: how many are missing; 0 or less: none.
    """
    if size <= 0:
        return []
    forward = _run_on(model, start, size, "forward")
    backward = _run_on(model, end, size, "backward").flip(0)
    both = (forward + backward) @ model.keys.T  # (size, M)
    return [int(best) for best in both.argmax(dim=1)]


def rephrase(
    sequence: Sequence[int], kept: Sequence[int], images: Tensor, text: Tensor, weight: float
) -> list[int]:
    """Each item but those `kept` gives way to the nearest to itself plus the weighted text.

    Args:
        sequence: numbers.
        kept: the query pieces.
        images: (M, W) image vectors of the catalogue, of unit length.
        text: (W,) the text's vector, of unit length.
        weight: of the text.
    """
    stays = set(kept)
    return [
        number if number in stays else int((images @ (images[number] + weight * text)).argmax())
        for number in sequence
    ]


def _ends(
    model: Expectations, sequence: Sequence[int], config: Han2017Config
) -> tuple[list[int], list[int]]:
    """What comes before and what comes after, both in reading order."""
    before = extend(model, sequence, "backward", config)[::-1]
    return before, extend(model, sequence, "forward", config)


def _run_on(model: Expectations, piece: int, size: int, direction: Direction) -> Tensor:
    """(size, W) what is expected next to a piece, then next to what is expected most, and so on."""
    sequence, found = [piece], []
    for _ in range(size):
        expected = model.expected(sequence, direction)
        if expected is None:
            return torch.zeros(size, model.keys.shape[1], device=model.keys.device)
        found.append(expected)
        best = int((model.keys @ expected).argmax())
        sequence = [*sequence, best] if direction == "forward" else [best, *sequence]
    return torch.stack(found)

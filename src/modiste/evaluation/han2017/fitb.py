"""Fill in the blank as published: what each direction expects there, among the candidates only.

Han et al. 2017 (arXiv:1707.05691), as in their code: the blank at the front is filled by the
backward direction alone, at the end by the forward one alone, elsewhere by both, each from a zero
state, by the mean of their softmaxes over the candidates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from modiste.arrays import Bools, Doubles, Ints
from modiste.evaluation.han2017.sequences import Sequences, expected_after
from modiste.models.recurrence import BothWays, Recurrence

BLANKS = ("front", "middle", "end")
_PAIRS = 2048  # candidates at once: their vectors stay in cache


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """n questions as arrays.

    Args:
        context: the items of each question in the order in which they are read.
        candidates: (n, C) int64 places in the pool, -1 beyond a question's candidates; all -1
            for a question with an unknown item.
        gap: (n, C) int64: so many of the question's items are read before the candidate. The
            same for all candidates of a question, unless outfits are read by category and the
            candidates are of several.
        answers: (n,) int64 index of the right candidate.
    """

    context: Sequences
    candidates: Ints
    gap: Ints
    answers: Ints

    @property
    def known(self) -> Bools:
        """(n,) which questions have no unknown item."""
        return _any(self.candidates >= 0)

    @property
    def blank(self) -> npt.NDArray[np.str_]:
        """(n,) where the right answer belongs: front, middle or end; an empty question's: end."""
        gap = np.take_along_axis(self.gap, self.answers[:, None], axis=1)[:, 0]
        ends = np.where(gap == self.context.length, "end", "middle")
        return np.where((gap == 0) & (self.context.length > 0), "front", ends)


@dataclass(frozen=True)
class Sheets:
    """How the candidates of n questions score in one way.

    Args:
        published: (n, C) float64 as the published code computes it, NaN where it overflows.
        exact: (n, C) float64 the same without overflow.
        dropped: (n,) questions that the published code drops: the direction has nothing to read.
    """

    published: Doubles
    exact: Doubles
    dropped: Bools


def recurrent_answers(
    read: BothWays, keys: Tensor, values: Tensor, sheet: Sheet
) -> dict[str, Sheets]:
    """`forward`, `backward` and `both`: shares of the candidates in each.

    Args:
        read: both directions, in eval mode.
        keys: (P, W) what predictions are compared with.
        values: (P, W) what is read.
        sheet: the questions.
    """
    length = sheet.context.length[:, None]
    ways = {
        "forward": (read.onwards, sheet.context, sheet.gap),
        "backward": (read.backwards, sheet.context.reversed(), length - sheet.gap),
    }
    logits, reads = {}, {}
    with torch.inference_mode():
        for name, (recurrence, context, count) in ways.items():
            asked = np.where(sheet.candidates >= 0, count, 0)
            logits[name] = _logits(recurrence, keys, values, context, sheet.candidates, asked)
            reads[name] = _any(asked > 0)
    logits["both"], reads["both"] = logits["forward"], reads["forward"] | reads["backward"]
    found = {}
    for name, dropped in ((name, ~read_any) for name, read_any in reads.items()):
        used = ("forward", "backward") if name == "both" else (name,)
        shares = [
            _mean(
                [soft(logits[way], sheet.candidates >= 0) for way in used], [reads[w] for w in used]
            )
            for soft in (_published_softmax, _softmax)
        ]
        found[name] = Sheets(shares[0], shares[1], dropped & sheet.known)
    return found


def alike_answers(looks: Tensor, sheet: Sheet) -> Sheets:
    """(cosine + 1) / 2 of each candidate with the mean of the question's vectors.

    Args:
        looks: (P, V) vectors of the pool's items, of any length.
        sheet: the questions.
    """
    scores = np.full(sheet.candidates.shape, np.nan)
    present = torch.from_numpy(sheet.context.places >= 0)
    with torch.inference_mode():
        for some in _parts(len(scores), max(1, sheet.context.places.shape[1])):
            places = torch.from_numpy(sheet.context.places[some])
            total = (looks[places.clamp(min=0)] * present[some].unsqueeze(-1)).sum(dim=1)
            offered = torch.from_numpy(sheet.candidates[some]).clamp(min=0)
            mean, each = F.normalize(total, dim=1), F.normalize(looks[offered], dim=-1)
            scores[some] = (torch.einsum("bv,bcv->bc", mean, each).double().numpy() + 1) / 2
    scores = np.where(sheet.candidates >= 0, scores, np.nan)
    return Sheets(scores, scores, sheet.known & (sheet.context.length == 0))


def _logits(
    recurrence: Recurrence,
    keys: Tensor,
    values: Tensor,
    context: Sequences,
    candidates: Ints,
    count: Ints,
) -> Doubles:
    """(n, C) each candidate's product with what is expected after `count` items; 0 after none."""
    logits = np.zeros(candidates.shape)
    question, column = np.nonzero((candidates >= 0) & (count > 0))
    asked = question * (context.places.shape[1] + 1) + count[question, column]
    distinct, which = np.unique(asked, return_inverse=True)
    beginnings = context.beginnings(*np.divmod(distinct, context.places.shape[1] + 1))
    expected = expected_after(recurrence, values, beginnings)
    for some in _parts(len(question), 1):
        offered = keys[torch.from_numpy(candidates[question[some], column[some]])]
        products = (expected[torch.from_numpy(which[some])] * offered).sum(dim=1)
        logits[question[some], column[some]] = products.double().numpy()
    return logits


def _any(table: Bools) -> Bools:
    """(n,) whether anything in a row is True."""
    found: Bools = np.any(table, axis=1)
    return found


def _parts(n: int, each: int) -> Iterator[slice]:
    """Slices of n rows, so many that their vectors take little memory."""
    size = max(1, _PAIRS // each)
    return (slice(at, at + size) for at in range(0, n, size))


def _softmax(logits: Doubles, present: Bools) -> Doubles:
    """Shares of the candidates present."""
    highest = np.max(logits, axis=1, keepdims=True, where=present, initial=-np.inf)
    return _shares(np.exp(np.where(present, logits - highest, -np.inf)))


def _published_softmax(logits: Doubles, present: Bools) -> Doubles:
    """Without taking the highest off first: infinity over infinity, where `exp` overflows."""
    with np.errstate(over="ignore"):
        return _shares(np.exp(np.where(present, logits, -np.inf)))


def _shares(raised: Doubles) -> Doubles:
    with np.errstate(invalid="ignore"):
        shares: Doubles = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _mean(shares: list[Doubles], reads: list[Bools]) -> Doubles:
    """The mean over the directions that read anything; the plain mean where none did."""
    weight = np.stack(reads).astype(np.float64)[:, :, None]  # (ways, n, 1)
    weight = np.where(weight.any(axis=0), weight, 1.0)
    with np.errstate(invalid="ignore"):
        total = np.where(weight > 0, np.stack(shares), 0.0).sum(axis=0)
        mean: Doubles = total / weight.sum(axis=0)
    return mean

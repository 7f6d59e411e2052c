"""The evaluation of Han et al. 2017, beside a plain NumPy transcription of the published one.

Run as a module it tells how much memory ours takes at most, in a process that does nothing else.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from modiste.arrays import Doubles
from modiste.bench.plain_lstm import PlainLstm, answer, compatibility_scores, fitb_scores
from modiste.bench.rows import BenchRow
from modiste.evaluation.han2017.compatibility import log_likelihoods
from modiste.evaluation.han2017.fast import expectations, nearness_by_item, nearness_by_outfit
from modiste.evaluation.han2017.fitb import Sheet, recurrent_answers
from modiste.evaluation.han2017.sequences import Sequences
from modiste.evaluation.scoring import products
from modiste.models.recurrence import BothWays, RecurrenceConfig

Result = TypeVar("Result")

MEMORY = 1000.0
"""MB that all of it may take."""
_REST = 0.3  # seconds in which the threads of what ran before stop waiting for more
_PRODUCT = 2048  # rows of the product whose rate everything is measured against


@dataclass(frozen=True, kw_only=True)
class TimedEvaluation:
    """What one round took: seconds of ours, seconds a question or an outfit of the reference."""

    fitb: float
    full: float
    item: float
    """Fast, by item, what each item makes expected being known."""
    item_prepared: float
    """The same, with finding out what that is."""
    outfit: float
    plain_fitb: float
    plain_full: float
    product: float
    """Floating-point operations a second of a large matrix product."""


def bench_han2017(
    size: Size | None = None, *, rounds: int = 3, sample: int = 100
) -> list[BenchRow]:
    """Time both in turn, in one run; figures are medians over rounds.

    Items are encoded already, for both. The reference is timed on a sample, spread evenly, and
    compared by its rate.

    Args:
        size: of the evaluation; None: as published.
        rounds: how often everything is timed.
        sample: outfits that the reference scores a round; of questions, four times as many.
    """
    size = size or Size()
    drawn = draw(size)
    plain = Plain(drawn, sample)
    _ours(drawn)  # once before it counts
    times = [_round(drawn, plain) for _ in range(rounds)]
    return [*_rows(drawn, plain, times), _memory(size)]


class Plain:
    """The reference on a sample of questions and outfits."""

    def __init__(self, drawn: Drawn, sample: int) -> None:
        self.forward = PlainLstm.of(drawn.read.onwards)
        self.backward = PlainLstm.of(drawn.read.backwards)
        end = torch.zeros(1, drawn.items.shape[1])
        self.items = torch.cat([drawn.items, end]).numpy()
        self.drawn = drawn
        self.questions = _spread(len(drawn.sheet.answers), 4 * sample)
        self.outfits = _spread(len(drawn.outfits.length), sample)

    def fitb(self) -> Doubles:
        """(s, 4) scores of the candidates of the sample's questions."""
        sheet, found = self.drawn.sheet, []
        for at in self.questions:
            question = sheet.context.places[at, : sheet.context.length[at]].tolist()
            blank = int(sheet.gap[at, 0])
            expected = answer(self.forward, self.backward, self.items, question, blank)
            scores = fitb_scores(expected, self.items[sheet.candidates[at]])
            found.append(np.full(4, 0.25) if scores is None else scores)
        return np.array(found)

    def full(self) -> Doubles:
        """(s, 2) scores of the sample's outfits."""
        outfits = self.drawn.outfits
        return np.array(
            [
                compatibility_scores(
                    self.forward,
                    self.backward,
                    self.items,
                    outfits.places[at, : outfits.length[at]].tolist(),
                )
                for at in self.outfits
            ]
        )


def operations(drawn: Drawn) -> int:
    """Floating-point operations of the matrix products of the full compatibility scores.

    Of each step in each direction: four gates of item and state, the layer after, all items.
    """
    items, width = drawn.items.shape
    return 2 * 2 * drawn.steps * width * (8 * width + width + items)


def _ours(drawn: Drawn) -> None:
    recurrent_answers(drawn.read, drawn.items, drawn.items, drawn.sheet)
    nearness_by_item(expectations(drawn.read, drawn.items), drawn.items, drawn.outfits)
    nearness_by_outfit(drawn.read, drawn.items, drawn.items, drawn.outfits)
    _product(drawn)


def _round(drawn: Drawn, plain: Plain) -> TimedEvaluation:
    read, items, outfits = drawn.read, drawn.items, drawn.outfits
    before = _product(drawn)
    full, _ = _timed(lambda: log_likelihoods(read, items, items, outfits))
    product = max(before, _product(drawn))
    plain_full, _ = _timed(plain.full)
    fitb, _ = _timed(lambda: recurrent_answers(read, items, items, drawn.sheet))
    plain_fitb, _ = _timed(plain.fitb)
    preparing, expected = _timed(lambda: expectations(read, items))
    item, _ = _timed(lambda: nearness_by_item(expected, items, outfits))
    outfit, _ = _timed(lambda: nearness_by_outfit(read, items, items, outfits))
    return TimedEvaluation(
        fitb=fitb,
        full=full,
        item=item,
        item_prepared=preparing + item,
        outfit=outfit,
        plain_fitb=plain_fitb / len(plain.questions),
        plain_full=plain_full / len(plain.outfits),
        product=product,
    )


def _rows(drawn: Drawn, plain: Plain, times: Sequence[TimedEvaluation]) -> list[BenchRow]:
    questions, outfits = len(drawn.sheet.answers), len(drawn.outfits.length)
    one = "plain NumPy"
    numpy_outfits = f"{one}, {len(plain.outfits)} of {outfits:,} outfits"
    numpy_questions = f"{one}, {len(plain.questions)} of {questions:,} questions"

    def rates(name: str, count: int, reference: str, ours: str, plain_seconds: str) -> BenchRow:
        seconds = [getattr(t, ours) for t in times]
        beside = [getattr(t, plain_seconds) for t in times]
        per = count if plain_seconds in ("full",) else 1  # ours is of all, theirs of one
        return BenchRow(
            name=f"han2017 {name}",
            value=count / statistics.median(seconds),
            unit="questions/s" if ours == "fitb" else "outfits/s",
            reference=reference,
            reference_value=per / statistics.median(beside),
            ratio=statistics.median(
                b * count / per / a for a, b in zip(seconds, beside, strict=True)
            ),
        )

    work = operations(drawn)
    return [
        rates("fitb", questions, numpy_questions, "fitb", "plain_fitb"),
        rates("compatibility", outfits, numpy_outfits, "full", "plain_full"),
        BenchRow(
            name="han2017 compatibility, matrix products",
            value=statistics.median(work / t.full for t in times) / 1e9,
            unit="GFLOP/s",
            reference="one large product, same run",
            reference_value=statistics.median(t.product for t in times) / 1e9,
            ratio=statistics.median(work / t.full / t.product for t in times),
        ),
        rates("fast by item", outfits, numpy_outfits, "item", "plain_full"),
        rates("fast by item", outfits, "our full scores", "item", "full"),
        rates(
            "fast by item, preparing items", outfits, numpy_outfits, "item_prepared", "plain_full"
        ),
        rates("fast by item, preparing items", outfits, "our full scores", "item_prepared", "full"),
        rates("fast by outfit", outfits, numpy_outfits, "outfit", "plain_full"),
        rates("fast by outfit", outfits, "our full scores", "outfit", "full"),
    ]


def _memory(size: Size) -> BenchRow:
    memory = peak_megabytes(size)
    return BenchRow(
        name="han2017 peak memory",
        value=memory,
        unit="MB",
        reference="limit",
        reference_value=MEMORY,
        ratio=MEMORY / memory,
    )


def _product(drawn: Drawn) -> float:
    """Operations a second of large products, by the faster of two ways: the best of three."""
    left = drawn.items[:_PRODUCT]
    ways = (lambda: left @ drawn.items.T, lambda: products(left, drawn.items))
    seconds = min(_timed(way)[0] for way in ways for _ in range(3))
    return 2 * left.numel() * len(drawn.items) / seconds


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    time.sleep(_REST)
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _spread(n: int, most: int) -> list[int]:
    """Up to `most` of the numbers below n, evenly."""
    return [int(each) for each in np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64))]


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


def peak_megabytes(size: Size) -> float:
    """Most memory resident at once, of Python and torch with everything, in MB (10^6 bytes)."""
    told = json.dumps({**asdict(size), "threads": torch.get_num_threads()})
    done = subprocess.run(
        [sys.executable, "-m", "modiste.bench.han2017", told],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def measured(size: Size) -> float:
    """Do all of it in this process, and tell its peak in MB."""
    drawn = draw(size)
    recurrent_answers(drawn.read, drawn.items, drawn.items, drawn.sheet)
    log_likelihoods(drawn.read, drawn.items, drawn.items, drawn.outfits)
    nearness_by_item(expectations(drawn.read, drawn.items), drawn.items, drawn.outfits)
    nearness_by_outfit(drawn.read, drawn.items, drawn.items, drawn.outfits)
    return _peak()


def _peak() -> float:
    status = Path("/proc/self/status")  # a child's getrusage may tell its parent's peak
    if status.is_file():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


if __name__ == "__main__":
    facts = json.loads(sys.argv[1])
    torch.set_num_threads(facts.pop("threads"))
    facts["outfits"] = {int(length): count for length, count in facts["outfits"].items()}
    print(measured(Size(**facts)))

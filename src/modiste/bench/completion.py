"""A validation pass of umBERT's protocol, beside a plain transcription of the published loop."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from modiste.arrays import Bools, Doubles, Floats, Ints
from modiste.bench.rows import BenchRow
from modiste.data.batches import ItemTable
from modiste.evaluation.retrieval import Ask, Ranks, rank
from modiste.evaluation.scoring import CandidatePool, ModelScorer
from modiste.models.umbert import UmBert, UmBertConfig

Result = TypeVar("Result")

LIMIT = 1.0
"""Seconds that a whole pass may take on two cores."""
FIRST = 10
"""A hit is a right answer among so many."""
_REST = 0.3  # seconds in which the threads of what ran before stop waiting for more


@dataclass(frozen=True, kw_only=True)
class PassSize:
    """How large the pass is; as published by default."""

    outfits: int = 732
    slots: int = 4
    items: int = 4_000
    """Of each slot, to choose from."""
    width: int = 128
    layers: int = 3
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class DrawnPass:
    """Outfits with one slot masked, and what a model may have decoded there.

    Args:
        model: an umBERT of the published kind, untrained; its work is that of a trained one.
        table: S * P items, slot by slot.
        decoded: (Q, W) what is wanted in each masked slot: the right item, and noise.
        asks: Q of them, outfit by outfit.
        pools: slot -> its rows.
    """

    model: ModelScorer
    table: ItemTable
    decoded: Floats
    asks: Sequence[Ask]
    pools: dict[str, tuple[Ints, ...]]


@dataclass
class DecodedScorer:
    """Vectors that were decoded already, by Euclidean distance."""

    drawn: DrawnPass

    def __post_init__(self) -> None:
        asks = self.drawn.asks
        self._number = {(a.pool, *(a.items or ())): number for number, a in enumerate(asks)}

    def score(self, outfits: Sequence[Sequence[int]]) -> Doubles:
        """(n,) zeros: it only completes."""
        return np.zeros(len(outfits))

    def partition(self, rows: Ints) -> CandidatePool:
        """The items' vectors."""
        vectors = torch.from_numpy(self.drawn.table.features[rows])
        return CandidatePool(rows, int(self.drawn.table.category[rows[0]]), vectors)

    def fits(self, outfits: Sequence[Sequence[int]], partition: CandidatePool) -> Doubles:
        """(n, P) less the further, of outfits that were asked about."""
        pool = self.drawn.table.vocabulary[partition.category - 1]
        numbers = [self._number[pool, *rows] for rows in outfits]
        wanted = torch.from_numpy(self.drawn.decoded[numbers])
        return nearness(wanted, partition.vectors).double().numpy()


def nearness(wanted: Tensor, vectors: Tensor) -> Tensor:
    """(n, W), (P, W) -> (n, P) twice the inner product less the item's squared length.

    It falls as the distance grows, for one wanted vector.
    """
    return torch.addmm(-vectors.square().sum(dim=1), wanted, vectors.T, alpha=2)


def bench_completion(
    size: PassSize | None = None, *, rounds: int = 5, sample: int = 24
) -> list[BenchRow]:
    """Time a pass and the published loop in turn, in one run; figures are medians over rounds.

    The loop is timed on a sample of questions, spread evenly, and compared by its rate; whether
    both find the same hits in the sample is a row.

    Args:
        size: of the pass; None: as published.
        rounds: how often everything is timed.
        sample: questions that the loop answers a round.
    """
    drawn = draw_pass(size or PassSize())
    asked = np.unique(np.linspace(0, len(drawn.asks) - 1, sample).astype(np.int64)).tolist()
    scorer = DecodedScorer(drawn)
    rank(drawn.model, drawn.asks, drawn.pools)  # once before it counts
    whole, ours, loops, alike = [], [], [], True
    for _ in range(rounds):
        whole.append(_timed(lambda: rank(drawn.model, drawn.asks, drawn.pools))[0])
        seconds, ranks = _timed(lambda: rank(scorer, drawn.asks, drawn.pools))
        ours.append(len(drawn.asks) / seconds)
        seconds, found = _timed(lambda: [published_hit(drawn, number) for number in asked])
        loops.append(len(asked) / seconds)
        alike = alike and found == hits(ranks)[asked].tolist()
    return _rows(drawn, asked, whole, ours, loops, alike)


def draw_pass(size: PassSize) -> DrawnPass:
    """The same size and seed draw the same."""
    rng = np.random.default_rng(size.seed)
    count = size.slots * size.items
    features = rng.normal(size=(count, size.width)).astype(np.float32)
    category = np.repeat(np.arange(1, size.slots + 1), size.items).astype(np.int64)
    names = tuple(f"slot {slot}" for slot in range(size.slots))
    table = ItemTable(tuple(str(row) for row in range(count)), features, category, names)
    first = np.arange(size.slots) * size.items
    outfits = rng.integers(size.items, size=(size.outfits, size.slots)) + first
    asks = [
        Ask(np.delete(rows, slot).tolist(), int(rows[slot]), names[slot])
        for rows in outfits
        for slot in range(size.slots)
    ]
    noise = rng.normal(size=(len(asks), size.width)) * 3
    return DrawnPass(
        model=ModelScorer(_model(size, table), table),
        table=table,
        decoded=(features[outfits.ravel()] + noise).astype(np.float32),
        asks=asks,
        pools={
            name: (np.arange(start, start + size.items),)
            for name, start in zip(names, first, strict=True)
        },
    )


def hits(ranks: Ranks) -> Bools:
    """(n,) whether the right answer is among the first."""
    return ranks.better < FIRST


def published_hit(drawn: DrawnPass, number: int) -> bool:
    """A distance call for each item of the slot, all sorted, the id looked for among the first."""
    ask, wanted = drawn.asks[number], drawn.decoded[number]
    distances = [
        (row, np.linalg.norm(drawn.table.features[row] - wanted))
        for row in drawn.pools[ask.pool][0].tolist()
    ]
    distances.sort(key=lambda pair: pair[1])
    return ask.answer in [row for row, _ in distances[:FIRST]]


def _model(size: PassSize, table: ItemTable) -> UmBert:
    torch.manual_seed(size.seed)
    model = UmBert(
        UmBertConfig(
            block_dims=(size.width,),
            categories=size.slots,
            width=size.width,
            layers=size.layers,
            items="frozen",
            objective="mse",
            types="none",
            norm="post",
            popularity=0.0,
        )
    )
    model.prepare(torch.from_numpy(table.features), torch.from_numpy(table.category))
    return model.eval()


def _rows(
    drawn: DrawnPass,
    asked: Sequence[int],
    whole: Sequence[float],
    ours: Sequence[float],
    loops: Sequence[float],
    alike: bool,
) -> list[BenchRow]:
    count, seconds = len(drawn.asks), statistics.median(whole)
    loop = f"published loop, {len(asked)} of {count:,} questions"
    pairs = list(zip(whole, ours, loops, strict=True))
    return [
        BenchRow(
            name=f"completion pass, {count:,} questions, transformer and all",
            value=seconds,
            unit="s",
            reference="limit",
            reference_value=LIMIT,
            ratio=LIMIT / seconds,
        ),
        BenchRow(
            name="completion ranks of vectors decoded",
            value=statistics.median(ours),
            unit="questions/s",
            reference=loop,
            reference_value=statistics.median(loops),
            ratio=statistics.median(mine / theirs for _, mine, theirs in pairs),
        ),
        BenchRow(
            name="completion pass, transformer and all",
            value=count / seconds,
            unit="questions/s",
            reference=f"{loop}, without a transformer",
            reference_value=statistics.median(loops),
            ratio=statistics.median(count / s / theirs for s, _, theirs in pairs),
        ),
        BenchRow(
            name="completion hits, the same as the loop's",
            value=float(alike),
            unit="1: yes",
            reference="all",
            reference_value=1.0,
            ratio=float(alike),
        ),
    ]


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    time.sleep(_REST)
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result

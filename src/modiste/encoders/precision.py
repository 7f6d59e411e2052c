"""Which precision: int8 where it is faster and the neighbours survive it, else fp32.

Measured on the person's own pictures, once a wardrobe and encoder; kept in
W/features/precision.toml, so that all vectors of a wardrobe, and those of pictures that are new to
it, come from the same encoder.
"""

from __future__ import annotations

import hashlib
import time
import tomllib
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from modiste.data.atomic import atomic_path, write_text
from modiste.encoders.base import Floats, Pixels, Precision
from modiste.encoders.int8 import Calibration, Graph, calibrate, quantise
from modiste.encoders.neighbours import agreement, projected_agreement
from modiste.encoders.network import Int8Encoder, NetworkEncoder
from modiste.encoders.onnx import OnnxNetwork
from modiste.errors import FeatureError

TARGET = 0.95
"""Share of the ten nearest neighbours that int8 must keep among all of a wardrobe's pictures."""
WORTH = 1.1
"""int8 must be this many times as fast as fp32."""
SAMPLE = 1_000
"""Pictures that the agreement is measured on."""

_CALIBRATION = 64  # pictures that ranges and means are taken from
_SCAN = 24  # pictures that one group's harm is taken from
_GROUP = 3  # convolutions that stay in fp32 together: an inverted-residual block has three
_LADDER = (0, 1, 2, 3, 4, 5, 6, 8, 10)  # groups left out, tried by bisection


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was measured, and what came of it.

    Args:
        precision: what to encode in.
        agreement: share of the ten nearest neighbours that int8 keeps among the sample.
        projected: the same among all pictures of the wardrobe, which decides.
        sample: pictures measured on.
        speed: CPU time of fp32 over that of int8.
        left_out: convolutions that stay in fp32 within int8.
        reason: one sentence for people.
        graph: SHA-256 of the int8 network; "" for fp32.
    """

    precision: Precision
    agreement: float | None = None
    projected: float | None = None
    sample: int = 0
    speed: float | None = None
    left_out: Sequence[str] = field(default_factory=list)
    reason: str = ""
    graph: str = ""

    def facts(self) -> dict[str, Any]:
        """As plain values, without those that are None."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def measure(
    encoder: NetworkEncoder, pixels: Pixels, total: int
) -> tuple[Decision, Int8Encoder | None]:
    """Look for an int8 version of `encoder` that is faster and keeps the neighbours.

    Args:
        encoder: fp32, on a CPU.
        pixels: (n, H, W, 3) uint8, preprocessed pictures of the person, in random order.
        total: pictures in all, of which these are a sample.

    Returns:
        The decision, and the int8 encoder where it was for int8.
    """
    graph = Graph(encoder.graph)
    if not graph.convolutions:
        return Decision(precision="fp32", reason="The network has no convolutions for int8."), None
    exact = encoder.encode(pixels)
    search = _Search(graph, pixels, exact, total)
    found = search.run()
    if found is None:
        return _decided("fp32", search, "int8 would lose too many neighbours"), None
    best = Int8Encoder(encoder, found.model)
    speed = _speed(encoder.graph, found.model, pixels)
    if speed < WORTH:
        return _decided("fp32", search, "int8 is hardly faster here", speed), None
    return _decided("int8", search, "int8 keeps the neighbours", speed, best), best


@dataclass(frozen=True)
class _Trial:
    """One int8 version and what it keeps."""

    model: bytes
    left_out: list[str]
    agreement: float
    projected: float


class _Search:
    """Leaves out of int8 what hurts, the least that is enough."""

    def __init__(self, graph: Graph, pixels: Pixels, exact: Floats, total: int) -> None:
        self.graph, self.pixels, self.exact, self.total = graph, pixels, exact, total
        self.last: _Trial | None = None

    def run(self) -> _Trial | None:
        """The version with the fewest groups in fp32 that keeps the neighbours; None: there is none.

        By bisection: more groups in fp32 keep more neighbours, within noise.
        """
        calibration = calibrate(self.graph, self.pixels[:_CALIBRATION])
        groups = self._most_harmful_first(calibration)
        steps = [step for step in _LADDER if step < len(groups)]
        found: _Trial | None = None
        low, high = 0, len(steps)
        while low < high:
            middle = (low + high) // 2
            trial = self._try(calibration, sum(groups[: steps[middle]], []))
            if trial.projected >= TARGET:
                found, high = trial, middle
            else:
                low = middle + 1
        return found

    def _most_harmful_first(self, calibration: Calibration) -> list[list[str]]:
        """Groups of convolutions by how far each moves the vectors when it alone is in 8 bits."""
        names = [node.name for node in self.graph.convolutions]
        groups = [names[at : at + _GROUP] for at in range(0, len(names), _GROUP)]
        pixels, exact = self.pixels[:_SCAN], self.exact[:_SCAN]

        def harm(group: list[str]) -> float:
            vectors = _run(self.graph, calibration, group, pixels)
            return float(np.square(vectors - exact).sum())

        return sorted(groups, key=harm, reverse=True)

    def _try(self, calibration: Calibration, left_out: list[str]) -> _Trial:
        chosen = {node.name for node in self.graph.convolutions} - set(left_out)
        model = quantise(self.graph, calibration, chosen)
        vectors = OnnxNetwork(model).run(self.pixels)
        self.last = _Trial(
            model,
            left_out,
            agreement(self.exact, vectors),
            projected_agreement(self.exact, vectors, self.total),
        )
        return self.last


def _run(graph: Graph, calibration: Calibration, chosen: Collection[str], pixels: Pixels) -> Floats:
    return OnnxNetwork(quantise(graph, calibration, chosen)).run(pixels)


def _speed(exact: bytes, cheap: bytes, pixels: Pixels) -> float:
    """CPU time of `exact` over that of `cheap`, in turns, on one thread; the best of each counts."""
    networks = [OnnxNetwork(model, threads=1) for model in (exact, cheap)]
    best = [float("inf")] * len(networks)
    for _ in range(4):
        for place, network in enumerate(networks):
            began = time.thread_time()
            for at in range(0, min(len(pixels), 16), 2):
                network.run_one((pixels[at : at + 2],))
            best[place] = min(best[place], time.thread_time() - began)
    return best[0] / max(best[1], 1e-9)


def _decided(
    precision: Precision,
    search: _Search,
    why: str,
    speed: float | None = None,
    encoder: Int8Encoder | None = None,
) -> Decision:
    trial = search.last
    assert trial is not None  # the ladder has a step
    return Decision(
        precision=precision,
        agreement=round(trial.agreement, 4),
        projected=round(trial.projected, 4),
        sample=len(search.pixels),
        speed=None if speed is None else round(speed, 2),
        left_out=trial.left_out,
        reason=why,
        graph="" if encoder is None else hashlib.sha256(encoder.graph).hexdigest(),
    )

"""Which precision: int8 where it is faster and the neighbours survive it, else fp32.

Measured on the person's own pictures.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from modiste.encoders.base import Floats, Pixels, Precision
from modiste.encoders.int8 import Calibration, Graph, calibrate, quantise
from modiste.encoders.neighbours import agreement, projected_agreement
from modiste.encoders.network import Int8Encoder, NetworkEncoder
from modiste.encoders.onnx import OnnxNetwork

TARGET = 0.95
"""Share of the ten nearest neighbours that int8 must keep among all of a wardrobe's pictures."""
WORTH = 1.1
"""int8 must be this many times as fast as fp32."""
MARGIN = 0.002
"""What the projection must be above TARGET, since it wavers from sample to sample."""
SAMPLE = 1_500
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
    if encoder.graph is None or not (graph := Graph(encoder.graph)).convolutions:
        return Decision(precision="fp32", reason="the network has no convolutions for int8"), None
    search = _Search(graph, pixels, encoder.encode(pixels), total)
    trial = search.run()
    if trial.projected < TARGET + MARGIN:
        return _decided("fp32", search, trial, "int8 would lose too many neighbours"), None
    speed = _speed(encoder.graph, trial.model, pixels)
    if speed < WORTH:
        return _decided("fp32", search, trial, "int8 is hardly faster here", speed), None
    decision = _decided("int8", search, trial, "int8 keeps the neighbours", speed)
    return decision, Int8Encoder(encoder, trial.model)


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

    def run(self) -> _Trial:
        """The version with the fewest groups in fp32 that keeps the neighbours, or the last tried.

        By bisection: more groups in fp32 keep more neighbours, within noise.
        """
        calibration = calibrate(self.graph, self.pixels[:_CALIBRATION])
        groups = self._most_harmful_first(calibration)
        steps = [step for step in _LADDER if step < len(groups)]
        low, high = 0, len(steps)
        kept: _Trial | None = None
        while low < high:
            middle = (low + high) // 2
            trial = self._try(calibration, sum(groups[: steps[middle]], []))
            if trial.projected >= TARGET + MARGIN:
                kept, high = trial, middle
            else:
                low = middle + 1
        return kept or trial

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
        return _Trial(
            model,
            left_out,
            agreement(self.exact, vectors),
            projected_agreement(self.exact, vectors, self.total),
        )


def _run(graph: Graph, calibration: Calibration, chosen: Collection[str], pixels: Pixels) -> Floats:
    return OnnxNetwork(quantise(graph, calibration, chosen)).run(pixels)


def _speed(exact: bytes, cheap: bytes, pixels: Pixels) -> float:
    """CPU time of `exact` over that of `cheap`: one thread, in turns, the best of each."""
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
    precision: Precision, search: _Search, trial: _Trial, why: str, speed: float | None = None
) -> Decision:
    return Decision(
        precision=precision,
        agreement=round(trial.agreement, 4),
        projected=round(trial.projected, 4),
        sample=len(search.pixels),
        speed=None if speed is None else round(speed, 2),
        left_out=trial.left_out,
        reason=why,
        graph=hashlib.sha256(trial.model).hexdigest() if precision == "int8" else "",
    )

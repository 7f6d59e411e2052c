"""A torch network in ONNX Runtime, which runs lite0 twice as fast on a CPU."""

from __future__ import annotations

import io
import os
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime as ort
import torch
from torch import nn

from modiste.encoders.base import Floats, Pixels

SLICE = 4
"""Pictures a call: small enough for the second-level cache, measured fastest on two cores."""


def export(module: nn.Module, shape: tuple[int, ...]) -> bytes:
    """An ONNX model of a module that takes (n, *shape) uint8, n free."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        torch.onnx.export(
            module,
            (torch.zeros((2, *shape), dtype=torch.uint8),),
            buffer,  # type: ignore[arg-type] # the TorchScript exporter takes a stream
            input_names=["pixels"],
            output_names=["vectors"],
            dynamic_axes={"pixels": {0: "n"}, "vectors": {0: "n"}},
            opset_version=17,
            dynamo=False,
        )
    return buffer.getvalue()


class OnnxNetwork:
    """An ONNX model on all cores: one single-threaded call a core, each on its own slice.

    Threads inside one call wait for each other at every layer; calls side by side do not.
    """

    def __init__(self, model: bytes, threads: int | None = None) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._threads = threads or len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(self._threads)

    def run(self, pixels: Pixels) -> Floats:
        """(n, H, W, 3) uint8 to (n, dim) float32."""
        slices = [pixels[at : at + SLICE] for at in range(0, len(pixels), SLICE)]
        parts = list(self._pool.map(self._one, slices))
        return np.concatenate(parts)

    def _one(self, pixels: Pixels) -> Floats:
        vectors: Floats = self._session.run(None, {"pixels": pixels})[0]
        return vectors

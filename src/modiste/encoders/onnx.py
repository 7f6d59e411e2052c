"""Torch networks in ONNX Runtime, which on a CPU runs lite0 several times as fast as torch."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import torch
from torch import nn

from modiste.arrays import Floats
from modiste.data.atomic import atomic_path
from modiste.encoders.base import Pixels
from modiste.errors import ModisteError

SLICE = 2
"""Pictures a call: what one layer hands to the next then stays in the second-level cache."""

_EXPORT_VERSION = 3  # part of the name in the cache: raised when `export` changes


class NotExportable(Exception):
    """ONNX cannot express a module; it runs in torch instead."""


def export(
    module: nn.Module, examples: tuple[torch.Tensor, ...], free: Sequence[Mapping[int, str]]
) -> bytes:
    """An ONNX model of a module that returns one tensor.

    Args:
        module: in eval mode.
        examples: one tensor for each argument.
        free: for each argument, the dimensions whose length is free, with their names. The ONNX
            inputs are called `input0`, `input1` ..., the output `vectors`.

    Raises:
        NotExportable: ONNX cannot express it, or it is larger than 2 GB.
    """
    shapes = tuple({dim: torch.export.Dim(name) for dim, name in dims.items()} for dims in free)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        try:
            program = torch.onnx.export(
                module,
                examples,
                dynamo=True,
                verbose=False,
                input_names=[f"input{i}" for i in range(len(examples))],
                output_names=["vectors"],
                dynamic_shapes=shapes,
            )
            assert program is not None  # with dynamo it never is
            data: bytes = program.model_proto.SerializeToString()
        except Exception as error:  # the exporter raises whatever its many passes do
            raise NotExportable(str(error)) from error
    return data


def cached(fingerprint: str, make: Callable[[], bytes]) -> bytes:
    """What `make` returns, kept for next time in the cache folder of the person's account.

    An export takes some ten seconds. A cache that cannot be read or written is done without.
    """
    path = cache_folder() / "graphs" / f"{fingerprint}-{_EXPORT_VERSION}.onnx"
    with suppress(OSError):
        return path.read_bytes()
    model = make()
    with suppress(ModisteError, OSError), atomic_path(path) as temporary:
        temporary.write_bytes(model)
    return model


def cache_folder() -> Path:
    """MODISTE_CACHE, or `modiste` in XDG_CACHE_HOME or ~/.cache."""
    if chosen := os.environ.get("MODISTE_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "modiste"


def session(model: bytes) -> ort.InferenceSession:
    """An ONNX model ready to run on one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class OnnxNetwork:
    """An ONNX model on all cores: one single-threaded call a core, each on its own slice.

    Threads inside one call wait for each other at every layer; calls side by side do not.
    """

    def __init__(self, model: bytes, threads: int | None = None) -> None:
        self._session = session(model)
        self._pool = ThreadPoolExecutor(threads or cores())
        self._inputs = [given.name for given in self._session.get_inputs()]

    def run(self, pixels: Pixels) -> Floats:
        """(n, H, W, 3) uint8 to (n, dim) float32."""
        slices = [(pixels[at : at + SLICE],) for at in range(0, len(pixels), SLICE)]
        return np.concatenate(self.run_each(slices))

    def run_each(self, calls: Sequence[tuple[npt.NDArray[Any], ...]]) -> list[Floats]:
        """One call for each tuple of inputs, side by side; the outputs in the same order."""
        return list(self._pool.map(self.run_one, calls))

    def run_one(self, call: tuple[npt.NDArray[Any], ...]) -> Floats:
        """One call on the thread that asks."""
        feed = dict(zip(self._inputs, call, strict=True))
        vectors: Floats = self._session.run(None, feed)[0]
        return vectors

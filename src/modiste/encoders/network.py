"""A vision network with its preprocessing, run by ONNX Runtime on a CPU and by torch on a GPU."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from modiste.arrays import Floats
from modiste.encoders.base import Pixels
from modiste.encoders.onnx import NotExportable, OnnxNetwork, cached, export

VERSION = 1
"""Part of every fingerprint: raised when this file changes what comes out."""


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes a network's input.

    The whole picture is squeezed into the network's rectangle: catalogue photographs are tall,
    and a centre crop cuts off shoes and hems. Of the five nearest neighbours among other seasons'
    photographs of a shop (2,400 items, lite0), 59.1 % had the same fine category and 45.4 % the
    same colour word; with padding 57.4 % and 46.4 %, with a centre crop 59.7 % and 44.8 %.
    """

    size: tuple[int, int]
    """Height and width in pixels."""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    """Of each channel, where pixels are from 0 to 1."""

    def facts(self) -> dict[str, object]:
        """For the fingerprint."""
        return {
            "size": self.size,
            "mean": self.mean,
            "std": self.std,
            "fit": "squeeze",
            "v": VERSION,
        }

    def pixels(self, picture: Image.Image) -> Pixels:
        """(H, W, 3) uint8."""
        height, width = self.size
        if picture.size != (width, height):
            picture = picture.resize((width, height), Image.Resampling.BICUBIC)
        return np.asarray(picture, dtype=np.uint8)


class Normalised(nn.Module):
    """A network that takes (n, H, W, 3) uint8 pixels and normalises them itself."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, preprocessing: Preprocessing) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(preprocessing.mean).view(1, 3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(preprocessing.std).view(1, 3, 1, 1) * 255)

    def forward(self, pixels: Tensor) -> Tensor:
        """(n, H, W, 3) pixels from 0 to 255, of any type, to (n, dim) float32."""
        image = (pixels.permute(0, 3, 1, 2).to(self.mean.dtype) - self.mean) / self.std
        vectors: Tensor = self.network(image)
        return vectors


class NetworkEncoder:
    """A vision network with its preprocessing; its weights are read when they are needed.

    Args:
        name: what `build_image_encoder` makes it from.
        load: makes the network, (n, 3, H, W) float32 to (n, dim) float32.
        preprocessing: what the network expects.
        fingerprint: of weights and preprocessing.
        dim: length of a vector.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], nn.Module],
        preprocessing: Preprocessing,
        *,
        fingerprint: str,
        dim: int,
    ) -> None:
        self.name, self.fingerprint, self.dim = name, fingerprint, dim
        self.preprocessing = preprocessing
        self.edge = min(preprocessing.size)
        self._load = load

    @cached_property
    def module(self) -> nn.Module:
        """(n, H, W, 3) uint8 to (n, dim) float32, in eval mode."""
        return Normalised(self._load(), self.preprocessing).eval()

    def network(self) -> nn.Module:
        """A copy of the network alone, (n, 3, H, W) float32 to (n, dim) float32, to change."""
        return copy.deepcopy(self._load())

    @cached_property
    def graph(self) -> bytes | None:
        """The same as an ONNX model; None where ONNX cannot express it."""
        try:
            return cached(self.fingerprint, self._export)
        except NotExportable:
            return None

    def preprocess(self, picture: Image.Image) -> Pixels:
        """(H, W, 3) uint8 of an RGB picture."""
        return self.preprocessing.pixels(picture)

    def encode(self, pixels: Pixels) -> Floats:
        """(n, H, W, 3) uint8 to (n, dim) float32."""
        return self._run(pixels)

    @cached_property
    def on_gpu(self) -> bool:
        """Whether there is a GPU, which is then used."""
        return torch.cuda.is_available()

    @cached_property
    def _run(self) -> Callable[[Pixels], Floats]:
        if self.on_gpu or self.graph is None:
            return self._run_torch("cuda" if self.on_gpu else "cpu")
        return OnnxNetwork(self.graph).run

    def _export(self) -> bytes:
        blank = torch.zeros((2, *self.preprocessing.size, 3), dtype=torch.uint8)
        return export(self.module, (blank,), [{0: "n"}])

    def _run_torch(self, device: str) -> Callable[[Pixels], Floats]:
        module = self.module.to(device)

        def run(pixels: Pixels) -> Floats:
            with torch.inference_mode():
                vectors: Floats = module(torch.tensor(pixels, device=device)).float().cpu().numpy()
            return vectors

        return run

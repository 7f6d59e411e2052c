"""Encoders that `modiste encoder train` makes: a folder that executes nothing.

ENCODER/encoder.toml          kind, settings, wardrobe, what chose the weights
ENCODER/encoder.safetensors   the weights of the encoder, and its preprocessing
ENCODER/weights.safetensors   the whole network: with decoder or categories
ENCODER/metrics.jsonl, curves.png, reconstructions.png (of an autoencoder)
ENCODER/checkpoint.bin        only while training: where it stands
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import tomli_w
from PIL import Image
from torch import nn

import modiste
from modiste.data.atomic import write_text
from modiste.encoders.autoencoder import Autoencoder, AutoencoderConfig
from modiste.encoders.base import Pixels, fingerprint_of
from modiste.encoders.classifier import Classifier, ClassifierConfig
from modiste.encoders.network import NetworkEncoder
from modiste.encoders.weights import load_weights, saved_preprocessing, weights_hash
from modiste.errors import ImageError, Misuse, ModisteError

Kind: TypeAlias = Literal["classifier", "autoencoder"]
KINDS: tuple[str, ...] = get_args(Kind)
NetworkConfig: TypeAlias = ClassifierConfig | AutoencoderConfig
Network: TypeAlias = Classifier | Autoencoder
CONFIGS: dict[str, type[NetworkConfig]] = {
    "classifier": ClassifierConfig,
    "autoencoder": AutoencoderConfig,
}
FACTS, WEIGHTS = "encoder.toml", "encoder.safetensors"
LEAST = 8
"""Pixels of the smaller edge below which a picture shows nothing, whatever it is enlarged to."""


@dataclass(frozen=True, kw_only=True)
class EncoderSpec:
    """What a trained encoder is made of; kept in `encoder.toml`."""

    network: NetworkConfig
    training: Mapping[str, Any] = field(default_factory=dict)
    """The settings of the loop."""
    wardrobe: Mapping[str, Any] = field(default_factory=dict)
    """name, path and content_hash of the wardrobe whose photographs it saw."""
    selection: Mapping[str, Any] = field(default_factory=dict)
    """What chose the weights, its best value and its step; empty while training."""

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return kind_of(self.network)


class TrainedEncoder(NetworkEncoder):
    """A network encoder that refuses pictures of hardly any pixels."""

    def preprocess(self, picture: Image.Image) -> Pixels:
        """(H, W, 3) uint8 of an RGB picture.

        Raises:
            ImageError: it is too small to show anything.
        """
        if min(picture.size) < LEAST:
            width, height = picture.size
            raise ImageError(
                f"A picture of {width} x {height} pixels shows nothing; {LEAST} x {LEAST} are the "
                "least that this encoder takes."
            )
        return super().preprocess(picture)


def kind_of(config: NetworkConfig) -> str:
    """One of `KINDS`."""
    return "classifier" if isinstance(config, ClassifierConfig) else "autoencoder"


def build_network(config: NetworkConfig, *, started: bool = True) -> Network:
    """The whole network; `started`: with what it starts training from, else to be filled.

    Raises:
        UnknownName: no such backbone.
        Misuse: its weights cannot be had, or it takes no pictures of that size.
    """
    match config:
        case ClassifierConfig():
            return Classifier(config, started=started)
        case AutoencoderConfig():
            return Autoencoder(config)


def encoder_folder(name: str) -> Path | None:
    """The folder that `--image NAME` speaks of; None where NAME is no folder of an encoder.

    Raises:
        Misuse: it is a folder, but holds no encoder.
    """
    folder = Path(name)
    if (folder / FACTS).is_file():
        return folder
    if ("/" in name or "\\" in name) and folder.is_dir():
        raise Misuse(
            f"{folder} holds no encoder (no {FACTS}); give a folder that `modiste encoder train` "
            "wrote."
        )
    return None


def trained_encoder(weights: Path) -> TrainedEncoder:
    """The encoder of a folder, by the path of its weights.

    Raises:
        Misuse: it is still in training, or a file is missing, damaged or of another encoder.
    """
    path = weights.resolve()
    spec = read_encoder_spec(path.parent)
    if not path.is_file():
        raise Misuse(
            f"{path.parent} is an encoder still in training; go on with `modiste encoder train "
            f"{spec.kind} W --out {path.parent} --resume`."
            if not spec.selection
            else f"{path} is missing; train the encoder again."
        )
    name = f"{spec.kind}?weights={path}"
    network: nn.Module = build_network(spec.network, started=False).embedder
    load_weights(network, path, name)
    preprocessing = saved_preprocessing(path)
    if preprocessing is None:
        raise Misuse(f"{path} carries no preprocessing; train the encoder again.")
    facts = {"name": spec.kind, "weights": weights_hash(network)} | preprocessing.facts()
    return TrainedEncoder(
        name,
        lambda: network.eval(),
        preprocessing,
        fingerprint=fingerprint_of([], facts),
        dim=spec.network.code,
    )


def write_encoder_spec(root: Path, spec: EncoderSpec) -> None:
    """Write `encoder.toml`, whole or not at all."""
    facts = {
        "modiste": modiste.__version__,
        "kind": spec.kind,
        "network": asdict(spec.network),
        "training": dict(spec.training),
        "wardrobe": dict(spec.wardrobe),
        "selection": dict(spec.selection),
    }
    write_text(root / FACTS, tomli_w.dumps(facts))


def read_encoder_spec(root: Path) -> EncoderSpec:
    """What `encoder.toml` says.

    Raises:
        Misuse: there is none, or it is damaged.
    """
    path = root / FACTS
    if not path.is_file():
        raise Misuse(
            f"{root} holds no encoder (no {FACTS}); make one with `modiste encoder train`."
        )
    try:
        facts = tomllib.loads(path.read_text("utf-8"))
        kind, settings = CONFIGS[facts["kind"]], dict(facts["network"])
        for setting in fields(kind):
            usual = setting.default
            if isinstance(usual, int) and type(settings[setting.name]) is not type(usual):
                raise TypeError(f"{setting.name} is no whole number")
        return EncoderSpec(
            network=kind(**settings),
            training=dict(facts["training"]),
            wardrobe=dict(facts["wardrobe"]),
            selection=dict(facts["selection"]),
        )
    except (OSError, ValueError, KeyError, TypeError, ModisteError) as error:
        raise Misuse(f"{path} is damaged ({error}); train the encoder again.") from error

"""An encoder that learns to tell categories: a known network, a head of 128, the categories.

After the ResNet-18 of the DeepLearningClothes system, from its description.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.encoders.network import NetworkEncoder, Preprocessing
from modiste.encoders.weights import RANDOM, split_weights
from modiste.errors import Misuse, check_choices


@dataclass(frozen=True, kw_only=True)
class ClassifierConfig:
    """Settings of `Classifier`."""

    backbone: str = "resnet18.tv_in1k"
    """What it starts from: any timm model, `?weights=FILE` or `?weights=random` behind it, or
    lite0, which needs no download. `resnet18.tv_in1k` has torchvision's weights, as published."""
    size: int = 224
    """Edge of the pictures in pixels."""
    code: int = 128
    """How many numbers a picture becomes."""
    frozen: int = 25
    """So many of the backbone's first parameter tensors do not learn; as published."""
    labels: Literal["category", "fine"] = "category"
    """Which categories it learns to tell."""
    categories: tuple[str, ...] = ()
    """Their names, sorted; from the wardrobe."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "categories", tuple(self.categories))
        if self.backbone.startswith(("clip:", "classifier?", "autoencoder?")):
            raise Misuse(
                f"The backbone {self.backbone!r} cannot be trained on; give lite0 or a timm model."
            )
        check_choices(self)
        if self.size < 1 or self.code < 1 or self.frozen < 0:
            raise Misuse(
                f"size={self.size}, code={self.code}, frozen={self.frozen}: the first two must be "
                "above 0, the last cannot be below 0."
            )


class Classifier(nn.Module):
    """Backbone, a linear layer to the code, a linear layer to the categories.

    Args:
        config: settings.
        started: with the backbone's own weights; False: to be filled from a file.
    """

    selection = "accuracy"
    measures = ("accuracy", "cross_entropy")

    def __init__(self, config: ClassifierConfig, *, started: bool = True) -> None:
        super().__init__()
        self.config = config
        backbone = _backbone(config.backbone, started=started)
        network = backbone.network()
        _check_size(network, config)
        self.embedder = nn.Sequential(network, nn.Linear(backbone.dim, config.code))
        self.telling = nn.Linear(config.code, len(config.categories))
        usual = backbone.preprocessing
        self.preprocessing = Preprocessing((config.size,) * 2, mean=usual.mean, std=usual.std)
        for parameter in list(network.parameters())[: config.frozen]:
            parameter.requires_grad_(False)

    def forward(self, picture: Tensor) -> Tensor:
        """(n, 3, size, size), normalised, to (n, categories) logits."""
        logits: Tensor = self.telling(self.embedder(picture))
        return logits

    def loss(self, picture: Tensor, label: Tensor) -> Tensor:
        """Cross-entropy in nats; `label` (n,) int64 number of the category."""
        return F.cross_entropy(self(picture), label)

    def judge(self, picture: Tensor, label: Tensor) -> dict[str, Tensor]:
        """(n,) each: whether the category is told right, and the cross-entropy."""
        logits = self(picture)
        right = (logits.argmax(dim=1) == label).to(logits.dtype)
        return {
            "selection": right,
            "accuracy": right,
            "cross_entropy": F.cross_entropy(logits, label, reduction="none"),
        }


def _backbone(name: str, *, started: bool) -> NetworkEncoder:
    from modiste.encoders import image

    plain, weights = split_weights(name)
    if not started:
        weights = RANDOM
    if plain == "lite0":
        return image.lite0(weights)
    return image.timm_model(name if started else f"{plain}?weights={RANDOM}")


def _check_size(network: nn.Module, config: ClassifierConfig) -> None:
    """Raise Misuse where the backbone does not take pictures of that size."""
    blank = torch.zeros((1, 3, config.size, config.size))
    try:
        with torch.inference_mode():
            network.eval()(blank)
    except (RuntimeError, AssertionError, ValueError) as error:
        raise Misuse(
            f"The backbone {config.backbone!r} takes no pictures of {config.size} pixels; give "
            "another size, such as --set size=224."
        ) from error

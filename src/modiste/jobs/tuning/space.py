"""Which settings a search tries: data, one space a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeAlias

from modiste.errors import Misuse, UnknownName
from modiste.models.build import CONFIGS


@dataclass(frozen=True)
class OneOf:
    """One of these values."""

    values: tuple[bool | int | float | str, ...]


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`, evenly, or evenly on a logarithmic scale."""

    low: float
    high: float
    log: bool = False


Dimension: TypeAlias = OneOf | Between


@dataclass(frozen=True, kw_only=True)
class Space:
    """What is searched, and what is set beside it.

    A dimension is called as the setting that it sets, but for the published learning rates: `lr2`
    is that of fine-tuning, `lr`, and `lr1` that of pre-training, `pretrain_rate` times `lr`.
    """

    dimensions: Mapping[str, Dimension]
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values; two spaces are the same where these are."""
        return {
            "dimensions": {name: asdict(found) for name, found in self.dimensions.items()},
            "fixed": dict(self.fixed),
        }


SETTING = {"lr1": "pretrain_rate", "lr2": "lr"}
"""The setting behind a dimension of another name."""

_RATES = OneOf((1e-5, 1e-4, 1e-3))
_UMBERT_PUBLISHED = {
    "lr1": _RATES,
    "lr2": _RATES,
    "layers": OneOf((3, 6, 9, 12)),
    "heads": OneOf((1, 2, 4, 8)),
    "optimizer": OneOf(("adam", "adamw")),
}
_UMBERT_FIXED = {
    "items": "frozen",
    "objective": "mse",
    "loss_on": "all",
    "types": "none",
    "norm": "post",
    "masks_learn": False,
    "mask_noise": 1.0,
    "width": 128,
    "ff": 512,
    "unknown": 0.0,
    "popularity": 0.0,
    "pretrain": 30,
    "batch_size": 128,
    "candidates": 0,
    "warmup": 0,
}

PUBLISHED: dict[str, Space] = {
    "umbert": Space(
        dimensions={
            **_UMBERT_PUBLISHED,
            "dropout": Between(0.0, 0.2),
            "weight_decay": Between(0.0, 0.01),
        },
        fixed={**_UMBERT_FIXED, "epochs": 500, "patience": 10},
    ),
    "wumbert": Space(
        dimensions={
            **_UMBERT_PUBLISHED,
            "dropout": Between(0.0, 0.3),
            "weight_decay": Between(0.0, 0.1),
        },
        fixed={
            **_UMBERT_FIXED,
            "masks": "shared",
            "aims_learn": True,
            "forget": 0.0,
            "epochs": 100,
            "patience": 5,
        },
    ),
}
"""What others searched, and what they had set."""

_LEARNING: dict[str, Dimension] = {
    "lr": Between(1e-4, 1e-2, log=True),
    "weight_decay": Between(1e-3, 0.3, log=True),
    "batch_size": OneOf((16, 32, 64, 128)),
}
_UMBERT: dict[str, Dimension] = {
    **_LEARNING,
    "layers": OneOf((1, 2, 3)),
    "heads": OneOf((1, 2, 4, 8)),
    "dropout": Between(0.0, 0.3),
    "item_dropout": Between(0.1, 0.6),
    "block_dropout": Between(0.0, 0.3),
    "pretrain": OneOf((0, 3)),
    "pretrain_hidden": Between(0.0, 0.5),
    "slot_weight": Between(0.0, 2.0),
    "popularity": Between(0.0, 1.0),
}
DEFAULT: dict[str, Space] = {
    "bilstm": Space(
        dimensions={
            **_LEARNING,
            "width": OneOf((64, 128, 256)),
            "dropout": Between(0.0, 0.5),
            "block_dropout": Between(0.0, 0.3),
            "outfit_weight": Between(0.0, 2.0),
            "semantic_weight": OneOf((0.0, 0.3, 1.0)),
        },
        fixed={"items": "mixed", "objective": "choice", "hidden_dim": 256, "popularity": 0.75},
    ),
    "set_transformer": Space(
        dimensions={
            **_LEARNING,
            "item_dim": OneOf((64, 128, 256)),
            "layers": OneOf((1, 2, 3)),
            "heads": OneOf((1, 2, 4, 8)),
            "dropout": Between(0.0, 0.6),
            "block_dropout": Between(0.0, 0.3),
            "outfit_weight": Between(0.2, 3.0, log=True),
            "popularity": Between(0.0, 1.0),
        }
    ),
    "siamese": Space(
        dimensions={
            **_LEARNING,
            "width": OneOf((64, 128, 256, 512)),
            "dropout": Between(0.0, 0.5),
            "temperature": Between(0.03, 0.3, log=True),
        }
    ),
    "umbert": Space(dimensions=_UMBERT),
    "visual_semantic": Space(
        dimensions={
            **_LEARNING,
            "width": OneOf((64, 128, 256, 512)),
            "margin": Between(0.05, 0.5),
        }
    ),
    "wumbert": Space(dimensions={**_UMBERT, "forget": Between(0.0, 0.7)}),
}
"""What is worth trying, for every model that is trained."""

SPACES = {"default": DEFAULT, "published": PUBLISHED}


def space_of(model: str, name: str, base: Mapping[str, Any], chosen: Mapping[str, Any]) -> Space:
    """The space of a search.

    Args:
        model: whose.
        name: `default` or `published`.
        base: settings to start from: they win over what the space sets, not over what it searches.
        chosen: settings that are not to be searched.

    Raises:
        UnknownName: no such model or space.
        Misuse: the model has no such space, or nothing is left to be searched.
    """
    if name not in SPACES:
        raise UnknownName("space", name, SPACES)
    if model not in CONFIGS:
        raise UnknownName("model", model, CONFIGS)
    if model not in SPACES[name]:
        raise Misuse(
            f"{model} has no {name} space; {', '.join(SPACES[name])} have one"
            + ("." if name == "default" else ", or give --space default.")
        )
    space = SPACES[name][model]
    left = {d: of for d, of in space.dimensions.items() if SETTING.get(d, d) not in chosen}
    if not left:
        raise Misuse("Every setting of the space is given, so that nothing is left to search.")
    return Space(dimensions=left, fixed={**space.fixed, **base, **chosen})


class Suggests(Protocol):
    """The part of an Optuna trial that draws a point of a space."""

    def suggest_categorical(self, name: str, choices: Any) -> Any:
        """One of them."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number between them."""


def suggest(trial: Suggests, space: Space) -> dict[str, Any]:
    """Draw a point: dimension -> value."""
    return {name: _drawn(trial, name, found) for name, found in space.dimensions.items()}


def settings_at(space: Space, point: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, as `modiste train --config` takes them, at a point of a space."""
    settings = {**space.fixed, **{n: value for n, value in point.items() if n not in SETTING}}
    if "lr2" in point:
        settings["lr"] = point["lr2"]
    if "lr1" in point:
        settings["pretrain_rate"] = point["lr1"] / settings["lr"]
    return settings


def _drawn(trial: Suggests, name: str, dimension: Dimension) -> Any:
    if isinstance(dimension, OneOf):
        return trial.suggest_categorical(name, list(dimension.values))
    return trial.suggest_float(name, dimension.low, dimension.high, log=dimension.log)

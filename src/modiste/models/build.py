"""From a name or a config to a model: one `case` each, no registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeAlias, assert_never

from modiste.errors import Misuse, UnknownName
from modiste.models.base import OutfitModel
from modiste.models.bilstm import BiLstm, BiLstmConfig
from modiste.models.fusion import Fusion, FusionConfig
from modiste.models.set_transformer import SetTransformer, SetTransformerConfig
from modiste.models.siamese import Siamese, SiameseConfig
from modiste.models.umbert import UmBert, UmBertConfig
from modiste.models.visual_semantic import VisualSemantic, VisualSemanticConfig
from modiste.models.wumbert import WumBert, WumBertConfig

ModelConfig: TypeAlias = (
    BiLstmConfig
    | FusionConfig
    | SetTransformerConfig
    | SiameseConfig
    | UmBertConfig
    | VisualSemanticConfig
    | WumBertConfig
)

CONFIGS: dict[str, type[ModelConfig]] = {
    "bilstm": BiLstmConfig,
    "fusion": FusionConfig,
    "set_transformer": SetTransformerConfig,
    "siamese": SiameseConfig,
    "umbert": UmBertConfig,
    "visual_semantic": VisualSemanticConfig,
    "wumbert": WumBertConfig,
}
"""The models by name; all but `fusion`, which `modiste fuse` makes, are trained."""


def build_model(config: ModelConfig) -> OutfitModel:
    """Make the untrained model that `config` describes."""
    match config:
        case BiLstmConfig():
            return BiLstm(config)
        case FusionConfig():
            parts = [model_config(member.model, member.settings) for member in config.members]
            return Fusion(config, [build_model(part) for part in parts])
        case SetTransformerConfig():
            return SetTransformer(config)
        case SiameseConfig():
            return Siamese(config)
        case WumBertConfig():
            return WumBert(config)
        case UmBertConfig():
            return UmBert(config)
        case VisualSemanticConfig():
            return VisualSemantic(config)
        case _:
            assert_never(config)


def model_config(name: str, settings: Mapping[str, Any]) -> ModelConfig:
    """The config of the model called `name`.

    Raises:
        UnknownName: no such model, or no such setting.
        Misuse: a setting has the wrong type or is out of range.
    """
    if name not in CONFIGS:
        raise UnknownName("model", name, CONFIGS)
    kind = CONFIGS[name]
    known = {field.name for field in fields(kind)}
    for key in settings:
        if key not in known:
            raise UnknownName(f"setting of {name}", key, known)
    try:
        return kind(**{key: _frozen(value) for key, value in settings.items()})
    except TypeError as error:
        raise Misuse(f"The settings of {name} do not fit: {error}.") from error


def config_settings(config: ModelConfig) -> dict[str, Any]:
    """A config as plain values for a TOML file; `model_config` reads them back."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in asdict(config).items()
    }


def config_name(config: ModelConfig) -> str:
    """The name that `model_config` knows `config` by."""
    return next(name for name, kind in CONFIGS.items() if type(config) is kind)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

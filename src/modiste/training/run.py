"""A trained model on disk, and back. Loading executes nothing: TOML, Parquet, safetensors.

RUN/run.toml             model and its settings, encoders, categories, wardrobe, seed, selection
RUN/worn.parquet         id and count of every item worn in the training outfits
RUN/weights.safetensors  the weights that did best on the validation split
RUN/encoder.safetensors  the image encoder, where it was fine-tuned with the model
RUN/metrics.jsonl        one line an evaluation
RUN/curves.png           the same, drawn
RUN/checkpoint.bin       only while training: where it stands
RUN/report.json|.html    from `modiste evaluate`
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import tomli_w
from safetensors import SafetensorError
from safetensors.torch import load_file

import modiste
from modiste.data.atomic import write_text
from modiste.data.batches import ItemTable
from modiste.data.wardrobe import Wardrobe, write_table
from modiste.encoders.blocks import Block, block_of, item_table
from modiste.encoders.weights import located, portable
from modiste.errors import ModisteError, RunError
from modiste.models.base import OutfitModel
from modiste.models.build import (
    ModelConfig,
    build_model,
    config_name,
    config_settings,
    model_config,
)


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """What a run is made of; kept in `run.toml`."""

    model: ModelConfig
    blocks: tuple[str, ...]
    """Names of the feature blocks that the model reads, in order."""
    encoders: Mapping[str, Mapping[str, Any]]
    """Block name -> {name, fingerprint, dim} of the encoder that made it. A file that an
    encoder's name asks for is written relative to the run where it is part of the run, which can
    then be moved, and absolute here."""
    vocabulary: tuple[str, ...]
    """The fine categories that the model knows, sorted."""
    wardrobe: Mapping[str, str]
    """name, path and content_hash of the wardrobe that it was trained on."""
    training: Mapping[str, Any] = field(default_factory=dict)
    """The settings of the loop and the batches."""
    selection: Mapping[str, Any] = field(default_factory=dict)
    """Which metric chose the weights, its best value, and the step; empty while training."""
    calibration: Mapping[str, Any] = field(default_factory=dict)
    """How a logit becomes a probability; fitted on the validation split."""


class Run:
    """A run on disk, opened for use.

    Raises:
        RunError: `root` is no run, or a file of it is missing or damaged.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self.spec = _read_spec(self.root / "run.toml")

    @classmethod
    def open(cls, root: Path) -> Run:
        """The run at `root`."""
        return cls(root)

    @property
    def finished(self) -> bool:
        """Whether training has ended."""
        return bool(self.spec.selection)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Item id -> how often it is worn in the training outfits."""
        path = self.root / "worn.parquet"
        try:
            table = pl.read_parquet(path, memory_map=False)
            return dict(zip(table["id"], table["count"], strict=True))
        except (FileNotFoundError, OSError, pl.exceptions.PolarsError) as error:
            raise RunError(f"{path} is missing or damaged; train the run again.") from error

    @property
    def trained_on(self) -> frozenset[str]:
        """The items that occur in training outfits: answers among them are warm."""
        return frozenset(self.counts)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the weights: what a catalogue's vectors are of.

        Raises:
            RunError: there are none.
        """
        path = self.root / "weights.safetensors"
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise RunError(f"{path} cannot be read; train the run again.") from error

    def model(self) -> OutfitModel:
        """The trained model, on the CPU, in eval mode."""
        path = self.root / "weights.safetensors"
        model = build_model(self.spec.model)
        try:
            model.load_state_dict(load_file(path))
        except (FileNotFoundError, OSError, SafetensorError, RuntimeError) as error:
            raise RunError(
                f"{path} is missing, cut short, or not of this model; train the run again."
            ) from error
        return model.eval()

    def wardrobe(self, root: Path | None = None) -> Wardrobe:
        """The wardrobe at `root`, or the one that the run was trained on.

        Raises:
            RunError: the wardrobe has none of the items that the run was trained on.
            WardrobeError: there is no wardrobe.
        """
        if root is None and not (Path(self.spec.wardrobe["path"]) / "wardrobe.toml").is_file():
            raise RunError(
                f"The wardrobe of {self.root} is no longer at {self.spec.wardrobe['path']}; say "
                "where it is with --wardrobe."
            )
        wardrobe = Wardrobe(root or Path(self.spec.wardrobe["path"]))
        same = wardrobe.content_hash == self.spec.wardrobe["content_hash"]
        if not same and not self.trained_on & wardrobe.rows.keys():
            raise RunError(
                f"{self.root} was trained on the wardrobe {self.spec.wardrobe['name']!r}, and "
                f"{wardrobe.root} has none of its items; give that wardrobe, or train on this one."
            )
        return wardrobe


def write_spec(root: Path, spec: RunSpec) -> None:
    """Write `run.toml`, whole or not at all."""
    facts = {
        "modiste": modiste.__version__,
        "model": {"name": config_name(spec.model), "settings": config_settings(spec.model)},
        "features": {
            "blocks": list(spec.blocks),
            "encoders": _renamed(spec.encoders, lambda name: portable(name, root)),
            "vocabulary": list(spec.vocabulary),
        },
        "wardrobe": dict(spec.wardrobe),
        "training": dict(spec.training),
        "selection": dict(spec.selection),
        "calibration": dict(spec.calibration),
    }
    write_text(root / "run.toml", tomli_w.dumps(facts))


def write_counts(root: Path, counts: Mapping[str, int]) -> None:
    """Write `worn.parquet`: the items worn in training, by id."""
    ids = sorted(counts)
    table = pl.DataFrame({"id": ids, "count": [counts[i] for i in ids]})
    write_table(table, root / "worn.parquet")


def _renamed(
    encoders: Mapping[str, Mapping[str, Any]], rename: Callable[[str], str]
) -> dict[str, dict[str, Any]]:
    return {
        block: {**facts, "name": rename(facts["name"])} if "name" in facts else dict(facts)
        for block, facts in encoders.items()
    }


def _read_spec(path: Path) -> RunSpec:
    if not path.is_file():
        raise RunError(f"No run at {path.parent} (no run.toml); make one with `modiste train`.")
    try:
        facts = tomllib.loads(path.read_text("utf-8"))
        return RunSpec(
            model=model_config(facts["model"]["name"], facts["model"]["settings"]),
            blocks=tuple(facts["features"]["blocks"]),
            encoders=_renamed(
                facts["features"]["encoders"], lambda name: located(name, path.parent)
            ),
            vocabulary=tuple(facts["features"]["vocabulary"]),
            wardrobe=facts["wardrobe"],
            training=facts["training"],
            selection=facts["selection"],
            calibration=facts["calibration"],
        )
    except (
        tomllib.TOMLDecodeError,
        UnicodeDecodeError,
        KeyError,
        TypeError,
        ModisteError,
    ) as error:
        raise RunError(f"{path} is damaged ({error}); train the run again.") from error


def table_of(wardrobe: Wardrobe, spec: RunSpec, counts: Mapping[str, int]) -> ItemTable:
    """The items of a wardrobe with the features, in the categories, that a run knows.

    Args:
        wardrobe: with the features of the run's encoders.
        spec: of the run.
        counts: item id -> how often it is worn in the run's training outfits.

    Raises:
        FeatureError: the wardrobe lacks the features of one of the run's encoders.
    """
    return item_table(wardrobe, blocks=spec_blocks(spec), vocabulary=spec.vocabulary, counts=counts)


def spec_blocks(spec: RunSpec) -> list[Block]:
    """The feature blocks that a run reads, in order."""
    return [block_of(name, spec.encoders[name]) for name in spec.blocks]

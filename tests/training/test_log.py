"""Whoever watches a run hears of every evaluation that chooses weights, and may end it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from modiste.training.log import read_lines
from modiste.training.loop import TrainConfig, train
from tests.training.small_run import batches, run, small_model, staged_model, validate


class Enough(Exception):
    pass


def test_evaluations_are_heard_as_logged_but_for_those_of_pretraining(tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []
    train(
        staged_model(),
        batches(),
        validate,
        TrainConfig(epochs=2),
        out=tmp_path,
        hear=lambda line: heard.append(dict(line)),
    )
    lines = read_lines(tmp_path / "metrics.jsonl")
    assert len(lines) == 4
    assert heard == [line for line in lines if line["stage"] == "finetune"]


def test_what_hearing_raises_ends_the_run(tmp_path: Path) -> None:
    def hear(line: Mapping[str, Any]) -> None:
        if line["epoch"] == 2:
            raise Enough

    with pytest.raises(Enough):
        train(small_model(), batches(), validate, TrainConfig(epochs=5), out=tmp_path, hear=hear)
    assert [line["epoch"] for line in read_lines(tmp_path / "metrics.jsonl")] == [1, 2]


def test_adam_decays_through_the_gradients_and_adamw_beside_them(tmp_path: Path) -> None:
    plain = run(tmp_path / "plain", optimizer="adam", weight_decay=0.0, epochs=2).state_dict()
    decayed = run(tmp_path / "adam", optimizer="adam", weight_decay=0.1, epochs=2).state_dict()
    beside = run(tmp_path / "adamw", optimizer="adamw", weight_decay=0.1, epochs=2).state_dict()
    without = run(tmp_path / "none", optimizer="adamw", weight_decay=0.0, epochs=2).state_dict()
    assert all(torch.equal(plain[name], without[name]) for name in plain)
    assert any(not torch.equal(decayed[name], beside[name]) for name in plain)
    assert any(not torch.equal(decayed[name], plain[name]) for name in plain)

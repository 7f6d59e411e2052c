"""Training in stages: one run, one log, one picture; only the last stage chooses weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_run import run
from test_loop import ENVIRONMENT, SCRIPT, figures, same, weights
from torch.optim.optimizer import register_optimizer_step_pre_hook

from modiste.models.base import Stage
from modiste.training.log import choosing, draw_curves, read_lines
from modiste.training.loop import Timetable


def test_a_timetable_says_which_stage_a_step_is_in() -> None:
    times = Timetable([Stage("none", 0), Stage("first", 2, 0.1), Stage("second", 3)], 4)
    assert times.total == 20
    assert [(p.start, p.end, p.chooses) for p in times.periods] == [(0, 8, False), (8, 20, True)]
    assert [times.at(step).stage.name for step in (0, 7, 8, 19)] == ["first"] * 2 + ["second"] * 2
    assert times.facts(8) == {"stage": "second"}
    assert Timetable([Stage("train", 3)], 4).facts(8) == {}


def test_every_line_of_the_log_says_its_stage(tmp_path: Path) -> None:
    run(tmp_path / "a", epochs=3, staged=True)
    lines = read_lines(tmp_path / "a" / "metrics.jsonl")
    assert [line["stage"] for line in lines] == ["pretrain"] * 2 + ["finetune"] * 3
    assert choosing(lines) == lines[2:]


def test_a_model_of_one_stage_logs_as_ever(tmp_path: Path) -> None:
    run(tmp_path / "a", epochs=2)
    lines = read_lines(tmp_path / "a" / "metrics.jsonl")
    assert all("stage" not in line for line in lines)
    assert choosing(lines) == lines


def test_only_the_last_stage_chooses_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import small_run

    worse = iter([9.0, 8.0, 3.0, 2.0, 1.0])
    monkeypatch.setattr(small_run, "validate", lambda model: {"selection": next(worse)})
    seen: list[dict[str, torch.Tensor]] = []
    original = small_run.UmBert.settle

    def settle(self: small_run.UmBert, features: torch.Tensor, category: torch.Tensor) -> None:
        original(self, features, category)
        seen.append({name: tensor.clone() for name, tensor in self.state_dict().items()})

    monkeypatch.setattr(small_run.UmBert, "settle", settle)
    run(tmp_path / "a", epochs=3, staged=True, patience=2)
    assert same(weights(tmp_path / "a"), seen[2])
    assert len(seen) == 5  # patience, too, counts from the last stage on


def test_the_rate_rises_and_falls_in_every_stage(tmp_path: Path) -> None:
    rates: list[float] = []
    watch = register_optimizer_step_pre_hook(
        lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"])
    )
    try:
        run(tmp_path / "a", lr=0.01, epochs=3, staged=True)
    finally:
        watch.remove()
    first, second = rates[:8], rates[8:]
    assert max(first) < 0.005 < max(second) < 0.01 + 1e-9
    assert first.index(max(first)) == second.index(max(second)) == 1  # warm-up of two steps
    assert first[-1] < 0.1 * max(first)


@pytest.mark.parametrize("stop_at", [3, 9])
def test_a_run_killed_in_any_stage_ends_as_an_unbroken_one(tmp_path: Path, stop_at: int) -> None:
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    command = [sys.executable, SCRIPT, broken, str(stop_at), "staged"]
    assert subprocess.run(command, env=ENVIRONMENT, check=False).returncode == -9
    run(broken, staged=True)
    run(whole, staged=True)
    assert same(weights(broken), weights(whole))
    assert figures(broken) == figures(whole)


def test_the_curves_mark_where_a_stage_ends(tmp_path: Path) -> None:
    lines = [
        {"step": step, "loss": 1.0, "auc": 0.5, "stage": stage}
        for step, stage in ((4, "pretrain"), (8, "finetune"), (12, "finetune"))
    ]
    plain = [{name: value for name, value in line.items() if name != "stage"} for line in lines]
    draw_curves(lines, tmp_path / "staged.png", metrics=("auc",))
    draw_curves(plain, tmp_path / "plain.png", metrics=("auc",))
    assert (tmp_path / "staged.png").read_bytes() != (tmp_path / "plain.png").read_bytes()


def test_weights_of_a_staged_run_are_of_its_best_evaluation(tmp_path: Path) -> None:
    model = run(tmp_path / "a", epochs=3, staged=True)
    assert same(load_file(tmp_path / "a" / "weights.safetensors"), dict(model.state_dict()))

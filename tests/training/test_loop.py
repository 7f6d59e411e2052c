"""The loop: seeded, resumable, data-parallel, and stopped by a loss that is no number."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from small_run import run, small_model
from torch.optim.optimizer import register_optimizer_step_pre_hook

from modiste.errors import Misuse, TrainingDiverged
from modiste.training.checkpoint import Checkpoint
from modiste.training.log import append_line, draw_curves, forget_after, read_lines
from modiste.training.loop import TrainConfig

SCRIPT = Path(__file__).with_name("small_run.py")
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


def weights(out: Path) -> dict[str, torch.Tensor]:
    return load_file(out / "weights.safetensors")


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first | second)


def figures(out: Path) -> list[dict[str, float]]:
    """The log without its clock."""
    lines = read_lines(out / "metrics.jsonl")
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


def test_the_same_seed_gives_the_same_weights_bit_for_bit(tmp_path: Path) -> None:
    run(tmp_path / "a")
    run(tmp_path / "b")
    assert same(weights(tmp_path / "a"), weights(tmp_path / "b"))
    assert figures(tmp_path / "a") == figures(tmp_path / "b")


def test_training_lowers_the_loss_and_keeps_the_best_weights(tmp_path: Path) -> None:
    model = run(tmp_path / "a", epochs=12)
    lines = read_lines(tmp_path / "a" / "metrics.jsonl")
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert [line["epoch"] for line in lines] == list(range(1, 13))
    kept = weights(tmp_path / "a")
    assert same(kept, dict(model.state_dict()))
    assert not same(kept, dict(small_model().state_dict()))
    assert not (tmp_path / "a" / "checkpoint.bin").exists()


@pytest.mark.parametrize("stop_at", [1, 3, 4, 7, 18])
def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one(tmp_path: Path, stop_at: int) -> None:
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    killed = subprocess.run(
        [sys.executable, SCRIPT, broken, str(stop_at)], env=ENVIRONMENT, check=False
    )
    assert killed.returncode == -9
    taken = []
    import small_run

    original = small_run.TrainingBatches.batch

    def counted(self: small_run.TrainingBatches, step: int) -> object:
        taken.append(step)
        return original(self, step)

    small_run.TrainingBatches.batch = counted  # type: ignore[method-assign]
    try:
        run(broken)
    finally:
        small_run.TrainingBatches.batch = original  # type: ignore[method-assign]
    run(whole)
    # the step under way, and no earlier one, is done again (validation looks at batch 0)
    assert min(step for step in taken if step > 0) == max(stop_at - 1, 1)
    assert same(weights(broken), weights(whole))
    assert figures(broken) == figures(whole)


def test_a_loss_that_is_no_number_stops_the_run_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TrainingDiverged, match=r"lr=1e\+?30.*--set lr="):
        run(tmp_path / "a", lr=1e30)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(Misuse, match="above 0"):
        TrainConfig(lr=0)


@pytest.mark.parametrize(
    "settings", [{"optimizer": "rmsprop"}, {"schedule": "step"}, {"halve_every": 0}]
)
def test_an_unknown_way_to_learn_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(Misuse, match="give"):
        TrainConfig(**settings)


def test_the_rate_is_halved_every_two_epochs(tmp_path: Path) -> None:
    rates: list[float] = []
    watch = register_optimizer_step_pre_hook(
        lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"])
    )
    try:
        run(tmp_path / "sgd", lr=0.4, warmup=0, optimizer="sgd", schedule="halving")
    finally:
        watch.remove()
    assert rates == [0.4] * 8 + [0.2] * 8 + [0.1] * 4


def test_plain_descent_goes_on_where_it_stood(tmp_path: Path) -> None:
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = model.weight.detach().clone()
    checkpoint = Checkpoint(tmp_path / "checkpoint.bin", model, optimizer)
    checkpoint.save(7, {"best": 0.5})
    with torch.no_grad():
        model.weight.zero_()
    assert checkpoint.load() == (7, {"best": 0.5})
    assert torch.equal(model.weight, before)
    checkpoint.close(remove=True)


@pytest.mark.slow
def test_two_processes_end_with_the_same_weights_as_one_within_noise(tmp_path: Path) -> None:
    """The same batches, halved; dropout is each process's own, so results agree, not bits."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = tmp_path / "both.py"
    script.write_text(
        "import sys, torch, pathlib\n"
        f"sys.path.insert(0, {str(SCRIPT.parent)!r})\n"
        "from small_run import run\n"
        "import torch.distributed as dist\n"
        "from modiste.training.loop import part\n"
        f"out = pathlib.Path({str(tmp_path / 'two')!r})\n"
        "out.mkdir(exist_ok=True)\n"
        "model = run(out)\n"
        "flat = torch.cat([p.detach().flatten() for p in model.parameters()])\n"
        "all_ = [torch.zeros_like(flat) for _ in range(dist.get_world_size())]\n"
        "dist.all_gather(all_, flat)\n"
        "assert len(all_) == 2 and torch.equal(all_[0], all_[1])\n"
        "if dist.get_rank() == 0: print('SAME')\n"
        "part()\n"
    )
    environment = ENVIRONMENT | {"ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(
        [*command, script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "SAME" in done.stdout
    run(tmp_path / "one")
    one, two = (figures(tmp_path / name)[-1] for name in ("one", "two"))
    first = figures(tmp_path / "one")[0]
    assert one["step"] == two["step"]
    gained = one["selection"] - first["selection"]
    assert abs(one["selection"] - two["selection"]) < 0.2 * gained


def test_the_log_drops_a_line_cut_short_and_forgets_what_will_be_done_again(
    tmp_path: Path,
) -> None:
    log = tmp_path / "metrics.jsonl"
    for step in (4, 8, 12):
        append_line(log, {"step": step, "loss": 1.0, "fitb": 0.5})
    with log.open("a") as file:
        file.write('{"step": 16, "lo')
    assert [line["step"] for line in read_lines(log)] == [4, 8, 12]
    forget_after(log, 8)
    assert [line["step"] for line in read_lines(log)] == [4, 8]


def test_curves_are_drawn_as_a_png(tmp_path: Path) -> None:
    lines = [{"step": s, "loss": 9.0 / s, "fitb": 0.1 * s} for s in (1, 2, 3)]
    draw_curves(lines, tmp_path / "curves.png", metrics=("fitb",))
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")

"""The whole training run on one page: stages, processes, the choice of weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
import torch.distributed as dist
from accelerate import Accelerator
from accelerate.utils import broadcast_object_list
from safetensors.torch import load_file

from modiste.arrays import Ints
from modiste.data.batches import ItemTable
from modiste.encoders.weights import save_tensors
from modiste.errors import Misuse, TrainingDiverged, check_choices
from modiste.models.base import OutfitModel, Stage
from modiste.outfit import OutfitBatch
from modiste.training.checkpoint import Checkpoint
from modiste.training.finetune import EndToEnd
from modiste.training.log import append_line, forget_after


@dataclass(frozen=True)
class Period:
    """A stage in steps: from `start` to before `end`."""

    stage: Stage
    start: int
    end: int
    chooses: bool
    """Whether its evaluations choose weights and stop the run: it is the last one."""


class Timetable:
    """The stages of a run, one after the other.

    Args:
        stages: at least one; those without epochs are left out.
        epoch_steps: steps an epoch.
    """

    def __init__(self, stages: Sequence[Stage], epoch_steps: int) -> None:
        held = [stage for stage in stages if stage.epochs > 0]
        ends = list(accumulate(stage.epochs * epoch_steps for stage in held))
        self.total = ends[-1]
        self.periods = tuple(
            Period(stage, start, end, end == self.total)
            for stage, start, end in zip(held, [0, *ends], ends, strict=False)
        )

    def at(self, step: int) -> Period:
        """The period of a step, counted from 0."""
        return next(period for period in self.periods if step < period.end)

    def facts(self, step: int) -> dict[str, str]:
        """What the log says of a step: its stage, where there are several."""
        return {"stage": self.at(step).stage.name} if len(self.periods) > 1 else {}


class Batches(Protocol):
    """The batches of a run, by step; see `TrainingBatches`."""

    table: ItemTable

    @property
    def worn(self) -> Ints:
        """Rows of the items worn in training."""

    def __len__(self) -> int:
        """Steps an epoch."""

    def batch(self, step: int) -> OutfitBatch:
        """The batch of one step."""


Validate = Callable[[OutfitModel], Mapping[str, float]]
"""Metrics of a model on the validation split; `selection`, higher is better, picks the weights."""

Progress = Callable[[int, int, float], None]
"""Told (steps done, steps in all, loss) after every step."""

Hear = Callable[[Mapping[str, Any]], None]
"""Told the logged line of every evaluation that chooses weights, in every process.

What it raises ends the run.
"""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How a model is trained."""

    epochs: int = 10
    """Of the last stage, where a model learns in several."""
    lr: float = 1e-3
    """The highest learning rate; it rises over `warmup` steps, then falls by `schedule`,
    in every stage anew."""
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    """`adam`: `weight_decay` is added to the gradients, as a penalty on squares would. `sgd`:
    plain, without momentum, as in Han et al. 2017."""
    schedule: Literal["cosine", "halving"] = "cosine"
    """`cosine`: to 0 at the end of a stage. `halving`: by half at once, every `halve_every`
    epochs."""
    halve_every: float = 2.0
    """Epochs."""
    weight_decay: float = 0.05
    """Of matrices only: vectors and category gates are left alone."""
    warmup: int = 100
    clip: float = 1.0
    """Gradients longer than this are shortened to it."""
    patience: int = 4
    """Stop after so many evaluations (one an epoch) without a better one."""
    precision: Literal["auto", "no", "bf16", "fp16"] = "auto"
    """`auto`: bf16 on a GPU, fp32 on a CPU, where bf16 measured slower."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_choices(self)
        if self.halve_every <= 0:
            raise Misuse(f"halve_every={self.halve_every}: give a number of epochs above 0.")
        if self.epochs < 1 or self.lr <= 0 or self.patience < 1 or self.clip <= 0:
            raise Misuse(
                f"epochs={self.epochs}, lr={self.lr}, patience={self.patience}, clip={self.clip}: "
                "all must be above 0."
            )


@dataclass
class Standing:
    """Where selection stands: what a resumed run must know beside the tensors."""

    best: float = -math.inf
    best_step: int = 0
    stale: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0

    def line(self, step: int, epoch_steps: int, facts: Mapping[str, float | str]) -> dict[str, Any]:
        """What the log says of an evaluation; the next sum of losses begins."""
        loss, self.loss_sum = self.loss_sum / epoch_steps, 0.0
        return {
            "step": step,
            "epoch": step // epoch_steps,
            "loss": round(loss, 6),
            "seconds": round(self.seconds, 2),
            **{n: v if isinstance(v, str) else round(float(v), 6) for n, v in facts.items()},
        }

    def select(self, selection: float, step: int, model: torch.nn.Module, out: Path | None) -> None:
        """Note whether this evaluation is the best so far; if so, keep the weights in `out`."""
        self.stale += 1
        if selection > self.best:
            self.best, self.best_step, self.stale = selection, step, 0
            if out is not None:
                save_tensors(model.state_dict(), out / "weights.safetensors")


def train(  # noqa: PLR0913 - what a run consists of, in view
    model: OutfitModel,
    batches: Batches,
    validate: Validate,
    config: TrainConfig,
    *,
    out: Path,
    accelerator: Accelerator | None = None,
    progress: Progress | None = None,
    hear: Hear = lambda line: None,
) -> Standing:
    """Train `model` in place and leave in it the weights that did best on validation.

    Writes `weights.safetensors`, `metrics.jsonl` and, while under way, `checkpoint.bin` to `out`;
    goes on from a checkpoint that stands there. Dropout and batches follow from (seed, step)
    alone, so that a resumed run ends as an unbroken one, bit for bit on one machine.

    Raises:
        TrainingDiverged: the loss is not finite; the best weights so far stay in `out`.
    """
    accelerator = accelerator or make_accelerator(config)
    torch.use_deterministic_algorithms(True, warn_only=True)
    optimizer = _optimizer(model, config)
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    main, device = accelerator.is_main_process, accelerator.device
    log, times = out / "metrics.jsonl", Timetable(model.stages(config.epochs), len(batches))
    with accelerator.main_process_first():  # copies are equal: one file serves all processes
        checkpoint = Checkpoint(out / "checkpoint.bin", model, optimizer)
        start, facts = checkpoint.load() or (0, {})
    accelerator.wait_for_everyone()
    standing = Standing(**facts)
    if main:
        forget_after(log, start)
    began = time.monotonic() - standing.seconds
    for step in range(start, times.total):
        if standing.stale >= config.patience:
            break
        period = times.at(step)
        model.enter(period.stage.name)
        _set_lr(optimizer, config, step, period, len(batches))
        model.train()
        torch.manual_seed(_seed(config.seed, step, accelerator.process_index))
        with accelerator.autocast():
            loss = wrapped(batches.batch(step).to(device))
        if not torch.isfinite(loss):
            raise diverged(loss.item(), step, config.lr, out)
        optimizer.zero_grad()
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), config.clip)
        optimizer.step()
        standing.loss_sum += loss.item()
        if progress and main:
            progress(step + 1, times.total, loss.item())
        if (step + 1) % len(batches) == 0:
            standing.seconds = time.monotonic() - began
            metrics = _evaluated(model, batches, validate, device) if main else {}
            line = standing.line(step + 1, len(batches), times.facts(step) | dict(metrics))
            line = broadcast_object_list([line])[0] if accelerator.num_processes > 1 else line
            if main:
                append_line(log, line)
            if period.chooses:
                standing.select(line["selection"], step + 1, model, out if main else None)
                hear(line)
        standing.seconds = time.monotonic() - began
        if main:
            checkpoint.save(step + 1, vars(standing))
    accelerator.wait_for_everyone()
    model.load_state_dict(load_file(out / "weights.safetensors"))
    model.eval()
    checkpoint.close(remove=main)
    return standing


def make_accelerator(config: TrainConfig) -> Accelerator:
    """Device, precision and processes as accelerate finds them."""
    precision = config.precision
    if precision == "auto":
        precision = "bf16" if torch.cuda.is_available() else "no"
    return Accelerator(mixed_precision=precision)


def _evaluated(
    model: OutfitModel, batches: Batches, validate: Validate, device: torch.device
) -> Mapping[str, float]:
    model.eval()
    settle(model, batches.table, batches.worn, device)
    return validate(model)


@torch.no_grad()
def settle(model: OutfitModel, table: ItemTable, worn: Ints, device: torch.device) -> None:
    """Show a model the items worn in training, as `OutfitModel.settle` wants."""
    features, category = table.tensors(worn)
    model.settle(features.to(device), category.to(device))


def _groups(model: OutfitModel, config: TrainConfig) -> list[dict[str, Any]]:
    """Weight decay for matrices of layers; none for vectors, norms and embeddings."""
    if isinstance(model, EndToEnd):
        return model.groups(lambda outfits: _groups(outfits, config))
    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    decay: list[torch.nn.Parameter] = []
    plain: list[torch.nn.Parameter] = []
    for parameter in model.parameters():
        if not parameter.requires_grad:
            continue
        matrix = parameter.dim() > 1 and id(parameter) not in embeddings
        (decay if matrix else plain).append(parameter)
    groups = [
        {"params": decay, "weight_decay": config.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def _optimizer(model: OutfitModel, config: TrainConfig) -> torch.optim.Optimizer:
    if config.optimizer == "sgd":
        return torch.optim.SGD(_groups(model, config), lr=config.lr)
    if config.optimizer == "adam":
        return torch.optim.Adam(_groups(model, config), lr=config.lr)
    return torch.optim.AdamW(_groups(model, config), lr=config.lr)


def _set_lr(
    optimizer: torch.optim.Optimizer, config: TrainConfig, step: int, period: Period, epoch: int
) -> None:
    """The rate of a step of a period; an epoch has so many steps."""
    step, total = step - period.start, period.end - period.start
    rise = min(1.0, (step + 1) / max(config.warmup, 1))
    if config.schedule == "cosine":
        fall = 0.5 + 0.5 * math.cos(math.pi * step / total)
    else:
        fall = 0.5 ** (step // max(round(epoch * config.halve_every), 1))
    for group in optimizer.param_groups:
        group["lr"] = config.lr * period.stage.rate * rise * fall * group.get("factor", 1.0)


def _seed(seed: int, step: int, process: int) -> int:
    """A seed of its own for every step and process (splitmix-like, 63 bits)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + step * 0xBF58476D1CE4E5B9 + process) & (2**63 - 1)
    return mixed


def diverged(loss: float, step: int, lr: float, out: Path) -> TrainingDiverged:
    """The error that the loss of a step, counted from 0, is not finite."""
    kept = (
        "the best weights so far are kept"
        if (out / "weights.safetensors").exists()
        else "no weights were kept yet"
    )
    return TrainingDiverged(
        f"The loss is {loss} at step {step + 1} with lr={lr}; train again with a lower one, such "
        f"as --set lr={lr / 10:g} ({kept} in {out})."
    )


def part() -> None:
    """End a run of several processes: none leaves while another still hears from it.

    Without it a process that is quick to go now and then took the others with it (gloo aborts
    while it is torn down), after all the work was done. Of one process nothing is to be ended.
    """
    if dist.is_available() and dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()

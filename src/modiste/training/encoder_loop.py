"""Train an image encoder on photographs alone: one page, as `loop.py` is for outfit models."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from modiste.encoders.network import Normalised
from modiste.encoders.trained import Network
from modiste.errors import DataError, Misuse, check_choices
from modiste.training.checkpoint import Checkpoint
from modiste.training.log import append_line, forget_after
from modiste.training.loop import Progress, Standing, diverged
from modiste.training.pixels import PhotographPixels, PictureBatches, label_tensor

TOGETHER = 64
"""Photographs of an evaluation at once."""


@dataclass(frozen=True, kw_only=True)
class EncoderTraining:
    """How an encoder is trained."""

    epochs: int = 20
    lr: float = 1e-4
    optimizer: Literal["sgd", "adam"] = "sgd"
    momentum: float = 0.9
    """Of `sgd`."""
    weight_decay: float = 0.0
    """Of all that learns, as published."""
    clip: float = 0.0
    """Gradients longer than this are shortened to it; 0: none are, as published."""
    schedule: Literal["constant", "cosine"] = "constant"
    """`cosine`: down to 0 at the end."""
    patience: int = 0
    """Stop after so many evaluations (one an epoch) without a better one; 0: never."""
    checkpoint_every: int = 1
    """Steps that a kill may cost."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_choices(self)
        if self.epochs < 1 or self.lr <= 0 or self.checkpoint_every < 1:
            raise Misuse(
                f"epochs={self.epochs}, lr={self.lr}, checkpoint_every={self.checkpoint_every}: "
                "all must be above 0."
            )
        if not 0 <= self.momentum < 1 or min(self.weight_decay, self.patience, self.clip) < 0:
            raise Misuse(
                f"momentum={self.momentum}, weight_decay={self.weight_decay}, "
                f"patience={self.patience}, clip={self.clip}: none can be below 0, and momentum "
                "must be below 1."
            )


class EncoderValidation(Protocol):
    """Means of what `Network.judge` measures on held-out photographs."""

    def __call__(self, seen: Seen) -> Mapping[str, float]:
        """Name -> mean; `selection`, higher is better, picks the weights."""


class Seen(nn.Module):
    """A network with its preprocessing: from (n, H, W, 3) uint8 pixels to loss and measures.

    Args:
        network: which learns, in place.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)
        self.input = Normalised(nn.Identity(), network.preprocessing)

    def loss(self, pixels: Tensor, label: Tensor) -> Tensor:
        """() what training lowers."""
        return self.network.loss(self.picture(pixels), label)

    def judge(self, pixels: Tensor, label: Tensor) -> dict[str, Tensor]:
        """(n,) each."""
        return self.network.judge(self.picture(pixels), label)

    def picture(self, pixels: Tensor) -> Tensor:
        """(n, 3, H, W), normalised, as the network takes it."""
        picture: Tensor = self.input(pixels)
        return picture.contiguous(memory_format=torch.channels_last)


def train_encoder(
    network: Network,
    batches: PictureBatches,
    judge: EncoderValidation,
    config: EncoderTraining,
    *,
    out: Path,
    progress: Progress | None = None,
) -> Standing:
    """Train `network` in place and leave in it the weights that did best on validation.

    Writes `weights.safetensors`, `metrics.jsonl` and `checkpoint.bin` to `out`; goes on from a
    checkpoint that stands there, which is left to whoever calls: without it, all begins again.
    Batches follow from (seed, step) alone, so that a resumed training ends as an unbroken one,
    bit for bit on one machine.

    Raises:
        TrainingDiverged: the loss is not finite; the best weights so far stay in `out`.
    """
    torch.use_deterministic_algorithms(True, warn_only=True)
    seen = Seen(network).to("cuda" if torch.cuda.is_available() else "cpu")
    optimizer = _optimizer(seen, config)
    checkpoint = Checkpoint(out / "checkpoint.bin", seen, optimizer)
    start, facts = checkpoint.load() or (0, {})
    standing, log = Standing(**facts), out / "metrics.jsonl"
    forget_after(log, start)
    began = time.monotonic() - standing.seconds
    total = config.epochs * len(batches)
    for step in range(start, total):
        if config.patience and standing.stale >= config.patience:
            break
        loss = _step(seen, optimizer, batches, config, (step, total))
        if not math.isfinite(loss):
            raise diverged(loss, step, config.lr, out)
        standing.loss_sum += loss
        standing.seconds = time.monotonic() - began
        if progress:
            progress(step + 1, total, loss)
        if ended := (step + 1) % len(batches) == 0:
            _evaluate(seen, judge, standing, (step + 1, len(batches)), out)
            standing.seconds = time.monotonic() - began
        if ended or (step + 1) % config.checkpoint_every == 0:
            checkpoint.save(step + 1, vars(standing))
    network.load_state_dict(load_file(out / "weights.safetensors"))
    network.cpu().eval()
    checkpoint.close()
    return standing


@torch.inference_mode()
def measured(
    seen: Seen, photographs: PhotographPixels, rows: Sequence[int], labels: dict[int, int]
) -> dict[str, float]:
    """Means over photographs of catalogue rows, kept as they are when they are embedded.

    Raises:
        DataError: none of them can be read any more.
    """
    seen.eval()
    sums: dict[str, float] = {}
    count = 0
    for found, pixels in photographs.batches(rows, TOGETHER):
        if not len(found):
            continue
        shown = torch.from_numpy(pixels).to(seen.input.mean.device)
        label = label_tensor(found, labels).to(shown.device)
        for name, values in seen.judge(shown, label).items():
            sums[name] = sums.get(name, 0.0) + float(values.double().sum())
        count += len(found)
    if not count:
        reason = next(iter(photographs.unreadable.values()), "there are none")
        raise DataError(f"No held-out photograph can be read ({reason}).")
    return {name: value / count for name, value in sums.items()}


def _step(
    seen: Seen,
    optimizer: torch.optim.Optimizer,
    batches: PictureBatches,
    config: EncoderTraining,
    place: tuple[int, int],
) -> float:
    """One step; `place` is its number and how many there are. Returns the loss."""
    step, total = place
    fall = 0.5 + 0.5 * math.cos(math.pi * step / total) if config.schedule == "cosine" else 1.0
    for group in optimizer.param_groups:
        group["lr"] = config.lr * fall
    seen.train()
    torch.manual_seed((config.seed * 0x9E3779B97F4A7C15 + step) & (2**63 - 1))  # for dropout
    batch = batches.batch(step)
    device = seen.input.mean.device
    loss = seen.loss(batch.pixels.to(device), batch.label.to(device))
    optimizer.zero_grad()
    loss.backward()
    if config.clip:
        nn.utils.clip_grad_norm_(seen.parameters(), config.clip)
    optimizer.step()
    return loss.item()


def _evaluate(
    seen: Seen, judge: EncoderValidation, standing: Standing, place: tuple[int, int], out: Path
) -> None:
    """Measure, log, and keep the weights if they are the best so far."""
    step, epoch_steps = place
    metrics = judge(seen)
    standing.select(metrics["selection"], step, seen.network, out)
    append_line(out / "metrics.jsonl", standing.line(step, epoch_steps, metrics))


def _optimizer(seen: Seen, config: EncoderTraining) -> torch.optim.Optimizer:
    learning = [parameter for parameter in seen.parameters() if parameter.requires_grad]
    if config.optimizer == "sgd":
        return torch.optim.SGD(
            learning, lr=config.lr, momentum=config.momentum, weight_decay=config.weight_decay
        )
    return torch.optim.Adam(learning, lr=config.lr, weight_decay=config.weight_decay)

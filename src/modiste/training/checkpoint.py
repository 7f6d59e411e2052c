"""Where a run stands after every step, so that a kill costs only the step under way.

Two slots in one memory-mapped file are written in turn: 12 MB cost a few milliseconds, the
kernel keeps the pages when the process dies, and a slot that was being written when it died is
told from a whole one by its closing mark. See docs/decisions/0009-checkpoint-every-step.md.
"""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from modiste.errors import ModisteError, RunError

FACTS_BYTES = 4096
MARK = struct.Struct("<q")
ADAM_STATE = ("step", "exp_avg", "exp_avg_sq")
SGD_STATE = ("momentum_buffer",)

Bytes = npt.NDArray[np.uint8]


class Checkpoint:
    """The state of a run in training: tensors and a few facts.

    Args:
        path: the file; made, or opened if it fits.
        model: whose parameters and buffers are kept.
        optimizer: Adam or AdamW, whose moments are kept, or SGD, with its momentum if any.
    """

    def __init__(
        self, path: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer
    ) -> None:
        self.path = path
        _fill_moments(optimizer)
        self._tensors = [*model.state_dict().values(), *_moments(optimizer)]
        payload = sum(t.numel() * t.element_size() for t in self._tensors)
        self._slot = 2 * MARK.size + FACTS_BYTES + payload
        self._map = _mapped(path, 2 * self._slot)
        self._turn = 0

    def save(self, step: int, facts: dict[str, Any]) -> None:
        """Keep the state after `step` steps."""
        text = json.dumps(facts).encode()
        if len(text) > FACTS_BYTES:
            raise RunError(f"Facts of {len(text)} bytes do not fit {self.path}; keep fewer.")
        view, at = self._map, self._turn * self._slot
        MARK.pack_into(view, at, -1)
        MARK.pack_into(view, at + self._slot - MARK.size, step)
        place = at + MARK.size
        view[place : place + FACTS_BYTES] = text.ljust(FACTS_BYTES)
        place += FACTS_BYTES
        for tensor in self._tensors:
            raw = _bytes(tensor)
            view[place : place + len(raw)] = raw.data
            place += len(raw)
        MARK.pack_into(view, at, step)  # last: from here on the slot counts as whole
        self._turn = 1 - self._turn

    def load(self) -> tuple[int, dict[str, Any]] | None:
        """Put the newest whole state back into model and optimizer; None where there is none."""
        marks = [self._marks(slot) for slot in (0, 1)]
        whole = [slot for slot in (0, 1) if marks[slot][0] == marks[slot][1] > 0]
        if not whole:
            return None
        slot = max(whole, key=lambda s: marks[s][0])
        self._turn = 1 - slot
        place = slot * self._slot + MARK.size
        facts = json.loads(self._map[place : place + FACTS_BYTES])
        place += FACTS_BYTES
        for tensor in self._tensors:
            raw = np.empty(tensor.numel() * tensor.element_size(), np.uint8)
            raw[:] = np.frombuffer(self._map, np.uint8, len(raw), place)
            kept = torch.from_numpy(raw).view(tensor.dtype).view(tensor.shape)
            with torch.no_grad():
                tensor.copy_(kept)
            place += len(raw)
        return marks[slot][0], facts

    def close(self, *, remove: bool = False) -> None:
        """Let go of the file, and delete it once the run has ended."""
        self._map.close()
        if remove:
            self.path.unlink(missing_ok=True)

    def _marks(self, slot: int) -> tuple[int, int]:
        at = slot * self._slot
        first, last = (
            MARK.unpack_from(self._map, place)[0] for place in (at, at + self._slot - MARK.size)
        )
        return first, last


def _mapped(path: Path, size: int) -> mmap.mmap:
    try:
        with path.open("ab+") as file:
            if file.seek(0, 2) != size:
                file.truncate(0)
                # real blocks, not a hole: a full disk is an error here, not a crash in a write
                file.write(b"\0" * size)
                file.flush()
            return mmap.mmap(file.fileno(), size)
    except OSError as error:
        raise ModisteError(
            f"Cannot keep {size / 1e6:.0f} MB of training state in {path} ({error.strerror}); "
            "free some space or choose another --out."
        ) from error


def _bytes(tensor: Tensor) -> Bytes:
    flat = tensor.detach().cpu().contiguous().view(-1)
    raw: Bytes = flat.view(torch.uint8).numpy() if flat.numel() else np.empty(0, np.uint8)
    return raw


def _fill_moments(optimizer: torch.optim.Optimizer) -> None:
    """Make the optimizer's state before its first step, so that there is something to load into.

    Zeros are what a first step of AdamW, and of SGD with momentum, takes an empty state for.
    """
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            state = optimizer.state[parameter] if _state_names(optimizer) else {}
            for name in () if state else _state_names(optimizer):
                if name == "step":
                    state[name] = torch.zeros((), dtype=torch.float32)
                else:
                    state[name] = torch.zeros_like(parameter)


def _state_names(optimizer: torch.optim.Optimizer) -> Sequence[str]:
    if "betas" in optimizer.defaults:
        return ADAM_STATE
    return SGD_STATE if optimizer.defaults.get("momentum") else ()


def _moments(optimizer: torch.optim.Optimizer) -> Sequence[Tensor]:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    return [optimizer.state[p][name] for p in parameters for name in _state_names(optimizer)]

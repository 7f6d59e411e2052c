"""CPU threads, set on purpose."""

from __future__ import annotations

import os

from modiste.errors import Misuse


def use_threads(count: int | None = None) -> int:
    """Let torch use `count` threads; None: OMP_NUM_THREADS, or one a core. Returns how many.

    Raises:
        Misuse: fewer than one.
    """
    import torch

    if count is not None and count < 1:
        raise Misuse(f"--threads {count}: give 1 or more.")
    wished = os.environ.get("OMP_NUM_THREADS", "")
    chosen = count or (int(wished) if wished.isdecimal() else 0) or available_cores()
    torch.set_num_threads(chosen)
    return chosen


def available_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS, not on Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""Several processes of one run."""

from __future__ import annotations

import torch.distributed as dist


def part() -> None:
    """End a run of several processes: none leaves while another still hears from it.

    Without it a process that is quick to go now and then took the others with it (gloo aborts
    while it is torn down), after all the work was done. Of one process nothing is to be ended.
    """
    if dist.is_available() and dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()

"""How much memory our evaluation takes at most, in a process that does nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import torch

from modiste.bench.han2017_size import Size, draw
from modiste.evaluation.han2017.compatibility import log_likelihoods
from modiste.evaluation.han2017.fast import expectations, nearness_by_item, nearness_by_outfit
from modiste.evaluation.han2017.fitb import recurrent_answers


def peak_megabytes(size: Size) -> float:
    """Most memory resident at once, of Python and torch with everything, in MB (10^6 bytes)."""
    told = json.dumps({**asdict(size), "threads": torch.get_num_threads()})
    done = subprocess.run(
        [sys.executable, "-m", "modiste.bench.han2017_memory", told],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def measured(size: Size) -> float:
    """Do all of it in this process, and tell its peak in MB."""
    drawn = draw(size)
    recurrent_answers(drawn.read, drawn.items, drawn.items, drawn.sheet)
    log_likelihoods(drawn.read, drawn.items, drawn.items, drawn.outfits)
    nearness_by_item(expectations(drawn.read, drawn.items), drawn.items, drawn.outfits)
    nearness_by_outfit(drawn.read, drawn.items, drawn.items, drawn.outfits)
    return _peak()


def _peak() -> float:
    status = Path("/proc/self/status")  # a child's getrusage may tell its parent's peak
    if status.is_file():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


if __name__ == "__main__":
    facts = json.loads(sys.argv[1])
    torch.set_num_threads(facts.pop("threads"))
    facts["outfits"] = {int(length): count for length, count in facts["outfits"].items()}
    print(measured(Size(**facts)))

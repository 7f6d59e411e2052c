"""A search whose training is made up, in this process or in one that dies: WARDROBE OUT DIE_AT."""

from __future__ import annotations

import math
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from modiste.jobs.train import ValidationWatch
from modiste.jobs.tune import TuneSummary, tune
from modiste.jobs.tuning import trial as trials

QUICK = ("epochs=1", "layers=1", "references=8", "item_dim=16", "hidden_dim=16", "heads=2")


def quality(settings: Mapping[str, Any]) -> float:
    """Best where the learning rate is 0.003."""
    return 0.8 - 0.2 * abs(math.log10(settings["lr"] / 0.003))


class MadeUp:
    """Stands for `train`: three evaluations, the last the best; may die as a killed process does.

    Args:
        die_at: the call that does not come back.
        line: the metrics of an evaluation beside `selection`.
    """

    def __init__(
        self,
        die_at: int = 0,
        line: Callable[[Mapping[str, Any]], Mapping[str, float]] = lambda settings: {},
    ) -> None:
        self.die_at, self.line = die_at, line
        self.seen: list[dict[str, Any]] = []

    def __call__(self, wardrobe: Path, out: Path, **given: Any) -> None:
        settings, watch = given["given"], given["watch"]
        assert isinstance(watch, ValidationWatch)
        self.seen.append(dict(settings))
        out.mkdir(parents=True)
        for name in ("run.toml", "weights.safetensors", "metrics.jsonl"):
            (out / name).write_text("made up")
        for epoch in (1, 2, 3):
            if len(self.seen) == self.die_at and epoch == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            selection = quality(settings) - 0.1 * (3 - epoch)
            watch.hear({"step": epoch, "selection": selection, **self.line(settings)})


def search(wardrobe: Path, out: Path, count: int = 6, **given: Any) -> TuneSummary:
    """A search of the set transformer's learning."""
    return tune(wardrobe, **{"out": out, "trials": count, "settings": QUICK, **given})


if __name__ == "__main__":
    setattr(trials, "train", MadeUp(die_at=int(sys.argv[3])))  # noqa: B010 - as a test would
    search(Path(sys.argv[1]), Path(sys.argv[2]))

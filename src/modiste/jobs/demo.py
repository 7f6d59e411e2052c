"""The whole main job once, on a wardrobe that we draw and whose ceiling is known."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from modiste.data.drawn.build import draw_wardrobe
from modiste.data.wardrobe import Wardrobe
from modiste.errors import Misuse, WardrobeError
from modiste.jobs.embed import embed
from modiste.jobs.evaluate import Evaluation, evaluate
from modiste.jobs.progress import progress
from modiste.jobs.style import ask
from modiste.jobs.threads import use_threads
from modiste.jobs.train import train
from modiste.stylist.results import ComposeResult
from modiste.training.run import Run

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What the demo made."""

    folder: Path
    evaluation: Evaluation
    looks: ComposeResult
    picture: Path
    seconds: Mapping[str, float]
    """Stage -> how long it took."""

    def to_json(self) -> dict[str, Any]:
        """Figures, looks, files and times."""
        return {
            "folder": str(self.folder),
            "evaluation": self.evaluation.to_json(),
            "share_of_ceiling": self.shares(),
            "picture": str(self.picture),
            **self.looks.to_json(),
            "seconds": dict(self.seconds),
        }

    def shares(self) -> dict[str, float]:
        """What was reached of what can be: `fitb` and `auc`, each as a share."""
        measures = self.evaluation.report.measures
        reached = {
            "fitb": measures.fitb.accuracy.value,
            "auc": measures.compatibility.areas.auc.value,
        }
        ceiling = self.evaluation.ceiling
        return {
            name: round(value / ceiling[name], 4)
            for name, value in reached.items()
            if value is not None and name in ceiling
        }

    def to_text(self) -> str:
        """What was reached, one look, and where things are."""
        ceiling = self.evaluation.ceiling
        first, second = self.looks[0].pieces[:2]
        lines = [
            f"{name}: {share * ceiling[name]:.3f}, {100 * share:.0f} % of the best possible "
            f"{ceiling[name]:.3f}."
            for name, share in self.shares().items()
        ]
        stages = ", ".join(f"{name} {spent:,.0f} s" for name, spent in self.seconds.items())
        return "\n".join(
            [
                self.looks.to_text(),
                "",
                *lines,
                f"Time: {stages}.",
                f"Looks:  {self.picture}",
                f"Report: {self.evaluation.page}",
                f"Studio: modiste serve {self.folder / 'run'} --open",
                f"Next:   modiste complete {self.folder / 'run'} {first.id} "
                f"--category {second.category}",
            ]
        )


@dataclass
class _Clock:
    """Says which stage begins, on standard error, and keeps how long each took."""

    seconds: dict[str, float] = field(default_factory=dict)

    def stage(self, name: str, work: Callable[[], Result]) -> Result:
        print(f"{name} ...", file=sys.stderr, flush=True)
        began = time.monotonic()
        result = work()
        self.seconds[name] = round(time.monotonic() - began, 1)
        return result


def demo(
    out: Path,
    *,
    items: int = 2000,
    outfits: int = 3000,
    seed: int = 0,
    threads: int | None = None,
) -> Demo:
    """Draw a wardrobe, embed, train, evaluate and compose three looks.

    What a demo that was stopped has finished is kept.

    Args:
        out: folder for the wardrobe, the run, the picture of the looks.
        items: garments to draw.
        outfits: outfits to sample.
        seed: of everything.
        threads: CPU threads; None: one a core.

    Raises:
        Misuse: `out` holds a demo of other numbers.
        ModisteError: see the parts.
    """
    use_threads(threads)
    clock, root, run, picture = _Clock(), out / "wardrobe", out / "run", out / "looks.png"
    wardrobe = clock.stage("draw", lambda: _drawn(root, items, outfits, seed))
    clock.stage("embed", lambda: embed(wardrobe.root))
    if not _finished(run):
        clock.stage("train", lambda: train(wardrobe.root, run, seed=seed))
    found = clock.stage("evaluate", lambda: evaluate(run))
    looks = clock.stage(
        "compose", lambda: ask(run, lambda s: s.compose(), picture=picture, threads=threads)
    )
    return Demo(folder=out, evaluation=found, looks=looks, picture=picture, seconds=clock.seconds)


def _drawn(root: Path, items: int, outfits: int, seed: int) -> Wardrobe:
    """The wardrobe that an earlier demo drew, or a new one."""
    try:
        found = Wardrobe(root)
    except WardrobeError:
        with progress("drawing garments") as report:
            return draw_wardrobe(root, items=items, outfits=outfits, seed=seed, progress=report)
    made = (len(found.items), len(found.outfits), found.info.extra.get("rule", {}).get("seed"))
    if made != (items, outfits, seed):
        raise Misuse(
            f"{root} holds another demo ({made[0]:,} items, {made[1]:,} outfits, seed {made[2]}); "
            "give another --out, or the same numbers."
        )
    return found


def _finished(run: Path) -> bool:
    return (run / "run.toml").is_file() and Run.open(run).finished

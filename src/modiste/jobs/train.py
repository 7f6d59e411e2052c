"""Train: from a wardrobe with features to a run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from modiste.arrays import Ints
from modiste.data.photographs import load_photographs
from modiste.data.questions.negatives import NegativePools
from modiste.data.training_batches import BatchConfig, CandidatePools, Swap, TrainingBatches
from modiste.data.wardrobe import Wardrobe
from modiste.errors import DataError, Misuse, RunError
from modiste.jobs.evaluate import has_images
from modiste.jobs.finetune import fine_tune, start_tuning, take_settings, tuning_spec
from modiste.jobs.progress import progress
from modiste.jobs.spec import new_spec, parse_settings
from modiste.jobs.validation import Validation
from modiste.models.build import build_model
from modiste.training.log import choosing, draw_curves, read_lines
from modiste.training.loop import Hear, TrainConfig, make_accelerator
from modiste.training.loop import train as run_loop
from modiste.training.run import Run, RunSpec, table_of, write_counts, write_spec

SELECTION = "mean of FITB accuracy, compatibility AUC and recall@10 on the validation questions"


@dataclass(frozen=True, kw_only=True)
class ValidationWatch:
    """What a search over settings wants of a run, which then shows no progress itself."""

    hear: Hear
    """Told the logged line of every evaluation that chooses weights; what it raises ends it."""
    completion: bool = False
    """Also measure slots completed and items reconstructed; see `Validation`."""


@dataclass(frozen=True, kw_only=True)
class TrainSummary:
    """What came of a training run."""

    run: Path
    best: float
    best_step: int
    steps: int
    seconds: float
    metrics: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"run": str(self.run), "metrics": dict(self.metrics)}


def train(
    wardrobe_root: Path,
    out: Path,
    *,
    model: str | None = None,
    settings: Sequence[str] = (),
    config: Path | None = None,
    seed: int = 0,
    resume: bool = False,
    finetune_encoder: bool = False,
    given: Mapping[str, Any] | None = None,
    watch: ValidationWatch | None = None,
) -> TrainSummary:
    """Train a model on a wardrobe, or go on with a run that was interrupted.

    Args:
        wardrobe_root: a wardrobe with features.
        out: the run's folder. An unfinished run of the same settings goes on there.
        model: a name of `models.build.CONFIGS`; None: set_transformer, or what `config` says.
        settings: `key=value` of the model, the loop or the batches.
        config: a TOML file of such settings; `settings` win over it.
        seed: of everything random.
        resume: go on with the unfinished run at `out`, with the settings it was started with.
        finetune_encoder: let the image encoder learn with the model.
        given: settings as values; `config` and `settings` win over them.
        watch: of a search, for runs with frozen features.

    Raises:
        ModisteError: see the parts.
    """
    wardrobe = Wardrobe(wardrobe_root)
    if resume:
        spec = _unfinished(out).spec
        return _run(wardrobe, spec, out, watch)
    chosen = {**(given or {}), **parse_settings(config, settings)}
    chosen.setdefault("seed", seed)
    name = model or str(chosen.get("model", "set_transformer"))
    chosen.pop("model", None)
    tuning = take_settings(chosen, asked=finetune_encoder)
    spec = new_spec(wardrobe, name, chosen)
    if tuning is not None:
        spec = tuning_spec(wardrobe, spec, tuning)
    return train_spec(wardrobe, spec, out, watch)


def train_spec(
    wardrobe: Wardrobe, spec: RunSpec, out: Path, watch: ValidationWatch | None = None
) -> TrainSummary:
    """Train the run that a spec describes; an unfinished one of the same spec goes on at `out`.

    Raises:
        ModisteError: see the parts.
    """
    _claim(out, spec, worn_counts(wardrobe))
    return _run(wardrobe, spec, out, watch)


def _run(
    wardrobe: Wardrobe, spec: RunSpec, out: Path, watch: ValidationWatch | None
) -> TrainSummary:
    began = time.monotonic()
    loop = TrainConfig(**spec.training["loop"])
    batching = BatchConfig(**spec.training["batches"])
    accelerator = make_accelerator(loop)
    table = table_of(wardrobe, spec, worn_counts(wardrobe))
    outfits = wardrobe.outfit_rows("train")
    worn = np.bincount([row for rows in outfits for row in rows], minlength=len(table.ids))
    pools = CandidatePools(match_groups(wardrobe), worn)
    share = (accelerator.process_index, accelerator.num_processes)
    batches = TrainingBatches(
        table, outfits, pools, batching, swap=_question_swap(wardrobe), share=share
    )
    torch.manual_seed(loop.seed)
    model = build_model(spec.model)
    model.prepare(*table.tensors(batches.worn))
    validation = Validation(
        wardrobe,
        table,
        frozenset(),
        loop.seed,
        device=accelerator.device,
        completion=bool(watch and watch.completion),
    )
    if "finetune" in spec.training:
        tuning = start_tuning(wardrobe, spec, model, batches, validation)
        spec = fine_tune(tuning, wardrobe, spec, out, accelerator)
        validation = validation.on(table_of(wardrobe, spec, worn_counts(wardrobe)))
    else:
        with progress("training") if watch is None else nullcontext(_silent) as report:
            run_loop(
                model,
                batches,
                validation,
                loop,
                out=out,
                accelerator=accelerator,
                progress=lambda done, total, loss: report(done, total, f"loss {loss:.3f}"),
                hear=watch.hear if watch else _unheard,
            )
    lines = read_lines(out / "metrics.jsonl")
    best = max(choosing(lines), key=lambda line: float(line["selection"]))  # first of equals
    if accelerator.is_main_process:
        finished = replace(
            spec,
            selection={"metric": SELECTION, "best": best["selection"], "step": best["step"]},
            calibration=validation.calibrate(model),
        )
        draw_curves(lines, out / "curves.png", metrics=("fitb", "auc", "recall@10"))
        write_spec(out, finished)
    return TrainSummary(
        run=out,
        best=best["selection"],
        best_step=best["step"],
        steps=lines[-1]["step"],
        seconds=round(time.monotonic() - began, 1),
        metrics={name: best[name] for name in ("fitb", "auc", "recall@10") if name in best},
    )


def _silent(done: int, total: int, note: str = "") -> None:
    """Show nothing."""


def _unheard(line: Mapping[str, Any]) -> None:
    """Nobody asked."""


def _question_swap(wardrobe: Wardrobe) -> Swap:
    """Wrong items drawn as questions draw them: matched on background too, by frequency."""
    photographs = load_photographs(wardrobe) if has_images(wardrobe) else None
    wrong = NegativePools.of(wardrobe, wardrobe.outfits_of("train"), photographs=photographs)
    return lambda rows, rng: wrong.draw_many(rows, 1, rng)[:, 0]


def worn_counts(wardrobe: Wardrobe) -> dict[str, int]:
    """How often each item is worn in the training outfits.

    Raises:
        DataError: there is no training outfit.
    """
    counts = wardrobe.worn("train")
    if not counts:
        raise DataError(f"{wardrobe.root} has no training outfits; import outfits first.")
    return dict(counts)


def match_groups(wardrobe: Wardrobe) -> Ints:
    """(M,) group of every item: those of one group share the fine category and match columns."""
    columns = ["fine", *(name for name in wardrobe.info.match if name in wardrobe.items.columns)]
    keys = wardrobe.items.select(columns).rows()
    number = {key: index for index, key in enumerate(dict.fromkeys(keys))}
    return np.array([number[key] for key in keys], dtype=np.int64)


def _unfinished(out: Path) -> Run:
    found = Run(out)
    if found.finished:
        raise RunError(f"{out} holds a finished run; there is nothing to resume.")
    return found


def _claim(out: Path, spec: RunSpec, counts: Mapping[str, int]) -> None:
    """Start a run at `out`, or make sure that the one there is this one, unfinished."""
    if (out / "run.toml").exists():
        found = Run(out)
        if found.finished:
            raise RunError(f"{out} holds a finished run; give another --out for a new one.")
        if found.spec != spec:
            raise RunError(
                f"{out} holds an unfinished run with other settings or data; give another --out, "
                "or the settings it was started with."
            )
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Misuse(f"{out} is not empty and holds no run; give another --out.")
    write_counts(out, counts)
    write_spec(out, spec)

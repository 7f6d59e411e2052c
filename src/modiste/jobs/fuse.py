"""Fuse: several trained runs become one that weighs what they say.

It is a run like any other, and needs its members no more: their weights, and their encoders
where those were fine-tuned, are copied.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from modiste.arrays import Doubles
from modiste.data.atomic import atomic_path
from modiste.data.batches import ItemTable
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.blocks import Block, same_maker, unite, without_frequency
from modiste.encoders.weights import portable, save_tensors
from modiste.errors import Misuse, RunError
from modiste.evaluation.calibration import fit_calibration
from modiste.evaluation.evaluate import Measures, measure
from modiste.evaluation.scoring import EvaluationContext, ModelScorer
from modiste.evaluation.weighing import Leads, Opinions, find_weights, leads_of
from modiste.jobs.evaluate import catalogue_index_of
from modiste.jobs.progress import progress
from modiste.jobs.validation import headline, validation_questions
from modiste.models.base import OutfitModel
from modiste.models.build import config_name, config_settings
from modiste.models.fusion import Fusion, FusionConfig, Member
from modiste.outfit import FitbQuestion, Question
from modiste.training.run import Run, RunSpec, spec_blocks, table_of, write_counts, write_spec


def fusible(paths: Sequence[Path], out: Path) -> list[Run]:
    """Open runs that are to be fused into a new one at `out`.

    Raises:
        Misuse: fewer than two runs, one given twice, or `out` is not empty.
        RunError: a run is unfinished, or of another wardrobe, categories or counts.
    """
    if len(paths) < 2 or len({path.resolve() for path in paths}) < len(paths):
        raise Misuse("Give two runs or more, each of them once.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Misuse(f"{out} is not empty; give another --out.")
    runs = [Run.open(path) for path in paths]
    for run in runs:
        _require_like(run, runs[0])
    return runs


def unchanged_wardrobe(run: Run, root: Path | None) -> Wardrobe:
    """The wardrobe as the run knew it: its validation outfits are to choose weights.

    Raises:
        RunError: it has changed since, or is not to be found.
    """
    wardrobe = run.wardrobe(root)
    if wardrobe.content_hash != run.spec.wardrobe["content_hash"]:
        raise RunError(
            f"{wardrobe.root} has changed since {run.root} was trained, so its validation outfits "
            "may be others; train the runs again."
        )
    return wardrobe


def fused_spec(runs: Sequence[Run], wardrobe: Wardrobe, seed: int) -> tuple[RunSpec, FusionConfig]:
    """The fused run, and its model, before anything is weighed: every weight and scale is 1."""
    own = [spec_blocks(run.spec) for run in runs]
    blocks, columns = unite(own)
    config = FusionConfig(
        members=tuple(
            Member(
                model=config_name(run.spec.model),
                settings=config_settings(run.spec.model),
                columns=ranges,
                weight=1.0,
                wanted_weight=1.0,
            )
            for run, ranges in zip(runs, columns, strict=True)
        )
    )
    spec = RunSpec(
        model=config,
        blocks=tuple(block.name for block in blocks),
        encoders={block.name: _facts(block, runs, own) for block in blocks},
        vocabulary=runs[0].spec.vocabulary,
        wardrobe={**runs[0].spec.wardrobe, "path": str(wardrobe.root.resolve())},
        training={"loop": {"seed": seed}},
    )
    return spec, config


def write_fused(out: Path, spec: RunSpec, model: OutfitModel, runs: Sequence[Run]) -> None:
    """Write the run; `run.toml`, which makes it one, comes last.

    Raises:
        RunError: the encoder of a member is no longer there.
        ModisteError: the disk is full or the folder cannot be written.
    """
    save_tensors(model.state_dict(), out / "weights.safetensors")
    encoders = {
        block: _with_its_file(block, facts, runs, out) for block, facts in spec.encoders.items()
    }
    write_counts(out, runs[0].counts)
    write_spec(out, replace(spec, encoders=encoders))


def _require_like(run: Run, first: Run) -> None:
    if not run.finished:
        raise RunError(
            f"{run.root} is not finished; go on with it by `modiste train ... --resume` first."
        )
    if run.spec.wardrobe["content_hash"] != first.spec.wardrobe["content_hash"]:
        raise RunError(
            f"{run.root} was trained on another wardrobe, or another state of it, than "
            f"{first.root}; fuse runs of one wardrobe."
        )
    if run.spec.vocabulary != first.spec.vocabulary:
        raise RunError(
            f"{run.root} knows other categories than {first.root}; train one of them again."
        )
    if run.counts != first.counts:
        raise RunError(
            f"{run.root / 'worn.parquet'} counts other items than that of {first.root}, though "
            "the wardrobe is the same; train one of them again."
        )


def _facts(block: Block, runs: Sequence[Run], own: Sequence[Sequence[Block]]) -> Mapping[str, Any]:
    """What the first run that reads a block says of its encoder."""
    return next(
        run.spec.encoders[other.name]
        for run, blocks in zip(runs, own, strict=True)
        for other in blocks
        if same_maker(block, other)
    )


def _with_its_file(
    block: str, facts: Mapping[str, Any], runs: Sequence[Run], out: Path
) -> Mapping[str, Any]:
    """An encoder's facts, its weights copied to `out` where they are part of a member."""
    name = str(facts.get("name", ""))
    if all(portable(name, run.root) == name for run in runs):
        return facts
    plain, _, file = name.partition("?weights=")
    copy = out.resolve() / f"{block}-encoder{Path(file).suffix}"
    if not Path(file).is_file():
        raise RunError(f"{file}, the encoder of a run, is missing; train that run again.")
    with atomic_path(copy) as temporary:
        shutil.copyfile(file, temporary)
    return {**facts, "name": f"{plain}?weights={copy}"}


SEARCHED = (
    "weights that sum to 1, equal ones among them, from a coarse grid to steps of 0.01: those of "
    "the scores by compatibility AUC, those of the wanted items by FITB accuracy plus recall@10"
)
SELECTION = (
    "mean of FITB accuracy, compatibility AUC and recall@10 on the validation questions, on which "
    "the weights were found"
)
EQUAL, FOUND = "equal weights", "found weights"


@dataclass(frozen=True, kw_only=True)
class FuseSummary:
    """What came of a fusion."""

    run: Path
    members: tuple[str, ...]
    weights: tuple[float, ...]
    """Of the members' scores."""
    wanted_weights: tuple[float, ...]
    """Of the items that they want."""
    tried: int
    """How many choices of weights were looked at."""
    questions: Mapping[str, int]
    """Kind -> number of validation questions."""
    validation: Mapping[str, Mapping[str, float]]
    """Each member alone, equal weights, found weights -> figures on the validation questions."""
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "run": str(self.run),
            "members": [
                {"run": run, "weight": weight, "wanted_weight": wanted}
                for run, weight, wanted in zip(
                    self.members, self.weights, self.wanted_weights, strict=True
                )
            ],
            "tried": self.tried,
            "questions": dict(self.questions),
            "validation": {name: dict(found) for name, found in self.validation.items()},
            "seconds": self.seconds,
        }


def fuse(
    runs: Sequence[Path], out: Path, *, wardrobe: Path | None = None, seed: int = 0
) -> FuseSummary:
    """Fuse finished runs of one wardrobe into a run of their own.

    Args:
        runs: two or more, all different; fused ones too.
        out: the folder of the new run. It holds copies of the weights: it needs the others no more.
        wardrobe: where the wardrobe of the runs is now; None: where they were trained.
        seed: of the validation questions.

    Raises:
        Misuse: fewer than two runs, one given twice, or `out` is not empty.
        RunError: a run is unfinished, or of another wardrobe than the others.
        ModisteError: see the parts.
    """
    began = time.monotonic()
    opened = fusible(runs, out)
    clothes = unchanged_wardrobe(opened[0], wardrobe)
    spec, raw = fused_spec(opened, clothes, seed)
    models = [run.model() for run in opened]
    table = table_of(clothes, spec, opened[0].counts)
    asked = _Asked(clothes, table, opened[0].trained_on, seed)
    names = [str(run) for run in runs]
    weighed = _weigh(raw, models, names, asked)
    facts = {
        "members": names,
        "searched": SEARCHED,
        "tried": weighed.tried,
        "questions": asked.counts,
        "validation": weighed.validation,
    }
    selection = {"metric": SELECTION, "best": weighed.validation[FOUND]["selection"], "step": 0}
    finished = replace(
        spec,
        model=weighed.model.config,
        training={**spec.training, "fusion": facts},
        selection=selection,
        calibration=weighed.calibration,
    )
    write_fused(out, finished, weighed.model, opened)
    members = weighed.model.config.members
    return FuseSummary(
        run=out,
        members=tuple(names),
        weights=tuple(round(m.weight, 4) for m in members),
        wanted_weights=tuple(round(m.wanted_weight, 4) for m in members),
        tried=weighed.tried,
        questions=asked.counts,
        validation=weighed.validation,
        seconds=round(time.monotonic() - began, 1),
    )


class _Asked:
    """The validation questions, and any fusion's answers to them."""

    def __init__(
        self, wardrobe: Wardrobe, table: ItemTable, trained_on: frozenset[str], seed: int
    ) -> None:
        self.questions: list[Question] = validation_questions(wardrobe, seed)
        self.blanks = [q for q in self.questions if isinstance(q, FitbQuestion)]
        self.counts = {
            "fitb": len(self.blanks),
            "compatibility": len(self.questions) - len(self.blanks),
        }
        self.table, self._blind = table, without_frequency(table)
        self.terms = EvaluationContext(catalogue_index_of(wardrobe), trained_on, seed)

    def measure(self, model: OutfitModel) -> Measures:
        """As training measures: missing items by `wanted`, blind to frequency."""
        blind = ModelScorer(model, self._blind)
        return measure(ModelScorer(model, self.table), self.questions, self.terms, fitb=blind)

    def leads(self, models: Sequence[OutfitModel], alone: Sequence[Measures]) -> Leads:
        """What each model says of missing items."""
        scorers = [ModelScorer(model, self.table) for model in models]
        blanks = [found.fitb.scores for found in alone]
        return leads_of(scorers, blanks, self.blanks, self.terms.index)


@dataclass(frozen=True, kw_only=True)
class _Weighed:
    """A fusion with the weights that were found."""

    model: Fusion
    tried: int
    validation: Mapping[str, Mapping[str, float]]
    calibration: Mapping[str, Any]


def _weigh(
    raw: FusionConfig, models: Sequence[OutfitModel], names: Sequence[str], asked: _Asked
) -> _Weighed:
    """Ask every member alone, find the weights, and ask the fusion."""
    count = len(models)
    with progress("fusing") as report:
        singles = [Fusion(_set(raw, one, one), models).eval() for one in np.eye(count)]
        alone = []
        for number, single in enumerate(singles):
            report(number, count + 2, names[number])
            alone.append(asked.measure(single))
        compatibility = [found.compatibility for found in alone]
        opinions = Opinions.of([found.scores for found in compatibility], compatibility[0].labels)
        leads = asked.leads(singles, alone)
        scaled = _scaled(raw, opinions, leads)
        weights, tried = find_weights(opinions.auc, count)
        wanted, tried_wanted = find_weights(leads.value, count)
        same = np.full(count, 1 / count)
        report(count, count + 2, EQUAL)
        equal = asked.measure(Fusion(_set(scaled, same, same), models).eval())
        report(count + 1, count + 2, FOUND)
        model = Fusion(_set(scaled, weights, wanted), models).eval()
        found = asked.measure(model)
        report(count + 2, count + 2)
    rows = dict(zip([*names, EQUAL, FOUND], [*alone, equal, found], strict=True))
    fitted = fit_calibration(found.compatibility.scores, found.compatibility.labels)
    return _Weighed(
        model=model,
        tried=tried + tried_wanted,
        validation={name: headline(measures) for name, measures in rows.items()},
        calibration=fitted.to_dict(),
    )


def _set(config: FusionConfig, weights: Doubles, wanted: Doubles) -> FusionConfig:
    """The same fusion with other weights."""
    return FusionConfig(
        members=tuple(
            replace(member, weight=float(score), wanted_weight=float(want))
            for member, score, want in zip(config.members, weights, wanted, strict=True)
        )
    )


def _scaled(config: FusionConfig, opinions: Opinions, leads: Leads) -> FusionConfig:
    """The same fusion with every member on its own scale."""
    return FusionConfig(
        members=tuple(
            replace(
                member,
                centre=float(opinions.centre[number]),
                scale=float(opinions.scale[number]),
                wanted_scale=float(leads.scale[number]),
            )
            for number, member in enumerate(config.members)
        )
    )

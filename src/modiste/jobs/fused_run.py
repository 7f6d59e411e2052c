"""A fused run on disk: what it is made of, and what it takes from its members.

It is a run like any other, and needs its members no more: their weights, and their encoders
where those were fine-tuned, are copied.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors.torch import save

from modiste.data.atomic import atomic_path
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.blocks import Block
from modiste.encoders.union import same_maker, unite
from modiste.encoders.weights import portable
from modiste.errors import Misuse, RunError
from modiste.models.base import OutfitModel
from modiste.models.build import config_name, config_settings
from modiste.models.fusion import FusionConfig, Member
from modiste.training.run import Run, RunSpec, write_counts, write_spec
from modiste.training.tables import spec_blocks


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
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    with atomic_path(out / "weights.safetensors") as temporary:
        temporary.write_bytes(save(tensors))
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

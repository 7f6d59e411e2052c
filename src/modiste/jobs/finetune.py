"""Fine-tune: the image encoder learns with the outfit model, and becomes part of the run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from safetensors.torch import load_file

from modiste.data.atomic import write_text
from modiste.data.batches import ItemTable
from modiste.data.training_batches import TrainingBatches
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.base import ImageEncoder
from modiste.encoders.blocks import Block, block_facts
from modiste.encoders.build import build_image_encoder
from modiste.encoders.embed import embed_images
from modiste.encoders.features import open_features
from modiste.encoders.network import NetworkEncoder
from modiste.encoders.trained import FACTS, KINDS
from modiste.encoders.weights import located, save_tensors, save_weights, split_weights
from modiste.errors import Misuse
from modiste.jobs.progress import Report, progress
from modiste.jobs.spec import check_types
from modiste.jobs.validation import Validation
from modiste.models.base import OutfitModel
from modiste.models.fusion import FusionConfig
from modiste.outfit import CompatibilityQuestion, FitbQuestion, Question
from modiste.training.finetune import EndToEnd, FinetuneConfig, renewed_table
from modiste.training.loop import TrainConfig, settle, train
from modiste.training.pixels import PhotographPixels, PicturedBatches
from modiste.training.run import RunSpec, spec_blocks

FLAG = "finetune_encoder"
"""The setting that asks for it, in a TOML file; `--finetune-encoder` on the command line."""
DEFAULTS = {"batch_size": 10, "candidates": 0}
"""Every item of a batch is encoded at every step, so a batch is as small as published."""


def take_settings(given: dict[str, Any], *, asked: bool) -> dict[str, Any] | None:
    """Take the settings of fine-tuning out of `given`, and put its defaults for others there.

    Args:
        given: all settings of a run that is to be made.
        asked: whether fine-tuning is wished for, whatever `given` says.

    Returns:
        Its settings; None where it is not wished for.

    Raises:
        Misuse: it is not wished for, and yet has settings; or one has the wrong type.
    """
    asked = bool(given.pop(FLAG, False)) or asked
    names = {field.name for field in fields(FinetuneConfig)}
    taken = {name: given.pop(name) for name in list(given) if name in names}
    if taken and not asked:
        raise Misuse(
            f"{next(iter(taken))} is a setting of fine-tuning; add --finetune-encoder, or leave it."
        )
    if not asked:
        return None
    check_types(FinetuneConfig, taken)
    for name, value in DEFAULTS.items():
        given.setdefault(name, value)
    return taken


def tuning_spec(wardrobe: Wardrobe, spec: RunSpec, settings: Mapping[str, Any]) -> RunSpec:
    """The spec of a run whose image encoder learns, from that of one with frozen features.

    Where the encoder to start with is not the one that the wardrobe was embedded with last, the
    photographs are encoded by it first: features are standardised by what it says of them.

    Raises:
        Misuse: there are no photographs, the encoder cannot learn, or several processes train.
        UnknownName: there is no such encoder.
    """
    refuse_several(int(os.environ.get("WORLD_SIZE") or 1))
    blocks = spec_blocks(spec)
    block = next((block for block in blocks if block.kind == "image"), None)
    if block is None:
        raise Misuse(
            f"Fine-tuning learns from photographs, and the run reads none of {wardrobe.root}; "
            f"run `modiste embed {wardrobe.root}` on a wardrobe with photographs first."
        )
    config = FinetuneConfig(**{"encoder": block.encoder, **settings})
    if config.encoder != block.encoder:
        encoder = build_image_encoder(config.encoder)
        embed_beside(wardrobe, encoder)
        config = replace(config, encoder=encoder.name)
        block = Block("image", encoder.name, encoder.fingerprint, encoder.dim)
    if isinstance(spec.model, FusionConfig):
        raise Misuse("A fusion is not trained: fine-tune its members, then fuse their runs.")
    dims = [block.dim if b.kind == "image" else b.dim for b in blocks if b.shown]
    return replace(
        spec,
        model=replace(spec.model, block_dims=tuple(dims)),
        encoders={**spec.encoders, "image": block_facts(block)},
        training={**spec.training, "finetune": asdict(config)},
    )


def refuse_several(processes: int) -> None:
    """Raise Misuse where several processes would train together."""
    if processes > 1:
        raise Misuse(
            "An encoder is fine-tuned in one process; start `modiste train` without torchrun."
        )


def embed_beside(wardrobe: Wardrobe, encoder: ImageEncoder) -> None:
    """Encode a wardrobe's photographs; its current features stay what they are."""
    with wardrobe.writing(), progress("photographs") as report:
        embed_images(wardrobe, encoder, facts={}, progress=report, current=False)


_TELL_EVERY = 5.0  # seconds
_ENCODER, _WEIGHTS = "encoder.safetensors", "weights.safetensors"


@dataclass
class Tuning:
    """A run whose image encoder learns, under way.

    Args:
        model: encoder and outfit model.
        batches: with photographs.
        validation: the questions that choose the weights.
        asked: rows of the items that they are about, and of those worn in training.
        report: where progress is shown.
    """

    model: EndToEnd
    batches: PicturedBatches
    validation: Validation
    asked: list[int]
    report: Report | None = None
    _place: tuple[int, int] = (0, 1)
    _told: float = 0.0

    def tell(self, done: int, total: int, loss: float) -> None:
        """Show how far training is."""
        self._place = (done, total)
        if self.report:
            self.report(done, total, f"loss {loss:.3f}")

    def validate(self, model: OutfitModel) -> Mapping[str, float]:
        """See every photograph that questions are about anew, then ask them."""
        table = renewed_table(
            self.model, self.batches.table, self.batches.photographs, self.asked, self._looking
        )
        settle(self.model.outfits, table, self.batches.worn, self.model.usual.device)
        return self.validation.on(table)(self.model.outfits)

    def _looking(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self.report and now - self._told > _TELL_EVERY:
            self._told = now
            self.report(*self._place, f"validation: {done:,} of {total:,} photographs")


def start_tuning(
    wardrobe: Wardrobe,
    spec: RunSpec,
    model: OutfitModel,
    batches: TrainingBatches,
    validation: Validation,
) -> Tuning:
    """Put encoder, prepared outfit model and photographs together.

    Raises:
        Misuse: the encoder is none that can learn, there is nothing to see, or several processes
            train.
    """
    refuse_several(batches.share[1])
    config = FinetuneConfig(**spec.training["finetune"])
    encoder = build_image_encoder(config.encoder)
    if not isinstance(encoder, NetworkEncoder):
        raise Misuse(f"The encoder {config.encoder!r} cannot be fine-tuned; give lite0.")
    columns = _image_columns(spec)
    present = open_features(wardrobe, spec.encoders["image"]["fingerprint"]).present
    paths = {
        row: path
        for row, file in enumerate(wardrobe.items["image"])
        if present[row] and (path := wardrobe.image_path(file)) is not None
    }
    if not paths:
        raise Misuse(
            f"Fine-tuning learns from photographs, and {wardrobe.root} has none that can be read."
        )
    usual = batches.table.features[present][:, columns].mean(axis=0, dtype=np.float64)
    photographs = PhotographPixels(
        paths, encoder.preprocess, encoder.preprocessing.size, config.pixels_mb * 2**20
    )
    return Tuning(
        EndToEnd(encoder, model, columns, torch.tensor(usual, dtype=torch.float32), config),
        PicturedBatches(batches, photographs, flips=config.flips),
        validation,
        _asked(validation.questions, batches.table, wardrobe, batches.worn.tolist()),
    )


def fine_tune(
    tuning: Tuning, wardrobe: Wardrobe, spec: RunSpec, out: Path, accelerator: Accelerator
) -> RunSpec:
    """Train encoder and model; a run that was stopped at any moment goes on.

    Leaves in the outfit model, and in `out`, the weights that did best on validation.

    Returns:
        The spec with the tuned encoder, which has encoded the wardrobe's photographs.
    """
    if not (out / _ENCODER).is_file():  # else training is over, and only what comes of it is not
        with progress("training") as report:
            tuning.report = report
            train(
                tuning.model,
                tuning.batches,
                tuning.validate,
                TrainConfig(**spec.training["loop"]),
                out=out,
                accelerator=accelerator,
                progress=tuning.tell,
            )
    tuning.batches.close()
    split_run(out, tuning.model)
    return tuned_spec(wardrobe, spec, out)


def split_run(out: Path, model: EndToEnd) -> None:
    """Take the weights that did best apart: the encoder's, and the outfit model's as ever.

    Stopped in between, it does the rest when called again. Leaves the latter in `model.outfits`.
    """
    tensors = load_file(out / _WEIGHTS)
    if any(name.startswith("encoder.") for name in tensors):
        model.load_state_dict(tensors)
        save_weights(model.network, out / _ENCODER, model.preprocessing)
        save_tensors(model.outfits.state_dict(), out / _WEIGHTS)
    model.outfits.load_state_dict(load_file(out / _WEIGHTS))
    model.outfits.eval()


def tuned_spec(wardrobe: Wardrobe, spec: RunSpec, out: Path) -> RunSpec:
    """The spec of a run with the encoder that it tuned; encodes the wardrobe's photographs by it.

    The wardrobe's current features stay what they are.
    """
    plain, weights = split_weights(spec.training["finetune"]["encoder"])
    if plain in KINDS and weights:  # what the network is stands beside its weights
        write_text(out / FACTS, (Path(weights).parent / FACTS).read_text("utf-8"))
    encoder = build_image_encoder(located(f"{plain}?weights={_ENCODER}", out))
    embed_beside(wardrobe, encoder)
    block = Block("image", encoder.name, encoder.fingerprint, encoder.dim)
    return replace(spec, encoders={**spec.encoders, "image": block_facts(block)})


def _image_columns(spec: RunSpec) -> slice:
    at = 0
    for block in spec_blocks(spec):
        if block.kind == "image":
            return slice(at, at + block.dim)
        at += block.dim
    raise Misuse("The run reads no photographs.")


def _asked(
    questions: Iterable[Question], table: ItemTable, wardrobe: Wardrobe, worn: Iterable[int]
) -> list[int]:
    """Rows of what questions are about or choose among, and of the items worn in training."""
    ids: set[str] = set()
    for question in questions:
        if isinstance(question, FitbQuestion):
            ids.update(question.question, question.candidates)
        elif isinstance(question, CompatibilityQuestion):
            ids.update(question.items)
    fine = wardrobe.items["fine"].to_list()
    pools = {fine[table.rows[item]] for item in ids if item in table.rows}
    return sorted({*worn, *(row for row, name in enumerate(fine) if name in pools)})

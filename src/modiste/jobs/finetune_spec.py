"""What a run with a fine-tuned encoder is made of, before it is trained."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from modiste.data.wardrobe import Wardrobe
from modiste.encoders.base import ImageEncoder
from modiste.encoders.blocks import Block, block_facts
from modiste.encoders.build import build_image_encoder
from modiste.encoders.embed import embed_images
from modiste.errors import Misuse
from modiste.jobs.progress import progress
from modiste.jobs.settings import check_types
from modiste.models.fusion import FusionConfig
from modiste.training.finetune import FinetuneConfig
from modiste.training.run import RunSpec
from modiste.training.tables import spec_blocks

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
        embed_images(wardrobe, encoder, facts={}, progress=report, precision="fp32", current=False)

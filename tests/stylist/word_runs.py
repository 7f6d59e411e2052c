"""Runs of the 2017 models on the small shop: they see colours and have learnt its titles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from safetensors.torch import save_file

from modiste.data.wardrobe import Wardrobe
from modiste.encoders.blocks import Block, block_facts, item_table, words_block
from modiste.encoders.colour import COLOUR_DIM, COLOUR_FINGERPRINT
from modiste.encoders.embed import embed_images
from modiste.encoders.words import count_words
from modiste.models.base import OutfitModel
from modiste.models.bilstm import BiLstmConfig
from modiste.models.build import ModelConfig, build_model
from modiste.models.siamese import SiameseConfig
from modiste.models.visual_semantic import VisualSemanticConfig
from modiste.stylist.wishes import space_of
from modiste.training.run import RunSpec, write_counts, write_spec

NAMES = ("bilstm", "bilstm-in-order", "bilstm-without-words", "siamese", "visual_semantic")


class Darkness:
    """An encoder that sees one thing."""

    name, dim, fingerprint, precision, edge = "darkness", 1, "d" * 64, "fp32", 8

    def preprocess(self, picture: Image.Image) -> npt.NDArray[np.uint8]:
        return np.asarray(picture.resize((1, 1)))

    def encode(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return pixels.mean(axis=(1, 2, 3), dtype=np.float32)[:, None]


def write_run(wardrobe: Wardrobe, name: str, root: Path) -> Path:
    """A run called `name`; the visual-semantic space is taught the titles, the rest is chance."""
    embed_colours(wardrobe)
    vocabulary = tuple(sorted(set(wardrobe.items["fine"])))
    blocks = [Block("colour", "colour", COLOUR_FINGERPRINT, COLOUR_DIM)]
    words = words_block(wardrobe, count_words(wardrobe.items["title"]))
    if name not in ("siamese", "bilstm-without-words"):
        blocks.append(words)
    worn = {item: 1 for o in wardrobe.outfits_of("train") for item in o.items}
    config = _config(name, len(vocabulary), words)
    table = item_table(wardrobe, blocks=blocks, vocabulary=vocabulary, counts=worn)
    torch.manual_seed(0)
    model = build_model(config)
    features = torch.from_numpy(table.features)
    model.prepare(features, torch.from_numpy(table.category))
    _teach_titles(model, features)
    model.eval().settle(features, torch.from_numpy(table.category))
    save_file(model.state_dict(), root / "weights.safetensors")
    write_counts(root, worn)
    write_spec(
        root,
        RunSpec(
            model=config,
            blocks=tuple(block.name for block in blocks),
            encoders={block.name: block_facts(block) for block in blocks},
            vocabulary=vocabulary,
            wardrobe={
                "name": "shop",
                "path": str(wardrobe.root),
                "content_hash": wardrobe.content_hash,
            },
        ),
    )
    return root


def embed_colours(wardrobe: Wardrobe) -> None:
    """Measure the colours of a wardrobe's photographs."""
    with wardrobe.writing():
        embed_images(
            wardrobe,
            Darkness(),  # type: ignore[arg-type]
            facts={},
            progress=lambda done, total: None,
        )


def _config(name: str, categories: int, words: Block) -> ModelConfig:
    assert words.words is not None
    sizes = {"block_dims": (COLOUR_DIM,), "categories": categories, "width": 16}
    known = {"words": len(words.words.vocabulary), "word_columns": words.dim}
    match name:
        case "siamese":
            return SiameseConfig(**sizes)  # type: ignore[arg-type]
        case "visual_semantic":
            return VisualSemanticConfig(**sizes, **known)  # type: ignore[arg-type]
        case "bilstm-without-words":
            return BiLstmConfig(**sizes, semantic_weight=0.0)  # type: ignore[arg-type]
    order = "given" if name == "bilstm-in-order" else "category"
    return BiLstmConfig(**sizes, **known, order=order, init=0.5)  # type: ignore[arg-type]


def _teach_titles(model: OutfitModel, features: torch.Tensor) -> None:
    space = space_of(model)
    if space is None:
        return
    learner = torch.optim.Adam(space.parameters(), lr=0.02)
    for _ in range(60):
        learner.zero_grad()
        space.loss(features).backward()  # type: ignore[no-untyped-call]
        learner.step()

"""A wardrobe's items as a catalogue keeps them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from modiste.catalogue.facts import FACTS
from modiste.data.photographs import load_photographs
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.base import ImageEncoder
from modiste.encoders.blocks import Block
from modiste.encoders.build import build_image_encoder, build_text_encoder
from modiste.encoders.embed import embed_images, embed_texts
from modiste.encoders.features import open_features
from modiste.encoders.settle import encoder_of
from modiste.errors import FeatureError
from modiste.jobs.progress import progress
from modiste.training.run import Run
from modiste.training.tables import spec_blocks

_COLOUR = ("color", "colour")  # attributes that say it
_OUT = ("false", "no", "0", "out", "out of stock")  # words of an attribute `in_stock`


def catalogue_items(wardrobe: Wardrobe) -> pl.DataFrame:
    """(M) the columns of `FACTS`, then the wardrobe's other attributes.

    The colour in words comes from an attribute `color` or `colour`, `brand` and `in_stock` from
    attributes of these names; how an item looks was measured on its photograph, or is now.
    """
    items, attributes = wardrobe.items, wardrobe.attributes
    measured = load_photographs(wardrobe).select("id", "colour", "image_hash")
    photographs = items.select("id").join(measured, on="id", how="left", maintain_order="left")
    said = next((name for name in _COLOUR if name in attributes), None)
    images = [
        None if (path := wardrobe.image_path(image)) is None else str(path.absolute())
        for image in items["image"]
    ]
    stock = pl.col("in_stock").str.strip_chars().str.to_lowercase().is_in(_OUT).not_()
    nothing = pl.lit(None, dtype=pl.String)
    return items.select(
        "id",
        "category",
        "fine",
        "title",
        pl.Series("image", images, dtype=pl.String),
        "price",
        stock.fill_null(True) if "in_stock" in attributes else pl.lit(True).alias("in_stock"),
        (nothing if said is None else pl.col(said)).alias("colour"),
        photographs["colour"].alias("looks"),
        pl.col("brand") if "brand" in attributes else nothing.alias("brand"),
        photographs["image_hash"].alias("photo"),
        *(name for name in attributes if name not in FACTS),
    )


def embed_like(run: Run, wardrobe: Wardrobe) -> None:
    """Make the features of a wardrobe by the very encoders that made those of a run.

    Raises:
        FeatureError: an encoder is not to be had any more.
        WardrobeError: another process is writing the wardrobe.
    """
    blocks = spec_blocks(run.spec)
    pictured = wardrobe.items["image"].null_count() < len(wardrobe.items)
    seeing = [block for block in blocks if block.kind == "image"]
    with wardrobe.writing():
        for block in (block for block in blocks if block.kind == "text"):
            with progress("titles") as report:
                embed_texts(wardrobe, build_text_encoder(block.encoder), progress=report)
        if not pictured:
            return
        coloured = any(block.kind == "colour" for block in blocks)
        encoders = [_encoder(run, block) for block in seeing]
        for encoder in encoders or ([build_image_encoder("lite0")] if coloured else []):
            with progress("photographs") as report:
                embed_images(wardrobe, encoder, facts={}, progress=report, precision="fp32")


def _encoder(run: Run, block: Block) -> ImageEncoder:
    """The encoder of a block in the precision that it had, which the run's wardrobe knows."""
    try:
        home = run.wardrobe()
        made = open_features(home, block.fingerprint)
        return encoder_of(home.root, replace(made, encoder=block.encoder))
    except FeatureError:  # `table_of` says so where today's encoder is another
        return build_image_encoder(block.encoder)

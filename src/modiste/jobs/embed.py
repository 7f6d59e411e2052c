"""Embed: photographs and titles to vectors, with progress on standard error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from modiste.data.wardrobe import Wardrobe
from modiste.encoders.build import build_image_encoder, build_text_encoder
from modiste.encoders.embed import EmbedReport, embed_images, embed_texts
from modiste.jobs.progress import progress


def embed(wardrobe_root: Path, *, image: str = "lite0", text: str = "minilm") -> EmbedReport:
    """Make the features of a wardrobe; what stands there already is kept.

    Args:
        wardrobe_root: a wardrobe.
        image: name of the image encoder.
        text: name of the text encoder.

    Raises:
        ModisteError: see the parts.
    """
    wardrobe = Wardrobe(wardrobe_root)
    pictured = wardrobe.items["image"].null_count() < len(wardrobe.items)
    titles = build_text_encoder(text)
    with wardrobe.writing():
        with progress("titles") as report:
            texts = embed_texts(wardrobe, titles, progress=report)
        if not pictured:
            return replace(texts, notes=["There are no photographs: titles only."])
        with progress("photographs") as report:
            images = embed_images(wardrobe, build_image_encoder(image), facts={}, progress=report)
    return replace(
        images,
        encoded={**images.encoded, **texts.encoded},
        reused={**images.reused, **texts.reused},
        seconds=round(images.seconds + texts.seconds, 1),
    )

"""From a name to an encoder."""

from __future__ import annotations

from pathlib import Path

from modiste.encoders.base import ImageEncoder, TextEncoder
from modiste.errors import UnknownName


def build_image_encoder(name: str) -> ImageEncoder:
    """`lite0`, `clip:MODEL`, any timm model (`?weights=FILE` may follow), or a trained encoder.

    That one is called by its folder, or by the path of its weights in there:
    `classifier?weights=FOLDER/encoder.safetensors`.

    Raises:
        UnknownName: there is no such model.
        MissingExtra: it needs a package that is not installed.
        Misuse: its weights cannot be had.
    """
    from modiste.encoders import image, trained
    from modiste.encoders.weights import split_weights

    if (folder := trained.encoder_folder(name)) is not None:
        return trained.trained_encoder(folder / trained.WEIGHTS)
    plain, weights = split_weights(name)
    if plain in trained.KINDS:
        return trained.trained_encoder(Path(weights or trained.WEIGHTS))
    if plain == "lite0":
        return image.lite0(weights)
    if name.startswith("clip:"):
        return image.clip_model(name.removeprefix("clip:"))
    return image.timm_model(name.removeprefix("timm:"))


def build_text_encoder(name: str) -> TextEncoder:
    """`minilm` or `clip:MODEL`.

    Raises:
        UnknownName: there is no such model.
        MissingExtra: it needs a package that is not installed.
        Misuse: its weights cannot be had.
    """
    from modiste.encoders import text

    if name == "minilm":
        return text.MiniLm()
    if name.startswith("clip:"):
        return text.ClipText(name.removeprefix("clip:"))
    raise UnknownName("text encoder", name, ["minilm"])

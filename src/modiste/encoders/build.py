"""From a name to an encoder."""

from __future__ import annotations

from modiste.encoders.base import ImageEncoder, TextEncoder
from modiste.errors import UnknownName


def build_image_encoder(name: str) -> ImageEncoder:
    """`lite0`, `clip:MODEL`, or the name of any timm model; `?weights=FILE` may follow.

    Raises:
        UnknownName: there is no such model.
        MissingExtra: it needs a package that is not installed.
        Misuse: its weights cannot be had.
    """
    from modiste.encoders import image
    from modiste.encoders.weights import split_weights

    plain, weights = split_weights(name)
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

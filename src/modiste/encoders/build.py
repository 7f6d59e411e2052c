"""From a name to an encoder."""

from __future__ import annotations

from modiste.encoders.base import ImageEncoder, TextEncoder
from modiste.errors import UnknownName


def build_image_encoder(name: str) -> ImageEncoder:
    """`lite0`, `clip:MODEL`, or the name of any timm model.

    Raises:
        UnknownName: there is no such model.
        MissingExtra: it needs a package that is not installed.
    """
    from modiste.encoders import image

    if name == "lite0":
        return image.lite0()
    if name.startswith("clip:"):
        return image.clip_model(name.removeprefix("clip:"))
    return image.timm_model(name)


def build_text_encoder(name: str) -> TextEncoder:
    """`minilm`.

    Raises:
        UnknownName: there is no such model.
    """
    from modiste.encoders import text

    if name == "minilm":
        return text.MiniLm()
    raise UnknownName("text encoder", name, ["minilm"])

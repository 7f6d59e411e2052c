"""Which encoder a wardrobe's pictures go through, decided once and kept.

    W/features/precision.toml           fingerprint of an fp32 encoder -> what was decided
    W/features/int8-<hash[:16]>.onnx    the int8 network, where that was decided

All vectors of a wardrobe, and those of pictures that are new to it, come from the same encoder.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import tomli_w

from modiste.data.atomic import atomic_path, write_text
from modiste.encoders.base import ImageEncoder, Pixels
from modiste.encoders.build import build_image_encoder
from modiste.encoders.features import Features
from modiste.encoders.network import Int8Encoder, NetworkEncoder
from modiste.encoders.precision import SAMPLE, Decision, measure
from modiste.encoders.reading import Picture, prepared
from modiste.errors import FeatureError, ImageError

Choice: TypeAlias = Literal["auto", "fp32"]
WORTH_LOOKING = 5_000
"""New pictures below which the look for int8 costs about as much time as int8 would save."""

_ENOUGH = 200


def settle(
    root: Path, encoder: ImageEncoder, fresh: Sequence[Path], total: int, choice: Choice = "auto"
) -> tuple[ImageEncoder, Decision]:
    """The encoder to use: `encoder`, or its int8 version.

    Args:
        root: the wardrobe's folder; hold its lock.
        encoder: in fp32.
        fresh: distinct pictures that `encoder` has not encoded yet.
        total: distinct pictures in all.
        choice: `auto` measures where it is worth while; `fp32` never does.

    Raises:
        FeatureError: what was decided before is damaged.
    """
    if choice == "fp32" or not isinstance(encoder, NetworkEncoder) or encoder.on_gpu:
        return encoder, Decision(precision="fp32", reason="int8 was not looked for")
    if decision := _decided(root, encoder):
        return _apply(root, encoder, decision), decision
    if len(fresh) < WORTH_LOOKING:
        reason = f"int8 is not looked for below {WORTH_LOOKING:,} new pictures"
        return encoder, Decision(precision="fp32", reason=reason)
    pixels = _sample(encoder, fresh)
    if len(pixels) < _ENOUGH:
        return encoder, Decision(precision="fp32", reason="too few pictures can be read")
    decision, quantised = measure(encoder, pixels, total)
    if quantised is not None:
        with atomic_path(_model_path(root, decision)) as temporary:
            temporary.write_bytes(quantised.graph)
    known = _read(root) | {encoder.fingerprint: decision.facts()}
    write_text(_path(root), tomli_w.dumps(known))
    return quantised or encoder, decision


def encoder_of(root: Path, features: Features) -> ImageEncoder:
    """The image encoder that made `features`, for pictures that are new to the wardrobe.

    Raises:
        FeatureError: it is not to be had any more: its weights or our code have changed.
        Misuse: it needs a package, a file or a download that is not there.
    """
    base = build_image_encoder(features.encoder)
    if base.fingerprint == features.fingerprint:
        return base
    if isinstance(base, NetworkEncoder) and (decision := _decided(root, base)):
        encoder = _apply(root, base, decision)
        if encoder.fingerprint == features.fingerprint:
            return encoder
    raise FeatureError(
        f"The features of {root} were made by another version of {features.encoder}; run "
        f"`modiste embed {root}` and train again."
    )


def _sample(encoder: ImageEncoder, paths: Sequence[Path]) -> Pixels:
    """(n, H, W, 3) uint8 of up to SAMPLE readable pictures, in random order."""
    order = np.random.default_rng(0).permutation(len(paths))[:SAMPLE].tolist()
    ready = prepared(
        [Picture(b"", paths[place]) for place in order],
        lambda _, decoded: encoder.preprocess(decoded),
        edge=encoder.edge,
    )
    pixels: Pixels | None = None
    count = 0
    for _, result in ready:
        if isinstance(result, ImageError):
            continue
        if pixels is None:  # filled in place: a list and its stack would be there twice
            pixels = np.empty((len(order), *result.shape), dtype=np.uint8)
        pixels[count] = result
        count += 1
    return np.zeros((0, 1, 1, 3), dtype=np.uint8) if pixels is None else pixels[:count]


def _apply(root: Path, encoder: NetworkEncoder, decision: Decision) -> ImageEncoder:
    if decision.precision == "fp32":
        return encoder
    path = _model_path(root, decision)
    try:
        model = path.read_bytes()
    except OSError:
        model = b""
    if hashlib.sha256(model).hexdigest() != decision.graph:
        raise FeatureError(
            f"{path}, which made the features of {root}, is missing or damaged; delete "
            f"{_path(root)} and run `modiste embed {root}` again."
        )
    return Int8Encoder(encoder, model)


def _decided(root: Path, encoder: NetworkEncoder) -> Decision | None:
    facts = _read(root).get(encoder.fingerprint)
    if facts is None:
        return None
    try:
        return Decision(**facts)
    except TypeError as error:
        raise _damaged(root) from error


def _read(root: Path) -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads(_path(root).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _damaged(root) from error


def _damaged(root: Path) -> FeatureError:
    return FeatureError(
        f"{_path(root)} is damaged; delete it and run `modiste embed {root}` again."
    )


def _path(root: Path) -> Path:
    return root / "features" / "precision.toml"


def _model_path(root: Path, decision: Decision) -> Path:
    return root / "features" / f"int8-{decision.graph[:16]}.onnx"

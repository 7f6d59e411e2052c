"""Files of an image encoder's weights: `NAME?weights=FILE`, read, written and found again.

What `modiste train --finetune-encoder` writes carries its preprocessing with it, so that a file
is an encoder by name wherever it is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save
from torch import nn

from modiste.data.atomic import atomic_path
from modiste.encoders.network import Preprocessing
from modiste.errors import Misuse

RANDOM = "random"
"""`?weights=random`: untrained weights from a fixed seed, for tests and dry runs."""
_KEY = "modiste.preprocessing"


def split_weights(name: str) -> tuple[str, str | None]:
    """`NAME?weights=W` as NAME and W; W is None where it is not given.

    Raises:
        Misuse: something else is asked for after the `?`.
    """
    plain, mark, rest = name.partition("?")
    key, _, value = rest.partition("=")
    if mark and (key != "weights" or not value):
        raise Misuse(f"In the encoder name {name!r}, only ?weights=FILE may follow the model.")
    return plain, value or None


def located(name: str, folder: Path) -> str:
    """The same encoder with its file's path made absolute; relative ones are below `folder`."""
    plain, _, file = name.partition("?weights=")
    if file in ("", RANDOM):
        return name
    return f"{plain}?weights={(folder / file).resolve()}"


def portable(name: str, folder: Path) -> str:
    """The same encoder with its file's path relative, where it is below `folder`."""
    plain, _, file = name.partition("?weights=")
    root = folder.resolve()
    if file in ("", RANDOM) or not Path(file).is_relative_to(root):
        return name
    return f"{plain}?weights={Path(file).relative_to(root)}"


def load_weights(network: nn.Module, path: Path, name: str) -> None:
    """Fill a network from a file (safetensors, or a .pth that needs no pickle).

    Raises:
        Misuse: the file is not there, is broken, or holds other tensors.
    """
    try:
        if path.suffix == ".safetensors":
            weights = load_file(path)
        else:
            weights = torch.load(path, weights_only=True, map_location="cpu")
        missing = network.load_state_dict(weights, strict=False).missing_keys
    except Exception as error:  # a broken or foreign file makes the readers raise nearly anything
        reason = first_line(error) if path.is_file() else "there is no such file"
        raise Misuse(f"{path} holds no weights for {name!r} ({reason}).") from error
    if missing:
        raise Misuse(f"{path} lacks {len(missing)} tensors of {name!r}, such as {missing[0]}.")


def save_weights(network: nn.Module, path: Path, preprocessing: Preprocessing) -> None:
    """Write a network's tensors and its preprocessing as one safetensors file."""
    facts = {k: list(v) for k, v in vars(preprocessing).items()}
    save_tensors(network.state_dict(), path, {_KEY: json.dumps(facts)})


def save_tensors(
    tensors: Mapping[str, torch.Tensor], path: Path, facts: dict[str, str] | None = None
) -> None:
    """Write a safetensors file, whole or not at all.

    Raises:
        ModisteError: the disk is full or the folder cannot be written.
    """
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(whole, metadata=facts))  # save_file keeps others from reading


def saved_preprocessing(path: Path) -> Preprocessing | None:
    """The preprocessing that a file of `save_weights` carries; None where it carries none.

    Raises:
        Misuse: it carries one that makes no sense.
    """
    if path.suffix != ".safetensors":
        return None
    with safe_open(path, framework="pt") as file:
        text = (file.metadata() or {}).get(_KEY)
    if text is None:
        return None
    try:
        facts = json.loads(text)
        height, width = (int(edge) for edge in facts["size"])
        mean, std = (tuple(float(x) for x in facts[key]) for key in ("mean", "std"))
        sensible = min(height, width) > 0 and len(mean) == len(std) == 3 and min(std) > 0
    except (ValueError, KeyError, TypeError):
        sensible = False
    if not sensible:
        raise Misuse(f"{path} says something else than a preprocessing of pictures: {text[:80]}.")
    return Preprocessing(size=(height, width), mean=mean, std=std)


def weights_hash(network: nn.Module) -> str:
    """SHA-256 over the names and bytes of all tensors."""
    digest = hashlib.sha256()
    for key, tensor in sorted(network.state_dict().items()):
        digest.update(key.encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        digest.update(np.ascontiguousarray(flat.numpy()).data)
    return digest.hexdigest()


def first_line(error: Exception) -> str:
    """The first line of what an error says."""
    return (str(error).splitlines() or [type(error).__name__])[0][:120].rstrip(" .")

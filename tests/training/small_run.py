"""A small training run, in this process or in one that a test may kill: OUT [STOP_AT] [staged]."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from modiste.data.batches import ItemTable
from modiste.data.training_batches import BatchConfig, CandidatePools, TrainingBatches
from modiste.models.base import OutfitModel
from modiste.models.set_transformer import SetTransformer, SetTransformerConfig
from modiste.models.umbert import UmBert, UmBertConfig
from modiste.training.loop import TrainConfig, make_accelerator, train

ITEMS, FINE, DIM = 40, 4, 10
rng = np.random.default_rng(0)
TABLE = ItemTable(
    ids=tuple(f"i{n}" for n in range(ITEMS)),
    features=rng.normal(size=(ITEMS, DIM)).astype(np.float32),
    category=(np.arange(ITEMS) % FINE + 1).astype(np.int64),
    vocabulary=tuple("abcd"),
)
OUTFITS = [rng.choice(ITEMS, size=3, replace=False).tolist() for _ in range(32)]


def batches(share: tuple[int, int] = (0, 1)) -> TrainingBatches:
    worn = np.bincount(np.concatenate(OUTFITS), minlength=ITEMS)
    config = BatchConfig(batch_size=8, candidates=4, seed=1)
    return TrainingBatches(
        TABLE, OUTFITS, CandidatePools(TABLE.category, worn), config, share=share
    )


def small_model(dropout: float = 0.3) -> OutfitModel:
    torch.manual_seed(1)
    config = SetTransformerConfig(
        block_dims=(DIM,),
        categories=FINE,
        hidden_dim=16,
        item_dim=8,
        heads=2,
        references=4,
        dropout=dropout,
    )
    model = SetTransformer(config)
    model.prepare(torch.from_numpy(TABLE.features), torch.from_numpy(TABLE.category))
    return model


def staged_model() -> OutfitModel:
    """One that is pre-trained for two epochs first, at half the rate."""
    torch.manual_seed(1)
    config = UmBertConfig(
        **{"block_dims": (DIM,), "categories": FINE, "slots": (0, 1, 1, 2, 3), "width": 8},
        **{"layers": 1, "heads": 2, "ff": 16, "hidden_dim": 16, "references": 4},
        **{"pretrain": 2, "pretrain_rate": 0.5, "pretrain_hidden": 0.3},
    )
    model = UmBert(config)
    model.prepare(torch.from_numpy(TABLE.features), torch.from_numpy(TABLE.category))
    return model


def validate(model: OutfitModel) -> dict[str, float]:
    with torch.no_grad():
        loss = model.loss(batches().batch(0)).item()
    return {"selection": -loss}


def run(
    out: Path,
    *,
    stop_at: int | None = None,
    lr: float = 1e-2,
    epochs: int = 5,
    staged: bool = False,
    **settings: Any,
) -> OutfitModel:
    """Train; at `stop_at` steps die as a killed process does. `settings` are the loop's."""
    out.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    usual = {"epochs": epochs, "lr": lr, "warmup": 2, "seed": 3, "patience": 99}
    config = TrainConfig(**(usual | settings))
    accelerator = make_accelerator(config)
    share = (accelerator.process_index, accelerator.num_processes)
    model = staged_model() if staged else small_model()

    def progress(done: int, total: int, loss: float) -> None:
        if done == stop_at:
            os.kill(os.getpid(), signal.SIGKILL)

    train(
        model,
        batches(share),
        validate,
        config,
        out=out,
        accelerator=accelerator,
        progress=progress,
    )
    return model


if __name__ == "__main__":
    run(
        Path(sys.argv[1]),
        stop_at=int(sys.argv[2]) if len(sys.argv) > 2 else None,
        staged="staged" in sys.argv,
    )

"""An image encoder that learns with the outfit model: gradients reach the photographs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from modiste.arrays import Floats
from modiste.data.batches import ItemTable
from modiste.encoders.network import NetworkEncoder, Normalised
from modiste.errors import Misuse, check_choices
from modiste.models.base import OutfitModel, Stage
from modiste.outfit import OutfitBatch
from modiste.training.pixels import PhotographPixels, PicturedBatch

ENCODED_TOGETHER = 32
"""Photographs that go through the encoder together where nothing is learnt."""


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig:
    """How an image encoder learns with the model."""

    encoder: str
    """Where it starts: the name of an image encoder (lite0, or any timm model)."""
    encoder_lr: float = 0.1
    """Its learning rate over the model's; 1: one rate for both, as Han et al. 2017 have it with
    plain SGD."""
    encoder_decay: float = 4e-5
    """Weight decay of its kernels and matrices, as published; vectors have none."""
    batch_norm: Literal["frozen", "trained"] = "frozen"
    """`frozen`: batch normalisation stays as it was. `trained`: it takes the statistics of the
    batch and learns, as published; sensible over tens of thousands of steps."""
    batch_norm_momentum: float = 0.0003
    """How far the kept statistics follow those of a batch; published as a decay of .9997."""
    image_precision: Literal["auto", "bf16"] = "auto"
    """Of the encoder alone; `auto`: as the whole."""
    flips: bool = True
    """Mirror half of the photographs at random, as published."""
    pixels_mb: int = 2000
    """Megabytes of decoded photographs that are kept in memory."""

    def __post_init__(self) -> None:
        if self.encoder.startswith("clip:"):
            raise Misuse(
                f"The encoder {self.encoder!r} cannot be fine-tuned; give lite0 or a timm model, "
                "such as --set encoder=lite0."
            )
        check_choices(self)
        if self.encoder_lr <= 0 or not 0 < self.batch_norm_momentum <= 1:
            raise Misuse(
                f"encoder_lr={self.encoder_lr}, batch_norm_momentum={self.batch_norm_momentum}: "
                "both must be above 0, the momentum at most 1."
            )
        if self.encoder_decay < 0 or self.pixels_mb < 0:
            raise Misuse("encoder_decay and pixels_mb cannot be below 0.")


class EndToEnd(OutfitModel):
    """An image encoder and an outfit model as one: from photographs to the loss.

    The features of items keep their form (see `encoders/blocks.py`): the columns of the image
    block come from the encoder, of unit length; all others stay. An item without a photograph has
    the mean there, and gives no gradient.

    Args:
        encoder: starts with its weights, which it keeps: a copy learns.
        outfits: the model; `prepare` it with features of the untouched encoder.
        columns: of the image block in the features.
        usual: (d,) mean of the image block, for items without a photograph.
        config: settings.
    """

    usual: Tensor

    def __init__(
        self,
        encoder: NetworkEncoder,
        outfits: OutfitModel,
        columns: slice,
        usual: Tensor,
        config: FinetuneConfig,
    ) -> None:
        super().__init__()
        self.preprocessing = encoder.preprocessing
        network = Normalised(encoder.network(), encoder.preprocessing)
        # lite0 learnt from 7.8 pictures a second with channels last, from 5.3 with channels first
        self.encoder: nn.Module = network.to(memory_format=torch.channels_last)
        self.outfits, self.columns, self.config = outfits, columns, config
        self.register_buffer("usual", usual.clone())
        for norm in self._norms():
            norm.momentum = config.batch_norm_momentum
            if config.batch_norm == "frozen":
                norm.requires_grad_(False)

    @property
    def network(self) -> nn.Module:
        """The encoder's network alone."""
        network = self.encoder.network
        assert isinstance(network, nn.Module)
        return network

    def train(self, mode: bool = True) -> EndToEnd:
        """As ever, but that frozen batch normalisation stays as it is."""
        super().train(mode)
        if self.config.batch_norm == "frozen":
            for norm in self._norms():
                norm.eval()
        return self

    def see(self, pixels: Tensor) -> Tensor:
        """(P, H, W, 3) pixels from 0 to 255 to (P, d) of unit length."""
        own = self.config.image_precision == "bf16"
        with torch.autocast(pixels.device.type, torch.bfloat16) if own else nullcontext():
            vectors = self.encoder(pixels)
        return F.normalize(vectors.to(self.usual.dtype), dim=-1, eps=1e-12)

    def seen(self, batch: PicturedBatch) -> OutfitBatch:
        """The same outfits with the image block as the encoder sees it now, (B, N, D)."""
        if len(batch.pixels) == 0:
            vectors, pictured = self.usual[None], batch.pictured.new_full((1,), -2)
        else:
            vectors, pictured = self.see(batch.pixels), batch.pictured
        candidates = batch.candidates
        if candidates is not None:
            items = self._renewed(candidates.items, candidates.row, vectors, pictured)
            candidates = replace(candidates, items=items)
        items = self._renewed(batch.items, batch.row, vectors, pictured)
        return OutfitBatch(
            items=items * batch.present.unsqueeze(-1),
            present=batch.present,
            category=batch.category,
            row=batch.row,
            candidates=candidates,
        )

    def loss(self, batch: OutfitBatch) -> Tensor:
        """The model's own loss, of what the encoder sees.

        Raises:
            Misuse: the batch shows no photographs.
        """
        if not isinstance(batch, PicturedBatch):
            raise Misuse("Fine-tuning needs batches with photographs; make them PicturedBatches.")
        return self.outfits.loss(self.seen(batch))

    def score(self, batch: OutfitBatch) -> Tensor:
        """The model's, of features as they are given."""
        return self.outfits.score(batch)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """The model's, of features as they are given."""
        return self.outfits.wanted(batch, category)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """The model's, of features as they are given."""
        return self.outfits.item_vectors(features, category)

    def stages(self, epochs: int) -> tuple[Stage, ...]:
        """The model's."""
        return self.outfits.stages(epochs)

    def enter(self, stage: str) -> None:
        """The model's."""
        self.outfits.enter(stage)

    def groups(self, of_outfits: Callable[[OutfitModel], list[dict[str, Any]]]) -> list[Any]:
        """Parameter groups: the encoder's with its decay and the factor of its rate, the model's.

        Args:
            of_outfits: gives those of the model alone.
        """
        learning = [p for p in self.encoder.parameters() if p.requires_grad]
        mine = {"factor": self.config.encoder_lr}
        groups = [
            {"params": [p for p in learning if p.dim() > 1]}
            | mine
            | {"weight_decay": self.config.encoder_decay},
            {"params": [p for p in learning if p.dim() <= 1]} | mine | {"weight_decay": 0.0},
        ]
        return [*(group for group in groups if group["params"]), *of_outfits(self.outfits)]

    def _renewed(self, features: Tensor, row: Tensor, vectors: Tensor, pictured: Tensor) -> Tensor:
        """(..., D) features of the items at (...) rows, with the image block renewed."""
        place = torch.searchsorted(pictured, row).clamp(max=len(pictured) - 1)
        known = (pictured[place] == row).unsqueeze(-1)
        image = torch.where(known, vectors[place], self.usual)
        before, after = features[..., : self.columns.start], features[..., self.columns.stop :]
        return torch.cat([before, image, after], dim=-1)

    def _norms(self) -> list[_BatchNorm]:
        return [m for m in self.encoder.modules() if isinstance(m, _BatchNorm)]


@torch.no_grad()
def renewed_table(
    model: EndToEnd,
    table: ItemTable,
    photographs: PhotographPixels,
    rows: Sequence[int],
    progress: Callable[[int, int], None] | None = None,
) -> ItemTable:
    """A catalogue with the image block of some items as the encoder sees them now.

    The mean of those replaces the mean that items without a photograph have.

    Args:
        model: goes into eval mode; its `usual` is set.
        table: as the untouched encoder sees it.
        photographs: of the items.
        rows: which items; the others stay as they are.
        progress: told how many photographs are done of how many.
    """
    model.eval()
    device = model.usual.device
    features = np.array(table.features, dtype=np.float32)
    total = np.zeros(model.usual.shape, dtype=np.float64)
    done = count = 0
    for found, pixels in photographs.batches(rows, ENCODED_TOGETHER):
        if len(found):
            vectors: Floats = model.see(torch.from_numpy(pixels).to(device)).float().cpu().numpy()
            features[found, model.columns] = vectors
            total += vectors.sum(axis=0, dtype=np.float64)
            count += len(found)
        done = min(done + ENCODED_TOGETHER, len(rows))
        if progress:
            progress(done, len(rows))
    if count:
        model.usual.copy_(torch.from_numpy(total / count))
    lacking = [r for r in rows if r not in photographs.paths or r in photographs.unreadable]
    features[lacking, model.columns] = model.usual.cpu().numpy()
    return replace(table, features=features)

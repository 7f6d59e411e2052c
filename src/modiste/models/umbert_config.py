"""Settings of umBERT, as published and ours: see docs/models.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modiste.errors import Misuse

_CHOICES = {
    "norm": ("pre", "post"),
    "types": ("none", "slot"),
    "masks": ("slot", "shared"),
    "items": ("frozen", "mixed"),
    "objective": ("contrastive", "mse"),
    "targets": ("aligned", "misaligned"),
    "loss_on": ("masked", "all"),
}


@dataclass(frozen=True, kw_only=True)
class UmBertConfig:
    """Settings of `UmBert`."""

    block_dims: tuple[int, ...]
    """Widths of the feature blocks in the order in which they are joined."""
    categories: int
    """How many fine categories are known; index 0, unknown, comes on top."""
    slots: tuple[int, ...] = ()
    """Slot of every fine category, from 1; 0, unknown, first. Each its own if empty."""
    width: int = 128
    """Of items, tokens and answers; a multiple of `heads`."""
    layers: int = 1
    """3 to 12 as published; three were no better than one in a short run of one seed."""
    heads: int = 4
    ff: int = 512
    """Width of the feed-forward layers."""
    dropout: float = 0.1
    """Of the transformer."""
    norm: Literal["pre", "post"] = "pre"
    """Where layers normalise: `post` as published, `pre` trains more easily when deep."""
    items: Literal["frozen", "mixed"] = "mixed"
    """`frozen`: features as they are; if they are not `width` wide, their principal components.
    `mixed`: blocks and category through a learnt hidden layer, a value and a key each."""
    types: Literal["none", "slot"] = "slot"
    """Whether tokens say which slot they are of; `none` as published."""
    masks: Literal["slot", "shared"] = "slot"
    """One mask token for each slot, or one for all."""
    masks_learn: bool = True
    """Whether masks are learnt; as published they stay where they start."""
    mask_noise: float = 0.0
    """Added to the mean of a slot's items, where its mask starts; 1 as published."""
    decoder_dim: int = 256
    """Of the hidden layer of a slot's decoder."""
    objective: Literal["contrastive", "mse"] = "contrastive"
    """`contrastive`: pick the item worn among others of its slot, category and group. `mse`:
    reconstruct its vector; the nearest item is the answer, as published."""
    targets: Literal["aligned", "misaligned"] = "aligned"
    """`misaligned`: copies of an outfit, each with another slot masked, are compared with
    outfits in another order than theirs, the published defect; of `mse` alone."""
    loss_on: Literal["masked", "all"] = "masked"
    """Which slots fine-tuning with `mse` is about; `all`, those that are seen too, as published."""
    pretrain: int = 0
    """Epochs of the first stage, which come on top: all items are to be told from the outfit."""
    pretrain_rate: float = 1.0
    """Its learning rate over that of the run."""
    pretrain_hidden: float = 0.0
    """Share of items that are masked in the first stage, the loss being about those; 0, as
    published: none, and about all."""
    slot_weight: float = 1.0
    """Weight of picking among items of the slot that are worn in the batch; of `contrastive`."""
    outfit_weight: float = 1.0
    """Weight of telling outfits from corrupted ones; of `contrastive`."""
    hidden_dim: int = 256
    """Of the hidden layer of `mixed` items."""
    item_dropout: float = 0.3
    """Of `mixed` items."""
    block_dropout: float = 0.1
    """How often a block of an item is hidden in training; of `mixed` items."""
    unknown: float = 0.05
    """How often a category, or the slot asked for, is hidden in training."""
    temperature: float = 0.07
    """What products with the keys are divided by at first; of `contrastive`."""
    references: int = 256
    """Items of each category that a score is measured against."""
    popularity: float = 0.75
    """Weight of an item's log frequency in retrieval."""

    def __post_init__(self) -> None:
        for name, known in _CHOICES.items():
            if (given := getattr(self, name)) not in known:
                raise Misuse(f"{name}={given!r}: give {', '.join(known)}.")
        if self.heads < 1 or self.layers < 1 or self.width < 1 or self.width % self.heads:
            raise Misuse(
                f"layers={self.layers}, heads={self.heads}, width={self.width}: give 1 or more "
                "layers, and a width that is a multiple of the heads."
            )
        if not self.block_dims or self.temperature <= 0 or self.pretrain < 0:
            raise Misuse("block_dims is empty, temperature not above 0, or pretrain below 0.")
        if self.slots and len(self.slots) != self.categories + 1:
            raise Misuse("slots needs a number for every category and for unknown ones.")
        if self.objective == "mse" and self.items == "mixed":
            raise Misuse(
                "With objective=mse, items that are learnt meet the aim by all becoming the same; "
                "give items=frozen, or objective=contrastive."
            )
        if self.objective == "contrastive" and self.targets == "misaligned":
            raise Misuse("targets=misaligned is a defect of objective=mse; set that, too.")

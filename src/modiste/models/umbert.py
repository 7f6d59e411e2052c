"""Which item fills the masked slot of an outfit, by self-attention over the others.

After the umBERT of DeepLearningClothes, made anew from its description: as published, and in
settings of our own. See docs/models.md for what differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.errors import Misuse, check_choices
from modiste.models.base import OutfitModel, Reconstruction, Stage, log_frequency
from modiste.models.items import FrozenItems, ItemEncoder, ItemEncoderConfig, hide
from modiste.models.losses import (
    against_category,
    candidates_of,
    choice_loss,
    outfit_loss,
    pick_loss,
    places,
)
from modiste.models.references import References, judged
from modiste.outfit import Candidates, OutfitBatch

PRETRAIN, FINETUNE = "pretrain", "finetune"


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
        check_choices(self)
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


class SlotTransformer(nn.Module):
    """Self-attention over the items of an outfit, order-free; what is in a slot from its token.

    What belongs to one slot alone (mask, type, decoder) is a row of a tensor, so that any number
    of slots takes the same few operations.

    Args:
        config: settings.
        slots: the highest slot; 0, unknown or any, comes on top.
    """

    def __init__(self, config: UmBertConfig, slots: int) -> None:
        super().__init__()
        self.config = config
        count, width, hidden = slots + 1, config.width, config.decoder_dim
        layer = nn.TransformerEncoderLayer(
            width,
            config.heads,
            config.ff,
            config.dropout,
            "gelu",
            batch_first=True,
            norm_first=config.norm == "pre",
        )
        self.attend = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.masks = nn.Embedding(count if config.masks == "slot" else 1, width)
        self.masks.requires_grad_(config.masks_learn)
        self.types = nn.Embedding(count, width) if config.types == "slot" else None
        if self.types is not None:
            nn.init.normal_(self.types.weight, std=0.3)
        # biases are embeddings, so that weight decay leaves them alone as it does all others
        self.first, self.first_bias = _weights(count, width, hidden)
        self.second, self.second_bias = _weights(count, hidden, width)

    @torch.no_grad()
    def set_masks(self, values: Tensor, slot: Tensor, noise: float) -> None:
        """Start each mask from the mean of its slot's items.

        Args:
            values: (M, W) items worn in training.
            slot: (M,) int64 their slots; masks of others, and of slot 0, take the mean of all.
            noise: standard deviation of what is added to every entry.
        """
        means = values.mean(dim=0).repeat(len(self.masks.weight), 1)
        for index in range(1, len(means)):
            if (slot == index).any():
                means[index] = values[slot == index].mean(dim=0)
        self.masks.weight.copy_(means + noise * torch.randn(means.shape).to(means.device))

    def mask(self, slot: Tensor) -> Tensor:
        """(...) slots -> (..., W) tokens that stand for a missing item."""
        masks: Tensor = self.masks(slot if self.config.masks == "slot" else torch.zeros_like(slot))
        return masks

    def forward(self, tokens: Tensor, slot: Tensor, present: Tensor, asked: Tensor) -> Tensor:
        """What belongs at the places asked for.

        Args:
            tokens: (M, N, W) items, masks among them.
            slot: (M, N) int64.
            present: (M, N) bool, False on padding; no row without an item.
            asked: (M, N) bool, K of them True.

        Returns:
            (K, W) in the order of `asked.nonzero()`.
        """
        if not asked.any():
            return tokens.new_zeros((0, tokens.shape[-1]))
        if self.types is not None:
            tokens = tokens + self.types(slot)
        attended = self.attend(tokens, src_key_padding_mask=~present)
        return self.decode(attended[asked], slot[asked])

    def decode(self, hidden: Tensor, slot: Tensor) -> Tensor:
        """(K, W) through the decoder of the slot of each: (K, W)."""
        count = torch.bincount(slot, minlength=len(self.first))
        order = slot.argsort(stable=True)
        group = slot[order]
        within = torch.arange(len(slot), device=slot.device) - (count.cumsum(0) - count)[group]
        each = hidden.new_zeros((len(count), int(count.max()), hidden.shape[1]))
        each = each.index_put((group, within), hidden[order])  # (S, most of a slot, W)
        inner = F.relu(torch.baddbmm(self.first_bias.weight.unsqueeze(1), each, self.first))
        decoded = torch.baddbmm(self.second_bias.weight.unsqueeze(1), inner, self.second)
        return decoded[group, within][order.argsort()]


class UmBert(OutfitModel):
    """A transformer over the items of an outfit; a decoder for each slot says what belongs there.

    An outfit is a set of items, each of a slot; of several of one slot each has a token.
    """

    slot_of: Tensor
    numbers: ClassVar[int] = 0
    """Columns between the blocks and the log frequency."""

    def __init__(self, config: UmBertConfig) -> None:
        super().__init__()
        self.config = config
        self.stage = FINETUNE
        slots = config.slots or tuple(range(config.categories + 1))
        self.register_buffer("slot_of", torch.tensor(slots), persistent=False)
        self.items = _items(config)
        self.network = SlotTransformer(config, max(slots))
        contrastive = config.objective == "contrastive"
        self.references = References(
            config.categories + 1, config.references, config.width + (not contrastive)
        )
        if contrastive:
            self.log_scale = nn.Parameter(torch.tensor(1 / config.temperature).log())
            self.gate = nn.Embedding(config.categories + 1, config.width)
            nn.init.ones_(self.gate.weight)
        if contrastive and config.outfit_weight:
            self.judge = nn.Parameter(torch.tensor([1.0, 0.0, 0.0]))
        else:
            self.register_buffer("judge", torch.tensor([1.0, 0.0, 0.0]), persistent=False)

    def stages(self, epochs: int) -> tuple[Stage, ...]:
        """Pre-training on top, if there is one."""
        first = Stage(PRETRAIN, self.config.pretrain, self.config.pretrain_rate)
        return (first, Stage(FINETUNE, epochs))

    def enter(self, stage: str) -> None:
        """Go on with `pretrain` or `finetune`."""
        self.stage = stage

    def prepare(self, features: Tensor, category: Tensor) -> None:
        """Take statistics of the features, and the masks, from items worn in training."""
        training = self.training
        self.items.standardise(features)
        self.eval()
        with torch.no_grad():
            _, values = self.vectors(features, category)
        self.network.set_masks(values, self.slot_of[category], self.config.mask_noise)
        self.train(training)

    def settle(self, features: Tensor, category: Tensor) -> None:
        """Keep reference items of every category for `score`."""
        self.references.keep(self._keys(features, category), category)

    def vectors(self, features: Tensor, category: Tensor) -> tuple[Tensor, Tensor]:
        """(M, D) features, (M,) categories -> (M, W) of unit length to search by, (M, W) tokens."""
        return self.items.vectors(features, category)

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) logits; an empty outfit scores 0.

        Each item is masked in turn: its fit less what items of its category reach on average.
        """
        present = batch.present
        keys = self._keys(batch.items[present], batch.category[present])  # (M, H)
        answers = self.answers(batch)
        usual = self.references.log_mean_exp(answers, batch.category[present])
        return judged((answers * keys).sum(dim=-1) - usual, present, self.judge)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, H + 1): what is decoded at the slot's mask; the last entry takes the log frequency.

        Of `mse`, the nearest item has the largest product, as H is W + 1: see `item_vectors`.
        """
        slot = torch.cat([self.slot_of[category][:, None], self.slots(batch)], dim=1)
        tokens = torch.cat([self.network.mask(slot[:, :1]), self.values(batch)], dim=1)
        asked = torch.zeros_like(slot, dtype=torch.bool)
        asked[:, 0] = True
        present = F.pad(batch.present, (1, 0), value=True)
        answers = self.objective.answers(self.network(tokens, slot, present, asked))
        weight = answers.new_full((len(answers), 1), self.config.popularity)
        return torch.cat([answers, weight], dim=-1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, H + 1): the key, then the log frequency.

        Of `mse`, the key is [2v, -|v|^2] / W and a wanted item [w, 1], so that their product is
        less the further v is from w.
        """
        frequency = log_frequency(features, sum(self.config.block_dims) + self.numbers)
        return torch.cat([self._keys(features, category), frequency], dim=-1)

    def answers(self, batch: OutfitBatch) -> Tensor:
        """(M, H) wanted in the place of each of the M items present, it being masked."""
        return self.objective.answers(self.masked_in_turn(self.values(batch), batch))

    def reconstruct(self, batch: OutfitBatch) -> Reconstruction:
        """Mask each item in turn, and decode all items of the outfit every time.

        Nearest counts: how often items are worn plays no part.
        """
        rows, place = batch.present.nonzero().unbind(dim=1)  # (M,)
        tokens, slot, here = self.masked(self.values(batch)[rows], self.slots(batch)[rows], place)
        asked = batch.present[rows]
        copy, item = asked.nonzero().unbind(dim=1)  # (K,)
        answers = self.objective.answers(self.network(tokens, slot, asked, asked))
        return Reconstruction(F.pad(answers, (0, 1)), rows[copy], item, here[copy, item])

    def loss(self, batch: OutfitBatch) -> Tensor:
        """That of the objective, in the stage entered."""
        return self.objective.loss(batch)

    @property
    def objective(self) -> Objective:
        """What answers are compared with; what it learns is the model's own."""
        return Contrastive(self) if self.config.objective == "contrastive" else Squares(self)

    def slots(self, batch: OutfitBatch) -> Tensor:
        """(B, N) int64."""
        return self.slot_of[batch.category] * batch.present

    def values(self, batch: OutfitBatch) -> Tensor:
        """(B, N, W) tokens of the items; 0 on padding."""
        values = batch.items.new_zeros((*batch.present.shape, self.config.width))
        if batch.present.any():
            worn, category = batch.items[batch.present], batch.category[batch.present]
            values[batch.present] = self.vectors(worn, category)[1].to(values.dtype)
        return values

    def _keys(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, H) what answers are multiplied by."""
        return self.objective.searched(*self.vectors(features, category), category)

    def masked_in_turn(self, values: Tensor, batch: OutfitBatch) -> Tensor:
        """(B, N, W) tokens -> (M, W) decoded in the place of each item present, it being masked."""
        rows, place = batch.present.nonzero().unbind(dim=1)  # (M,)
        tokens, slot, here = self.masked(values[rows], self.slots(batch)[rows], place)
        decoded: Tensor = self.network(tokens, slot, batch.present[rows], here)
        return decoded

    def masked(self, values: Tensor, slot: Tensor, place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(M, N, W) tokens and (M, N) slots with the mask at (M,) places, (M, N) where that is."""
        here = torch.arange(slot.shape[1], device=slot.device) == place.unsqueeze(1)
        if self.training:
            slot = torch.where(here, hide(slot, self.config.unknown), slot)
        return torch.where(here.unsqueeze(-1), self.network.mask(slot), values), slot, here

    def shown(self, values: Tensor, batch: OutfitBatch) -> tuple[Tensor, Tensor]:
        """Pre-training: (M, W) decoded, (B, N) bool where; few items or none are masked."""
        slot, share = self.slots(batch), self.config.pretrain_hidden
        masked = batch.present & (torch.rand(slot.shape, device=slot.device) < share)
        asked = masked if masked.any() else batch.present
        tokens = torch.where(masked.unsqueeze(-1), self.network.mask(slot), values)
        return self.network(tokens, slot, batch.present, asked), asked

    def aims(self, values: Tensor) -> Tensor:
        """(B, N, W) what reconstructions are compared with."""
        return values.detach()

    def idle(self) -> Tensor:
        """0: data-parallel wrappers want every weight in the loss, whatever the stage."""
        learnt = [p.sum() for p in self.parameters() if p.requires_grad]
        return torch.stack(learnt).sum() * 0.0


class Contrastive:
    """Picks the item worn among others of its slot, category and group, by inner product."""

    def __init__(self, model: UmBert) -> None:
        self.model = model

    def searched(self, keys: Tensor, values: Tensor, category: Tensor) -> Tensor:
        """(M, W) and (M, W) as `UmBert.vectors` gives them -> (M, W) what is multiplied."""
        gate: Tensor = self.model.gate(category)
        return keys * self.model.log_scale.exp() * gate

    def answers(self, decoded: Tensor) -> Tensor:
        """(K, W) decoded, as it is."""
        return decoded

    def loss(self, batch: OutfitBatch) -> Tensor:
        """Choice among items of the same slot, category, group; real against swapped."""
        model, candidates, present = self.model, candidates_of(batch), batch.present
        keys, values = model.vectors(candidates.items, candidates.category)
        keys = self.searched(keys, values, candidates.category)

        def worn(place: Tensor) -> Tensor:
            return F.embedding(place, values) * present.unsqueeze(-1)  # (B, N, W)

        def judged_among(place: Tensor, logits: Tensor) -> Tensor:
            own, category = place[present], batch.category[present]
            gain = against_category(logits, own, category, candidates.category)
            return judged(gain, present, model.judge)

        real, fake = (
            places(rows, present, candidates.row) for rows in (batch.row, candidates.swapped)
        )
        if model.stage == PRETRAIN:
            decoded, asked = model.shown(worn(real), batch)
            return self._picks(decoded @ keys.T, real, asked, batch, candidates) + model.idle()
        logits = model.masked_in_turn(worn(real), batch) @ keys.T  # (M, P)
        loss = self._picks(logits, real, present, batch, candidates)
        if not model.config.outfit_weight:
            return loss
        swapped = model.masked_in_turn(worn(fake), batch) @ keys.T
        scores = judged_among(real, logits), judged_among(fake, swapped)
        return loss + model.config.outfit_weight * outfit_loss(*scores)

    def _picks(
        self, logits: Tensor, place: Tensor, asked: Tensor, batch: OutfitBatch, among: Candidates
    ) -> Tensor:
        """Picking the items asked for among those of their category, their group, their slot.

        Among those of the slot only what is worn in the batch counts: as often as it is worn in
        all, which wrong items, drawn in equal numbers for every group, are not.
        """
        loss = choice_loss(logits, place, asked, batch.category, among)
        if not self.model.config.slot_weight:
            return loss
        worn = torch.zeros(len(among.row), dtype=torch.bool, device=logits.device)
        worn[place[batch.present]] = True
        slot = self.model.slot_of
        same = slot[among.category] == slot[batch.category][asked].unsqueeze(1)
        picked = pick_loss(logits, place, asked, same & worn)
        return loss + self.model.config.slot_weight * picked


class Squares:
    """Reconstructs the vector of the item: the nearest is the answer.

    A key is [2v, -|v|^2] / W and an answer [w, 1], so that their product is less the further v is
    from w.
    """

    def __init__(self, model: UmBert) -> None:
        self.model = model

    def searched(self, keys: Tensor, values: Tensor, category: Tensor) -> Tensor:
        """(M, W) and (M, W) as `UmBert.vectors` gives them -> (M, W + 1) what is multiplied."""
        length = values.square().sum(dim=-1, keepdim=True)
        return torch.cat([2 * values, -length], dim=-1) / self.model.config.width

    def answers(self, decoded: Tensor) -> Tensor:
        """(K, W) decoded -> (K, W + 1)."""
        return F.pad(decoded, (0, 1), value=1.0)

    def loss(self, batch: OutfitBatch) -> Tensor:
        """Mean over outfits of the summed mean squared errors of their items."""
        model, config = self.model, self.model.config
        values = model.values(batch)
        aims = model.aims(values)
        if model.stage == PRETRAIN:
            decoded, asked = model.shown(values, batch)
            return _error(decoded, aims[asked]).sum() / len(batch) + model.idle()
        rows, place = batch.present.nonzero().unbind(dim=1)
        tokens, slot, asked = model.masked(values[rows], model.slots(batch)[rows], place)
        if config.loss_on == "all":
            asked = batch.present[rows]
        decoded = model.network(tokens, slot, batch.present[rows], asked)
        of = rows if config.targets == "aligned" else _misaligned(rows, len(batch))
        there = (batch.present[of])[asked]  # the other outfit may be shorter
        return (_error(decoded, aims[of][asked]) * there).sum() / len(rows)


Objective: TypeAlias = Contrastive | Squares


def _misaligned(rows: Tensor, outfits: int) -> Tensor:
    """(M,) outfits in the order in which they were repeated whole, not each in turn."""
    return torch.arange(len(rows), device=rows.device) % outfits


def _error(decoded: Tensor, aim: Tensor) -> Tensor:
    """(K, W), (K, W) -> (K,) mean squared errors."""
    return (decoded - aim).square().mean(dim=-1)


def _weights(count: int, inputs: int, outputs: int) -> tuple[nn.Parameter, nn.Embedding]:
    """A linear layer for each slot, started as torch starts one."""
    bound = inputs**-0.5
    bias = nn.Embedding(count, outputs)
    nn.init.uniform_(bias.weight, -bound, bound)
    return nn.Parameter(torch.empty(count, inputs, outputs).uniform_(-bound, bound)), bias


def _items(config: UmBertConfig) -> FrozenItems | ItemEncoder:
    if config.items == "frozen":
        return FrozenItems(config.block_dims, config.width)
    return ItemEncoder(
        ItemEncoderConfig(
            block_dims=config.block_dims,
            categories=config.categories,
            hidden_dim=config.hidden_dim,
            item_dim=config.width,
            dropout=config.item_dropout,
            block_dropout=config.block_dropout,
            unknown=config.unknown,
        )
    )

"""umBERT: which item fills the masked slot of an outfit, by self-attention over the others.

After the umBERT of DeepLearningClothes, made anew from its description: as published, and in
settings of our own. See docs/models.md for what differs.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.errors import Misuse
from modiste.models.base import OutfitModel, Reconstruction, Stage, log_frequency
from modiste.models.items import FrozenItems, ItemEncoder, ItemEncoderConfig, hide
from modiste.models.losses import against_category, choice_loss, outfit_loss, pick_loss, places
from modiste.models.references import References, judged
from modiste.models.slot_transformer import SlotTransformer, SlotTransformerConfig
from modiste.models.umbert_config import UmBertConfig
from modiste.outfit import Candidates, OutfitBatch

PRETRAIN, FINETUNE = "pretrain", "finetune"


class UmBert(OutfitModel):
    """A transformer over the items of an outfit; a decoder for each slot says what belongs there.

    An outfit is a set of items, each of a slot; of several of one slot each has a token.
    """

    slot_of: Tensor

    def __init__(self, config: UmBertConfig) -> None:
        super().__init__()
        self.config = config
        self.stage = FINETUNE
        slots = config.slots or tuple(range(config.categories + 1))
        self.register_buffer("slot_of", torch.tensor(slots), persistent=False)
        self.items = _items(config)
        self.network = SlotTransformer(_network(config, max(slots)))
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
        if isinstance(self.items, ItemEncoder):
            keys, values = self.items(features, category)
            return keys, values * self.config.width**0.5  # entries of about 1
        values = self.items(features)
        return F.normalize(values, dim=-1), values

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
        slot = torch.cat([self.slot_of[category][:, None], self._slots(batch)], dim=1)
        tokens = torch.cat([self.network.mask(slot[:, :1]), self._values(batch)], dim=1)
        asked = torch.zeros_like(slot, dtype=torch.bool)
        asked[:, 0] = True
        present = F.pad(batch.present, (1, 0), value=True)
        answers = self._answers(self.network(tokens, slot, present, asked))
        weight = answers.new_full((len(answers), 1), self.config.popularity)
        return torch.cat([answers, weight], dim=-1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, H + 1): the key, then the log frequency.

        Of `mse`, the key is [2v, -|v|^2] / W and a wanted item [w, 1], so that their product is
        less the further v is from w.
        """
        return torch.cat([self._keys(features, category), self._frequency(features)], dim=-1)

    def answers(self, batch: OutfitBatch) -> Tensor:
        """(M, H) wanted in the place of each of the M items present, it being masked."""
        return self._answers(self._masked_in_turn(self._values(batch), batch))

    def reconstruct(self, batch: OutfitBatch) -> Reconstruction:
        """Mask each item in turn, and decode all items of the outfit every time.

        Nearest counts: how often items are worn plays no part.
        """
        rows, place = batch.present.nonzero().unbind(dim=1)  # (M,)
        tokens, slot, here = self._masked(
            self._values(batch)[rows], self._slots(batch)[rows], place
        )
        asked = batch.present[rows]
        copy, item = asked.nonzero().unbind(dim=1)  # (K,)
        answers = self._answers(self.network(tokens, slot, asked, asked))
        return Reconstruction(F.pad(answers, (0, 1)), rows[copy], item, here[copy, item])

    def loss(self, batch: OutfitBatch) -> Tensor:
        """That of the stage; see `UmBertConfig.objective`."""
        if self.config.objective == "mse":
            return self._squares(batch)
        if batch.candidates is None:
            raise Misuse("A training batch needs candidates; make it with TrainingBatches.")
        return self._choices(batch, batch.candidates)

    def _slots(self, batch: OutfitBatch) -> Tensor:
        """(B, N) int64."""
        return self.slot_of[batch.category] * batch.present

    def _values(self, batch: OutfitBatch) -> Tensor:
        """(B, N, W) tokens of the items; 0 on padding."""
        values = batch.items.new_zeros((*batch.present.shape, self.config.width))
        if batch.present.any():
            worn, category = batch.items[batch.present], batch.category[batch.present]
            values[batch.present] = self.vectors(worn, category)[1].to(values.dtype)
        return values

    def _keys(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, H) what answers are multiplied by."""
        return self._searched(*self.vectors(features, category), category)

    def _searched(self, keys: Tensor, values: Tensor, category: Tensor) -> Tensor:
        """(M, W) and (M, W) as `vectors` gives them -> (M, H)."""
        if self.config.objective == "contrastive":
            gate: Tensor = self.gate(category)
            return keys * self.log_scale.exp() * gate
        length = values.square().sum(dim=-1, keepdim=True)
        return torch.cat([2 * values, -length], dim=-1) / self.config.width

    def _answers(self, decoded: Tensor) -> Tensor:
        """(K, W) decoded -> (K, H) what keys are multiplied by."""
        if self.config.objective == "contrastive":
            return decoded
        return F.pad(decoded, (0, 1), value=1.0)

    def _masked_in_turn(self, values: Tensor, batch: OutfitBatch) -> Tensor:
        """(B, N, W) tokens -> (M, W) decoded in the place of each item present, it being masked."""
        rows, place = batch.present.nonzero().unbind(dim=1)  # (M,)
        tokens, slot, here = self._masked(values[rows], self._slots(batch)[rows], place)
        decoded: Tensor = self.network(tokens, slot, batch.present[rows], here)
        return decoded

    def _masked(self, values: Tensor, slot: Tensor, place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(M, N, W) tokens and (M, N) slots with the mask at (M,) places, (M, N) where that is."""
        here = torch.arange(slot.shape[1], device=slot.device) == place.unsqueeze(1)
        if self.training:
            slot = torch.where(here, hide(slot, self.config.unknown), slot)
        return torch.where(here.unsqueeze(-1), self.network.mask(slot), values), slot, here

    def _shown(self, values: Tensor, batch: OutfitBatch) -> tuple[Tensor, Tensor]:
        """Pre-training: (M, W) decoded, (B, N) bool where; few items or none are masked."""
        slot, share = self._slots(batch), self.config.pretrain_hidden
        masked = batch.present & (torch.rand(slot.shape, device=slot.device) < share)
        asked = masked if masked.any() else batch.present
        tokens = torch.where(masked.unsqueeze(-1), self.network.mask(slot), values)
        return self.network(tokens, slot, batch.present, asked), asked

    def _squares(self, batch: OutfitBatch) -> Tensor:
        """Mean over outfits of the summed mean squared errors of their items."""
        values = self._values(batch)
        aims = self._aims(values)
        if self.stage == PRETRAIN:
            decoded, asked = self._shown(values, batch)
            return _error(decoded, aims[asked]).sum() / len(batch) + self._idle()
        rows, place = batch.present.nonzero().unbind(dim=1)
        tokens, slot, asked = self._masked(values[rows], self._slots(batch)[rows], place)
        if self.config.loss_on == "all":
            asked = batch.present[rows]
        decoded = self.network(tokens, slot, batch.present[rows], asked)
        of = rows if self.config.targets == "aligned" else _misaligned(rows, len(batch))
        there = (batch.present[of])[asked]  # the other outfit may be shorter
        return (_error(decoded, aims[of][asked]) * there).sum() / len(rows)

    def _aims(self, values: Tensor) -> Tensor:
        """(B, N, W) what reconstructions are compared with."""
        return values.detach()

    def _choices(self, batch: OutfitBatch, candidates: Candidates) -> Tensor:
        """Choice among items of the same slot, category, group; real against swapped."""
        keys, values = self.vectors(candidates.items, candidates.category)
        keys = self._searched(keys, values, candidates.category)
        present, real = batch.present, places(batch.row, batch.present, candidates.row)
        worn = F.embedding(real, values) * present.unsqueeze(-1)
        if self.stage == PRETRAIN:
            decoded, asked = self._shown(worn, batch)
            return self._picks(decoded @ keys.T, real, asked, batch, candidates) + self._idle()
        logits = self._masked_in_turn(worn, batch) @ keys.T  # (M, P)
        loss = self._picks(logits, real, present, batch, candidates)
        if not self.config.outfit_weight:
            return loss
        fake = places(candidates.swapped, present, candidates.row)
        worn = F.embedding(fake, values) * present.unsqueeze(-1)
        category = batch.category[present]
        scores = [
            judged(
                against_category(each, place[present], category, candidates.category),
                present,
                self.judge,
            )
            for each, place in (
                (logits, real),
                (self._masked_in_turn(worn, batch) @ keys.T, fake),
            )
        ]
        return loss + self.config.outfit_weight * outfit_loss(*scores)

    def _picks(
        self, logits: Tensor, place: Tensor, asked: Tensor, batch: OutfitBatch, among: Candidates
    ) -> Tensor:
        """Picking the items asked for among those of their category, their group, their slot.

        Among those of the slot only what is worn in the batch counts: as often as it is worn in
        all, which wrong items, drawn in equal numbers for every group, are not.
        """
        loss = choice_loss(logits, place, asked, batch.category, among)
        if not self.config.slot_weight:
            return loss
        worn = torch.zeros(len(among.row), dtype=torch.bool, device=logits.device)
        worn[place[batch.present]] = True
        same = self.slot_of[among.category] == self.slot_of[batch.category][asked].unsqueeze(1)
        return loss + self.config.slot_weight * pick_loss(logits, place, asked, same & worn)

    def _idle(self) -> Tensor:
        """0: data-parallel wrappers want every weight in the loss, whatever the stage."""
        learnt = [p.sum() for p in self.parameters() if p.requires_grad]
        return torch.stack(learnt).sum() * 0.0

    def _frequency(self, features: Tensor) -> Tensor:
        """(M, 1) log frequency; 0 where the features have none."""
        return log_frequency(features, sum(self.config.block_dims) + self._numbers)

    @property
    def _numbers(self) -> int:
        """Columns between the blocks and the log frequency."""
        return 0


def _misaligned(rows: Tensor, outfits: int) -> Tensor:
    """(M,) outfits in the order in which they were repeated whole, not each in turn."""
    return torch.arange(len(rows), device=rows.device) % outfits


def _error(decoded: Tensor, aim: Tensor) -> Tensor:
    """(K, W), (K, W) -> (K,) mean squared errors."""
    return (decoded - aim).square().mean(dim=-1)


def _network(config: UmBertConfig, slots: int) -> SlotTransformerConfig:
    return SlotTransformerConfig(
        slots=slots,
        width=config.width,
        layers=config.layers,
        heads=config.heads,
        ff=config.ff,
        dropout=config.dropout,
        norm=config.norm,
        types=config.types,
        masks=config.masks,
        masks_learn=config.masks_learn,
        decoder_dim=config.decoder_dim,
    )


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

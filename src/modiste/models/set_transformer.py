"""The default model: what goes together, learnt from outfits with one item hidden at a time."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.errors import Misuse
from modiste.models.base import OutfitModel, log_frequency
from modiste.models.items import ItemEncoder, ItemEncoderConfig, hide
from modiste.models.losses import against_category, choice_loss, outfit_loss, places
from modiste.models.query_attention import attend_from_queries, keys_and_values
from modiste.models.references import References, judged
from modiste.outfit import OutfitBatch


@dataclass(frozen=True, kw_only=True)
class SetTransformerConfig:
    """Settings of `SetTransformer`."""

    block_dims: tuple[int, ...]
    """Widths of the feature blocks (image, text, ...) in the order in which they are joined."""
    categories: int
    """How many fine categories are known; index 0, unknown, comes on top."""
    popularity: float = 0.75
    """Weight of an item's log frequency in retrieval, where the last feature is that frequency;
    scores never use it. 1 is what the sampling implies; less serves rare items better."""
    hidden_dim: int = 256
    item_dim: int = 128
    """Length of an item vector; a multiple of `heads`."""
    heads: int = 4
    layers: int = 1
    dropout: float = 0.3
    block_dropout: float = 0.1
    """How often a block of an item is hidden in training, so that none is leant on alone."""
    unknown: float = 0.05
    """How often a category is hidden in training, so that unknown ones are understood."""
    temperature: float = 0.07
    references: int = 256
    """Items a category that a score is measured against."""
    outfit_weight: float = 1.0
    """Weight of the whole-outfit loss beside the choice losses."""

    def __post_init__(self) -> None:
        if self.item_dim % self.heads:
            raise Misuse(f"item_dim={self.item_dim} is no multiple of heads={self.heads}.")
        if not self.block_dims or self.categories < 1 or self.temperature <= 0:
            raise Misuse("block_dims is empty, or categories or temperature is not above 0.")


class SetTransformer(OutfitModel):
    """Order-free: a gated sum of the other items, corrected by self-attention over them.

    The item wanted at a place is a query token of the wanted category that attends to the other
    items (after Lee et al. 2019, arXiv:1810.00825, and the target token of Sarkar et al. 2022,
    arXiv:2204.04812), added to the sum of those items gated by the wanted category (after
    Vasileva et al. 2018, arXiv:1803.09196, section 3). An outfit's score starts from each
    item's logit less the log-mean-exp over reference items of its category, which makes items
    of easy and of hard categories comparable.
    """

    def __init__(self, config: SetTransformerConfig) -> None:
        super().__init__()
        self.config = config
        width = config.item_dim
        self.encode = ItemEncoder(
            ItemEncoderConfig(
                block_dims=config.block_dims,
                categories=config.categories,
                hidden_dim=config.hidden_dim,
                item_dim=width,
                dropout=config.dropout,
                block_dropout=config.block_dropout,
                unknown=config.unknown,
            )
        )
        self.gate = nn.Embedding(config.categories + 1, width)
        self.worn_category = nn.Embedding(config.categories + 1, width)
        self.query = nn.Embedding(config.categories + 1, width)
        self.token = nn.Linear(width, width)
        layer = nn.TransformerEncoderLayer(
            width, config.heads, 2 * width, 0.1, "gelu", batch_first=True, norm_first=True
        )
        self.attend = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.correct = nn.Linear(width, width)
        self.log_scale = nn.Parameter(torch.tensor(1 / config.temperature).log())
        self.judge = nn.Sequential(
            nn.Linear(2 * width, width), nn.GELU(), nn.Dropout(0.2), nn.Linear(width, 1)
        )
        self.weigh = nn.Parameter(torch.tensor([1.0, 0.0, 0.0]))
        self.references = References(config.categories + 1, config.references, width)
        nn.init.ones_(self.gate.weight)
        for embedding in (self.worn_category, self.query):
            nn.init.normal_(embedding.weight, std=0.3)
        for tensor in (self.correct.weight, self.correct.bias):
            nn.init.zeros_(tensor)  # training starts from the plain gated sum

    def prepare(self, features: Tensor, category: Tensor) -> None:
        """Take the statistics of the features from items worn in training."""
        self.encode.standardise(self._seen(features))

    def settle(self, features: Tensor, category: Tensor) -> None:
        """Keep reference items of every category for `score`."""
        keys, _ = self.encode(self._seen(features), category)
        self.references.keep(keys, category)

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) logits; an empty outfit scores 0."""
        keys, values = self._encode_batch(batch)
        tokens = self._batch_tokens(batch, values)
        wanted = self._wanted_each(values, batch.category, batch.present, tokens)
        logits = (wanted * keys).sum(dim=-1) * self.log_scale.exp()  # (B, N)
        usual = self.references.log_mean_exp(
            wanted[batch.present] * self.log_scale.exp(), batch.category[batch.present]
        )
        return self._judged(logits[batch.present] - usual, keys, values, batch.present)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, H + 1): the last entry takes the item's log frequency."""
        _, values = self._encode_batch(batch)
        tokens = self._batch_tokens(batch, values)
        if tokens is not None:
            present, want = batch.present.unsqueeze(1), category.unsqueeze(1)
            wanted = self._wanted_of(values, tokens, present, want).squeeze(1)
        else:
            wanted = self._wanted(values, batch.category, batch.present, category)
        weight = wanted.new_full((len(wanted), 1), self.config.popularity)
        return torch.cat([wanted * self.log_scale.exp(), weight], dim=-1)

    def encoded(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, 4 H): key, value, and how the attention sees the value; (M, 2 H) of more layers."""
        key, value = self.encode(self._seen(features), category)
        tokens = [self._tokens(value, category)] if self._attends_once else []
        return torch.cat([key, value, *tokens], dim=-1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, H + 1): the key, then the log frequency."""
        keys, _ = self.encode(self._seen(features), category)
        return torch.cat([keys, self._frequency(features)], dim=-1)

    def loss(self, batch: OutfitBatch) -> Tensor:
        """Choice among items of the same category, of the same group; real against swapped."""
        candidates = batch.candidates
        if candidates is None:
            raise Misuse("A training batch needs candidates; make it with TrainingBatches.")
        keys, values = self.encode(self._seen(candidates.items), candidates.category)
        real = places(batch.row, batch.present, candidates.row)
        fake = places(candidates.swapped, batch.present, candidates.row)
        present = batch.present
        logits = self._choices(values, keys, batch.category, present, real)  # (M, P)
        choice = choice_loss(logits, real, present, batch.category, candidates)
        if not self.config.outfit_weight:
            return choice
        fake_logits = self._choices(values, keys, batch.category, present, fake)
        scores = [
            self._candidate_score(each, place, keys, values, batch, candidates.category)
            for each, place in ((logits, real), (fake_logits, fake))
        ]
        return choice + self.config.outfit_weight * outfit_loss(*scores)

    def _seen(self, features: Tensor) -> Tensor:
        """The features that the network reads: all but the log frequency."""
        return features[..., : sum(self.config.block_dims)]

    def _frequency(self, features: Tensor) -> Tensor:
        """(M, 1) log frequency; 0 where the features have none."""
        return log_frequency(features, sum(self.config.block_dims))

    def _encode_batch(self, batch: OutfitBatch) -> tuple[Tensor, Tensor]:
        """(B, N, H) keys and values, zero on padding."""
        if batch.encoded:
            width = self.config.item_dim
            return batch.items[..., :width], batch.items[..., width : 2 * width]
        keys = batch.items.new_zeros((*batch.present.shape, self.config.item_dim))
        values = keys.clone()
        if batch.present.any():
            seen = self._seen(batch.items[batch.present])
            keys[batch.present], values[batch.present] = self.encode(
                seen, batch.category[batch.present]
            )
        return keys, values

    def _choices(
        self, values: Tensor, keys: Tensor, category: Tensor, present: Tensor, place: Tensor
    ) -> Tensor:
        """(M, P) logits of every candidate for each of the M items present."""
        worn = F.embedding(place, values) * present.unsqueeze(-1)  # (B, N, H)
        wanted = self._wanted_each(worn, category, present)[present]  # (M, H)
        return wanted @ keys.T * self.log_scale.exp()

    def _candidate_score(
        self,
        logits: Tensor,
        place: Tensor,
        keys: Tensor,
        values: Tensor,
        batch: OutfitBatch,
        categories: Tensor,
    ) -> Tensor:
        """(B,) outfit scores, the candidates of the batch standing in for the references."""
        present = batch.present
        own = against_category(logits, place[present], batch.category[present], categories)
        mask = present.unsqueeze(-1)
        return self._judged(
            own, F.embedding(place, keys) * mask, F.embedding(place, values) * mask, present
        )

    def _judged(self, own: Tensor, keys: Tensor, values: Tensor, present: Tensor) -> Tensor:
        """(M,) logits of the items present, (B, N, H) keys and values -> (B,) outfit logits."""
        count = present.sum(dim=1).clamp(min=1)
        look = torch.cat([keys, values], dim=-1).sum(dim=1) / count.unsqueeze(-1)  # (B, 2H)
        taste: Tensor = self.judge(look).squeeze(-1) * present.any(dim=1)
        return judged(own, present, self.weigh) + taste

    def _wanted_each(
        self, values: Tensor, category: Tensor, present: Tensor, tokens: Tensor | None = None
    ) -> Tensor:
        """(B, N, H): for each place the item wanted there, given the others; 0 on padding."""
        batch, length = present.shape
        place = torch.arange(length, device=present.device)
        others = present.unsqueeze(1) & (place != place.unsqueeze(1))  # (B, N, N)
        if self._attends_once:
            tokens = self._tokens(values, category) if tokens is None else tokens
            return self._wanted_of(values, tokens, others, category) * present.unsqueeze(-1)
        rows = present.nonzero()[:, 0]  # (M,) which outfit each item is of
        wanted = self._wanted(values[rows], category[rows], others[present], category[present])
        result = values.new_zeros((batch, length, wanted.shape[-1]))
        result[present] = wanted
        return result

    def _wanted(self, values: Tensor, category: Tensor, present: Tensor, want: Tensor) -> Tensor:
        """(M, N, H) worn items, those `present` count, (M,) wanted category -> (M, H)."""
        if self.training:
            category, want = hide(category, self.config.unknown), hide(want, self.config.unknown)
        count = present.sum(dim=1, keepdim=True).clamp(min=1)
        total = (values * present.unsqueeze(-1)).sum(dim=1) / count.sqrt()  # (M, H)
        tokens = self.token(values * 0.3 * values.shape[-1] ** 0.5) + self.worn_category(category)
        tokens = torch.cat([self.query(want).unsqueeze(1), tokens], dim=1)  # (M, 1 + N, H)
        padding = F.pad(~present, (1, 0))  # the query is always there
        attended = self.attend(tokens, src_key_padding_mask=padding)[:, 0]
        wanted: Tensor = total * self.gate(want) + self.correct(attended)
        return wanted

    @property
    def _attends_once(self) -> bool:
        """Whether only the query tokens need attend: one layer, and nothing left to chance."""
        return self.config.layers == 1 and not self.training

    def _tokens(self, values: Tensor, category: Tensor) -> Tensor:
        """(..., H) values to the (..., 2 H) keys and values of the attention."""
        tokens = self.token(values * 0.3 * values.shape[-1] ** 0.5) + self.worn_category(category)
        return keys_and_values(self.attend.layers[0], tokens)

    def _batch_tokens(self, batch: OutfitBatch, values: Tensor) -> Tensor | None:
        """`_tokens` of a batch's items, as they come with encoded ones; None if nobody asks."""
        if not self._attends_once:
            return None
        if batch.encoded:
            return batch.items[..., 2 * self.config.item_dim :]
        return self._tokens(values, batch.category)

    def _wanted_of(self, values: Tensor, tokens: Tensor, worn: Tensor, want: Tensor) -> Tensor:
        """`_wanted`, several times an outfit and without what nobody reads.

        Args:
            values: (B, N, H) of the items.
            tokens: (B, N, 2 H) theirs.
            worn: (B, Q, N) bool, the items that each of Q questions is asked about.
            want: (B, Q) wanted categories.

        Returns:
            (B, Q, H) the items wanted.
        """
        count = worn.sum(dim=-1, keepdim=True).clamp(min=1)
        total = worn.to(values.dtype) @ values / count.sqrt()  # (B, Q, H)
        layer = self.attend.layers[0]
        attended = attend_from_queries(layer, self.query.weight, want, tokens, worn)
        wanted: Tensor = total * self.gate(want) + self.correct(attended)
        return wanted

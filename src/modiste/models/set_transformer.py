"""The default model: what goes together, learnt from outfits with one item hidden at a time.

`SetTransformer` has the equation, `OneLayer` a shorter way to its answers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.errors import Misuse
from modiste.models.base import OutfitModel, log_frequency
from modiste.models.items import ItemEncoder, ItemEncoderConfig, hide
from modiste.models.losses import against_category, candidates_of, choice_loss, outfit_loss, places
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
    Vasileva et al. 2018, arXiv:1803.09196, section 3):

        wanted = gate[want] * sum(values) / sqrt(n) + correct(attend([query[want], tokens])[0])

    An outfit's score starts from each item's logit less the log-mean-exp over reference items of
    its category, which makes items of easy and of hard categories comparable.
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
        present, category = batch.present, batch.category
        keys, values, tokens = self._worn(batch)
        if self._attends_once:
            others = _others(present)
            wanted = OneLayer(self).wanted(values, tokens, others, category)[present]
        else:
            wanted = self._wanted_each(values, category, present)
        own = (wanted * keys[present]).sum(dim=-1) * self.log_scale.exp()  # (M,)
        usual = self.references.log_mean_exp(wanted * self.log_scale.exp(), category[present])
        return self._judged(own - usual, keys, values, present)

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, H + 1): the last entry takes the item's log frequency."""
        _, values, tokens = self._worn(batch)
        if self._attends_once:
            worn, want = batch.present.unsqueeze(1), category.unsqueeze(1)
            wanted = OneLayer(self).wanted(values, tokens, worn, want).squeeze(1)
        else:
            wanted = self._wanted(values, batch.category, batch.present, category)
        weight = wanted.new_full((len(wanted), 1), self.config.popularity)
        return torch.cat([wanted * self.log_scale.exp(), weight], dim=-1)

    def encoded(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, 4 H): key, value, and how the attention sees the value; (M, 2 H) of more layers."""
        key, value = self.encode(self._seen(features), category)
        seen = [OneLayer(self).seen(value, category)] if self._attends_once else []
        return torch.cat([key, value, *seen], dim=-1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, H + 1): the key, then the log frequency; 0 where the features have none."""
        keys, _ = self.encode(self._seen(features), category)
        frequency = log_frequency(features, sum(self.config.block_dims))
        return torch.cat([keys, frequency], dim=-1)

    def loss(self, batch: OutfitBatch) -> Tensor:
        """Choice among items of the same category, of the same group; real against swapped."""
        candidates, present = candidates_of(batch), batch.present
        keys, values = self.encode(self._seen(candidates.items), candidates.category)
        own_category = batch.category[present]

        def worn(vectors: Tensor, place: Tensor) -> Tensor:
            return F.embedding(place, vectors) * present.unsqueeze(-1)  # (B, N, H)

        def choices(place: Tensor) -> Tensor:
            wanted = self._wanted_each(worn(values, place), batch.category, present)
            logits: Tensor = wanted @ keys.T * self.log_scale.exp()
            return logits  # (M, P)

        def judged_among(place: Tensor, logits: Tensor) -> Tensor:
            # the candidates of the batch stand in for the references
            own = against_category(logits, place[present], own_category, candidates.category)
            return self._judged(own, worn(keys, place), worn(values, place), present)

        real, fake = (
            places(rows, present, candidates.row) for rows in (batch.row, candidates.swapped)
        )
        logits = choices(real)
        loss = choice_loss(logits, real, present, batch.category, candidates)
        if not self.config.outfit_weight:
            return loss
        swapped = choices(fake)
        scores = judged_among(real, logits), judged_among(fake, swapped)
        return loss + self.config.outfit_weight * outfit_loss(*scores)

    def tokens(self, values: Tensor, category: Tensor) -> Tensor:
        """(..., H) values of items worn, (...) their categories -> (..., H) what is attended to."""
        tokens = self.token(values * 0.3 * values.shape[-1] ** 0.5)
        result: Tensor = tokens + self.worn_category(category)
        return result

    def gated(self, total: Tensor, attended: Tensor, want: Tensor) -> Tensor:
        """(..., H) sums of values, (..., H) what the queries became, (...) wanted categories."""
        wanted: Tensor = total * self.gate(want) + self.correct(attended)
        return wanted

    def _wanted(self, values: Tensor, category: Tensor, present: Tensor, want: Tensor) -> Tensor:
        """(M, N, H) worn items, those `present` count, (M,) wanted category -> (M, H)."""
        if self.training:
            category, want = hide(category, self.config.unknown), hide(want, self.config.unknown)
        count = present.sum(dim=1, keepdim=True).clamp(min=1)
        total = (values * present.unsqueeze(-1)).sum(dim=1) / count.sqrt()  # (M, H)
        tokens = self.tokens(values, category)
        tokens = torch.cat([self.query(want).unsqueeze(1), tokens], dim=1)  # (M, 1 + N, H)
        padding = F.pad(~present, (1, 0))  # the query is always there
        attended = self.attend(tokens, src_key_padding_mask=padding)[:, 0]
        return self.gated(total, attended, want)

    def _wanted_each(self, values: Tensor, category: Tensor, present: Tensor) -> Tensor:
        """(B, N, H), (B, N), (B, N) -> (M, H) wanted in the place of each, given the others."""
        rows = present.nonzero()[:, 0]  # (M,) which outfit each item is of
        others = _others(present)[present]
        return self._wanted(values[rows], category[rows], others, category[present])

    def _judged(self, own: Tensor, keys: Tensor, values: Tensor, present: Tensor) -> Tensor:
        """(M,) logits of the items present, (B, N, H) keys and values -> (B,) outfit logits."""
        count = present.sum(dim=1).clamp(min=1)
        look = torch.cat([keys, values], dim=-1).sum(dim=1) / count.unsqueeze(-1)  # (B, 2H)
        taste: Tensor = self.judge(look).squeeze(-1) * present.any(dim=1)
        return judged(own, present, self.weigh) + taste

    def _seen(self, features: Tensor) -> Tensor:
        """The features that the network reads: all but the log frequency."""
        return features[..., : sum(self.config.block_dims)]

    def _worn(self, batch: OutfitBatch) -> tuple[Tensor, ...]:
        """What `encoded` makes of a batch, in its three parts; zero on padding."""
        worn = batch.items
        if not batch.encoded:
            made = self.encoded(batch.items[batch.present], batch.category[batch.present])
            worn = made.new_zeros((*batch.present.shape, made.shape[-1]))
            worn[batch.present] = made
        width = self.config.item_dim
        return worn.tensor_split((width, 2 * width), dim=-1)

    @property
    def _attends_once(self) -> bool:
        """Whether only the query tokens need attend: one layer, and nothing left to chance."""
        return self.config.layers == 1 and not self.training


class OneLayer:
    """The answers of a model of one layer in eval mode, without what nobody reads.

    Of a layer run over [query, tokens] only the query's place is read. So the tokens are not
    carried on; how the query sees them is made once for all questions about an outfit, or once an
    item (see `SetTransformer.encoded`); and the queries, of which there are few kinds, are made
    once for all outfits.
    """

    def __init__(self, model: SetTransformer) -> None:
        self.model = model
        self.layer: nn.TransformerEncoderLayer = model.attend.layers[0]  # of `norm_first`

    def seen(self, values: Tensor, category: Tensor) -> Tensor:
        """(..., H) values, (...) categories -> (..., 2 H) the attention's keys and values."""
        tokens, attention = self.model.tokens(values, category), self.layer.self_attn
        width = tokens.shape[-1]
        weight, bias = attention.in_proj_weight[width:], attention.in_proj_bias[width:]
        return F.linear(self.layer.norm1(tokens), weight, bias)

    def wanted(self, values: Tensor, seen: Tensor, worn: Tensor, want: Tensor) -> Tensor:
        """What Q questions about each outfit are answered with.

        Args:
            values: (B, N, H) of the items.
            seen: (B, N, 2 H) theirs.
            worn: (B, Q, N) bool, the items that each question is asked about.
            want: (B, Q) wanted categories.

        Returns:
            (B, Q, H) the items wanted.
        """
        count = worn.sum(dim=-1, keepdim=True).clamp(min=1)
        total = worn.to(values.dtype) @ values / count.sqrt()  # (B, Q, H)
        return self.model.gated(total, self.attended(seen, worn, want), want)

    def attended(self, seen: Tensor, worn: Tensor, want: Tensor) -> Tensor:
        """(B, Q, H) what the layer makes of the query tokens; arguments as those of `wanted`."""
        (batch, asked), length, layer = want.shape, seen.shape[1], self.layer
        queries, attention = self.model.query.weight, layer.self_attn  # (C, H)
        heads, width = attention.num_heads, queries.shape[-1]
        made = F.linear(layer.norm1(queries), attention.in_proj_weight, attention.in_proj_bias)
        q, own_k, own_v = made.view(-1, 3, heads, width // heads).unbind(dim=1)  # (C, heads, d)
        k, v = seen.view(batch, length, 2, heads, width // heads).unbind(dim=2)  # (B, N, heads, d)
        q = q * (width // heads) ** -0.5
        asking = F.embedding(want, q.flatten(1)).view(batch, asked, heads, width // heads)
        towards = torch.einsum("bqhd,bnhd->bqhn", asking, k)
        towards = towards.masked_fill(~worn.unsqueeze(2), -torch.inf)  # (B, Q, heads, N)
        itself = F.embedding(want, (q * own_k).sum(dim=-1)).unsqueeze(-1)  # (B, Q, heads, 1)
        share = torch.cat([itself, towards], dim=-1).softmax(dim=-1)
        own = F.embedding(want, own_v.flatten(1)).view(asking.shape)
        mixed = torch.einsum("bqhn,bnhd->bqhd", share[..., 1:], v) + share[..., :1] * own
        hidden = F.embedding(want, queries) + attention.out_proj(mixed.reshape(batch, asked, width))
        inner = layer.activation(layer.linear1(layer.norm2(hidden)))
        result: Tensor = hidden + layer.linear2(inner)
        return result


def _others(present: Tensor) -> Tensor:
    """(B, N) -> (B, N, N) for each place, the items present at the others."""
    place = torch.arange(present.shape[1], device=present.device)
    return present.unsqueeze(1) & (place != place.unsqueeze(1))

"""The Bi-LSTM of Han et al. 2017 (arXiv:1707.05691), as published and as it does best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.errors import Misuse, check_choices
from modiste.models.base import OutfitModel, log_frequency
from modiste.models.items import ItemEncoder, ItemEncoderConfig, Standardised
from modiste.models.losses import (
    against_category,
    candidates_of,
    choice_loss,
    next_item_loss,
    next_item_loss_once,
    outfit_loss,
    places,
)
from modiste.models.recurrence import BothWays, Cell, Reading, RecurrenceConfig
from modiste.models.references import References, judged, spread
from modiste.models.visual_semantic import VisualSemanticConfig, VisualSemanticSpace
from modiste.outfit import OutfitBatch


@dataclass(frozen=True, kw_only=True)
class BiLstmConfig:
    """Settings of `BiLstm`."""

    block_dims: tuple[int, ...]
    """Widths of the feature blocks in the order in which they are joined."""
    categories: int
    """How many fine categories are known; index 0, unknown, comes on top."""
    words: int = 0
    """How many words are known, for the visual-semantic loss; 0 without it."""
    word_columns: int = 0
    """Columns of word numbers after the blocks."""
    category_rank: tuple[int, ...] = ()
    """Place of each category in the order of reading; in the order of their numbers if empty."""
    order: Literal["category", "given"] = "category"
    """How outfits are read: by `category_rank`, or as they are given."""
    cell: Cell = "lstm"
    directions: Literal["both", "forward", "backward"] = "both"
    width: int = 512
    """Of item vectors and of the state."""
    items: Literal["linear", "mixed"] = "linear"
    """`linear`: one map without bias, the same for items read and items expected, as published.
    `mixed`: blocks and category through a hidden layer, a value and a key each."""
    objective: Literal["next", "next_once", "choice"] = "next"
    """`next`: each direction picks the next item among those of the batch, every end of an
    outfit a class of its own, as published. `next_once`: the same with each item, and the end,
    among the classes once. `choice`: both directions together pick the item worn among those of
    its category and of its group, and tell outfits from corrupted ones."""
    semantic_weight: float = 1.0
    """Weight of the visual-semantic loss; 0: without."""
    semantic_map: Literal["own", "shared"] = "own"
    """`own`: photographs reach the space of the words by a map of their own, as published; what
    they share with the recurrences is the encoder alone, which is nothing while it is frozen.
    `shared`: by the map of `linear` items, so that words bear on what is read."""
    margin: float = 0.2
    """Of the visual-semantic loss, in cosines."""
    outfit_weight: float = 1.0
    """Weight of the whole-outfit loss; of `choice` alone."""
    feature_scale: float = 1.0
    """Root mean square of features as they are read; of `linear` items alone."""
    feature_dropout: float = 0.2
    """Of features, in training; of `linear` items alone."""
    dropout: float = 0.3
    """Of what goes into the recurrences and of what comes out, in training."""
    block_dropout: float = 0.1
    """How often a block of an item is hidden in training; of `mixed` items alone."""
    unknown: float = 0.05
    """How often a category is hidden in training; of `mixed` items alone."""
    hidden_dim: int = 256
    """Of the hidden layer of `mixed` items."""
    temperature: float = 0.07
    """What products with the keys of `mixed` items are divided by at first; then learnt."""
    init: float = 0.08
    """Weights start uniformly between minus and plus this."""
    references: int = 256
    """Items that a score is measured against: of each category (`choice`), or of all."""
    popularity: float = 0.0
    """Weight of an item's log frequency in retrieval."""

    def __post_init__(self) -> None:
        check_choices(self)
        if not self.block_dims or self.width < 1 or self.init <= 0 or self.temperature <= 0:
            raise Misuse("block_dims is empty, or width, init or temperature is not above 0.")
        if self.category_rank and len(self.category_rank) != self.categories + 1:
            raise Misuse("category_rank needs a place for every category and for unknown ones.")
        if self.semantic_map == "shared" and self.items != "linear":
            raise Misuse("semantic_map=shared needs items=linear: mixed items have no one map.")
        if self.semantic_weight and (self.words < 1 or self.word_columns < 1):
            raise Misuse(
                "The visual-semantic loss learns from titles, and the wardrobe has none; train "
                "without it: --set semantic_weight=0."
            )


class LinearItems(Standardised):
    """One map without bias; an item is read as what it is expected as."""

    def __init__(self, config: BiLstmConfig) -> None:
        super().__init__(config.block_dims)
        self.size = config.feature_scale
        self.drop = nn.Dropout(config.feature_dropout)
        self.map = nn.Linear(sum(config.block_dims), config.width, bias=False)
        nn.init.uniform_(self.map.weight, -config.init, config.init)

    def vectors(self, features: Tensor, category: Tensor) -> tuple[Tensor, Tensor]:
        """(M, D) features to (M, W) keys and the same as values."""
        vectors = self.map(self.drop(self.standard(features) * self.size))
        return vectors, vectors


class ByCategory(nn.Module):
    """Outfits are sets, read by the ranks of their categories.

    Items of one category stand in the order of their first feature: any order does, so long as it
    is theirs and not that in which they were given.
    """

    ordered = False
    ranks: Tensor

    def __init__(self, ranks: Sequence[int]) -> None:
        super().__init__()
        self.register_buffer("ranks", torch.tensor(ranks), persistent=False)

    def rank(self, category: Tensor) -> Tensor:
        """Place of categories in the order of reading."""
        ranks: Tensor = self.ranks[category]
        return ranks

    def places(self, batch: OutfitBatch) -> Tensor:
        """(B, N) int64 places of a batch's items in the order of reading, padding last."""
        rank = torch.where(batch.present, self.rank(batch.category), len(self.ranks))
        index = batch.items[..., 0].argsort(dim=1, stable=True)
        return index.gather(1, rank.gather(1, index).argsort(dim=1, stable=True))

    def gap(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B,) where items of the (B,) categories belong: after those of no later category."""
        earlier = self.rank(batch.category) <= self.rank(category).unsqueeze(1)
        return (batch.present & earlier).sum(dim=1)


class AsGiven(nn.Module):
    """Outfits are sequences, read as they are given; what is wanted comes last."""

    ordered = True

    def rank(self, category: Tensor) -> Tensor:
        """All categories are alike."""
        return torch.zeros_like(category)

    def places(self, batch: OutfitBatch) -> Tensor:
        """(B, N) int64 places of a batch's items in the order of reading, padding last."""
        return (~batch.present).long().argsort(dim=1, stable=True)

    def gap(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B,) the end of each outfit."""
        return batch.present.sum(dim=1)


class BiLstm(OutfitModel):
    """Reads an outfit in both directions and says at every gap what belongs there."""

    def __init__(self, config: BiLstmConfig) -> None:
        super().__init__()
        self.config = config
        self.items = _items(config)
        self.read = BothWays(
            RecurrenceConfig(
                cell=config.cell,
                width=config.width,
                dropout=config.dropout,
                init=config.init,
                starts=config.objective == "choice",
            )
        )
        self.semantic = _semantic(config)
        if self.semantic is not None and isinstance(self.items, LinearItems):
            if config.semantic_map == "shared":
                self.semantic.share(self.items.map)
        self.references = References(config.categories + 1, config.references, config.width)
        if config.objective == "choice":
            self.gate = nn.Embedding(config.categories + 1, config.width)
            nn.init.ones_(self.gate.weight)
            self.judge = nn.Parameter(torch.tensor([1.0, 0.0, 0.0]))  # of mean, worst; a bias
        if config.items == "mixed":
            self.log_scale = nn.Parameter(torch.tensor(1 / config.temperature).log())
        ranks = config.category_rank or range(config.categories + 1)
        self.order = ByCategory(ranks) if config.order == "category" else AsGiven()
        for recurrence, name in ((self.read.onwards, "backward"), (self.read.backwards, "forward")):
            if config.directions == name:
                recurrence.requires_grad_(False)

    @property
    def ordered(self) -> bool:  # type: ignore[override]
        """Outfits read by category are sets."""
        return self.order.ordered

    @property
    def objective(self) -> Objective:
        """How expectations are judged and learnt; what it learns is the model's own."""
        return Choice(self) if self.config.objective == "choice" else NextItem(self)

    def prepare(self, features: Tensor, category: Tensor) -> None:
        """Take the statistics of the features from items worn in training."""
        self.items.standardise(features)
        if self.semantic is not None:
            self.semantic.standardise(features)

    def settle(self, features: Tensor, category: Tensor) -> None:
        """Keep reference items for `score`."""
        self.references.keep(self.keys(features, category), category)

    def keys_and_values(self, features: Tensor, category: Tensor) -> tuple[Tensor, Tensor]:
        """(M, W) each: what expectations are compared with, and what the recurrences read."""
        keys, values = self.items.vectors(features, category)
        if self.config.items == "mixed":
            keys = keys * self.log_scale.exp()
        return self.objective.searched(keys, category), values

    def keys(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, D) features, (M,) categories -> (M, W) what is expected is compared with these."""
        return self.keys_and_values(features, category)[0]

    def values(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, D) features, (M,) categories -> (M, W) what the recurrences read."""
        return self.keys_and_values(features, category)[1]

    def predictions(self, values: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """What is expected at each gap, by each direction; see `BothWays`.

        Args:
            values: (B, N, W) in the order of reading, padding last.
            length: (B,) int64.

        Returns:
            Two of (B, N + 1, W); a direction that the model does without is zero.
        """
        onwards, backwards = self.read(values, length)
        one_way = self.config.directions
        return onwards * (one_way != "backward"), backwards * (one_way != "forward")

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) logits; an empty outfit scores 0.

        Mean log-likelihood of the items, measured against the reference items (of the same
        category, where that is how the model learnt; with the ends of the outfit, where it learnt
        those) rather than against whatever else is asked about.
        """
        return self.objective.score(self.read_batch(batch))

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, W + 1): both directions' sum at the gap; the last entry takes the log frequency."""
        read, gap = self.read_batch(batch), self.order.gap(batch, category)
        at = gap.view(-1, 1, 1).expand(-1, 1, self.config.width)
        wanted = (read.onwards.gather(1, at) + read.backwards.gather(1, at)).squeeze(1)
        return torch.cat([wanted, wanted.new_full((len(wanted), 1), self.config.popularity)], dim=1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, W + 1): the key, then the log frequency."""
        read = sum(self.config.block_dims) + self.config.word_columns
        return torch.cat([self.keys(features, category), log_frequency(features, read)], dim=-1)

    def loss(self, batch: OutfitBatch) -> Tensor:
        """That of the objective, plus the visual-semantic loss at its weight."""
        loss = self.objective.loss(batch)
        if self.semantic is None:
            return loss
        return loss + self.config.semantic_weight * self.semantic.loss(batch.items[batch.present])

    def read_batch(self, batch: OutfitBatch) -> Reading:
        """Items of a batch in the order of reading, and what is expected at their gaps."""
        shape = (*batch.present.shape, self.config.width)
        keys, values = batch.items.new_zeros(shape), batch.items.new_zeros(shape)
        if batch.present.any():
            keys[batch.present], values[batch.present] = self.keys_and_values(
                batch.items[batch.present], batch.category[batch.present]
            )
        return self.reading(batch, keys, values, batch.row)

    def reading(self, batch: OutfitBatch, keys: Tensor, values: Tensor, row: Tensor) -> Reading:
        """Items with their (B, N, W) keys and values, in the order of reading; see `read_batch`."""
        index, length = self.order.places(batch), batch.present.sum(dim=1)
        wide = index.unsqueeze(-1).expand(-1, -1, self.config.width)
        values = values.gather(1, wide)
        onwards, backwards = self.predictions(values, length)
        return Reading(
            keys=keys.gather(1, wide),
            onwards=onwards,
            backwards=backwards,
            present=torch.arange(index.shape[1], device=index.device) < length.unsqueeze(1),
            length=length,
            categories=batch.category.gather(1, index),
            rows=row.gather(1, index),
        )


class NextItem:
    """Each direction picks the next item, and the end, among those of all (equations 1 and 2)."""

    def __init__(self, model: BiLstm) -> None:
        self.model = model

    def searched(self, keys: Tensor, category: Tensor) -> Tensor:
        """(M, W) keys, as they are."""
        return keys

    def score(self, read: Reading) -> Tensor:
        """(B,) mean log-likelihood of the steps among the references, both directions added."""
        total = read.keys.new_zeros(len(read.length))
        for expected, actual, _ in self._steps(read):
            usual = self.model.references.log_sum_exp(expected).logaddexp(expected.new_zeros(()))
            gain = (expected * actual).sum(dim=-1) - usual
            total = total + spread(gain, read.present).sum(dim=1) / read.length.clamp(min=1)
        return total

    def loss(self, batch: OutfitBatch) -> Tensor:
        """Both directions' cross-entropies, added."""
        losses = [
            next_item_loss(expected, actual)
            if self.model.config.objective == "next"
            else next_item_loss_once(expected, actual, row)
            for expected, actual, row in self._steps(self.model.read_batch(batch))
        ]
        return torch.stack(losses).sum()

    def _steps(self, read: Reading) -> list[tuple[Tensor, Tensor, Tensor]]:
        ways = {"forward": read.onward_steps, "backward": read.backward_steps}
        directions = self.model.config.directions
        return [way() for name, way in ways.items() if directions in (name, "both")]


class Choice:
    """Both directions together pick the item worn, among those of its category, of its group."""

    def __init__(self, model: BiLstm) -> None:
        self.model = model

    def searched(self, keys: Tensor, category: Tensor) -> Tensor:
        """(M, W) keys, (M,) categories -> (M, W) gated."""
        gate: Tensor = self.model.gate(category)
        return keys * gate

    def score(self, read: Reading) -> Tensor:
        """(B,) how much better the items fit than references of their categories."""
        usual = self.model.references.log_mean_exp(read.expected, read.category)
        own = (read.expected * read.keys[read.present]).sum(dim=-1)
        return judged(own - usual, read.present, self.model.judge)

    def loss(self, batch: OutfitBatch) -> Tensor:
        """Choice among items of the same category, of the same group; real against swapped."""
        model, candidates, worn = self.model, candidates_of(batch), batch.present.unsqueeze(-1)
        keys, values = model.keys_and_values(candidates.items, candidates.category)
        scores: list[Tensor] = []
        loss = keys.new_zeros(())
        for rows in (batch.row, candidates.swapped):
            place = places(rows, batch.present, candidates.row)
            read = model.reading(
                batch, F.embedding(place, keys) * worn, F.embedding(place, values) * worn, place
            )
            logits = read.expected @ keys.T  # (M, P)
            if not scores:
                loss = choice_loss(logits, read.rows, read.present, read.categories, candidates)
            own = read.rows[read.present]
            gain = against_category(logits, own, read.category, candidates.category)
            scores.append(judged(gain, read.present, model.judge))
        return loss + model.config.outfit_weight * outfit_loss(*scores)


Objective: TypeAlias = NextItem | Choice


def _items(config: BiLstmConfig) -> LinearItems | ItemEncoder:
    if config.items == "linear":
        return LinearItems(config)
    return ItemEncoder(
        ItemEncoderConfig(
            block_dims=config.block_dims,
            categories=config.categories,
            hidden_dim=config.hidden_dim,
            item_dim=config.width,
            dropout=config.dropout,
            block_dropout=config.block_dropout,
            unknown=config.unknown,
        )
    )


def _semantic(config: BiLstmConfig) -> VisualSemanticSpace | None:
    if not config.semantic_weight:
        return None
    return VisualSemanticSpace(
        VisualSemanticConfig(
            block_dims=config.block_dims,
            categories=config.categories,
            words=config.words,
            word_columns=config.word_columns,
            width=config.width,
            margin=config.margin,
            init=config.init,
        )
    )

"""Late fusion: several trained models asked side by side, their answers weighed.

Han et al. 2017, arXiv:1707.05691, compare their joint model with such a fusion of its parts, each
trained alone. What each member says is first put on one scale, measured on the validation split.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from modiste.errors import Misuse
from modiste.models.base import OutfitModel
from modiste.outfit import OutfitBatch


@dataclass(frozen=True, kw_only=True)
class Member:
    """One model of a fusion, and how much it counts."""

    model: str
    """Its name, as `model_config` knows it."""
    settings: Mapping[str, Any]
    """Its settings as plain values; those of a fusion hold members of their own."""
    columns: tuple[tuple[int, int], ...]
    """Where its blocks lie in the fused features: first column and the one after the last. The
    log frequency, the last column of all, comes after them unsaid."""
    weight: float
    """Of its score, 0 or more."""
    centre: float = 0.0
    """Its mean score of validation outfits."""
    scale: float = 1.0
    """Their spread, above 0."""
    wanted_weight: float
    """Of the item that it wants, 0 or more."""
    wanted_scale: float = 1.0
    """Spread of its inner products among candidates for one place, above 0."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", _plain(self.settings))
        object.__setattr__(self, "columns", tuple((int(a), int(b)) for a, b in self.columns))
        numbers = (self.weight, self.centre, self.scale, self.wanted_weight, self.wanted_scale)
        if not all(math.isfinite(number) for number in numbers):
            raise Misuse(f"A number of the fused {self.model} is not finite.")
        if min(self.weight, self.wanted_weight) < 0 or min(self.scale, self.wanted_scale) <= 0:
            raise Misuse(f"A weight of the fused {self.model} is below 0, or a scale is not above.")
        if not self.columns or any(not 0 <= a < b for a, b in self.columns):
            raise Misuse(f"The columns of the fused {self.model} are no ranges.")


@dataclass(frozen=True, kw_only=True)
class FusionConfig:
    """Settings of `Fusion`; `modiste fuse` makes them."""

    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        made = tuple(m if isinstance(m, Member) else Member(**m) for m in self.members)
        object.__setattr__(self, "members", made)
        if not sum(m.weight for m in made) or not sum(m.wanted_weight for m in made):
            raise Misuse("A fusion needs members, and one of them must have a weight above 0.")


class Fusion(OutfitModel):
    """A weighted sum of what its members say, each on a scale of its own.

    score = sum of weight * (score - centre) / scale. What is wanted, and what items are searched
    by, are those of the members side by side, so that the inner product is the sum of theirs,
    weighted likewise. A member of weight 0 is not asked.

    Args:
        config: one entry a member.
        members: the models, in that order.
    """

    def __init__(self, config: FusionConfig, members: Sequence[OutfitModel]) -> None:
        super().__init__()
        self.config = config
        self.members = nn.ModuleList(members)
        self.ordered = any(member.ordered for member in members)

    def score(self, batch: OutfitBatch) -> Tensor:
        """(B,) weighted sum of the standardised scores; 0 is a usual outfit."""
        total = batch.items.new_zeros(len(batch))
        for terms, member in self.pairs():
            if terms.weight:
                score = member.score(_seen_by(terms, batch))
                total = total + (terms.weight / terms.scale) * (score - terms.centre)
        return total

    def wanted(self, batch: OutfitBatch, category: Tensor) -> Tensor:
        """(B, H) what the members want, side by side, H the sum of their widths."""
        parts = [
            (terms.wanted_weight / terms.wanted_scale)
            * member.wanted(_seen_by(terms, batch), category)
            for terms, member in self.pairs()
            if terms.wanted_weight
        ]
        return torch.cat(parts, dim=-1)

    def item_vectors(self, features: Tensor, category: Tensor) -> Tensor:
        """(M, H) the members' vectors side by side; sparse if those of one member are."""
        parts = [
            member.item_vectors(_columns(terms, features), category)
            for terms, member in self.pairs()
            if terms.wanted_weight
        ]
        if not any(part.is_sparse for part in parts):
            return torch.cat(parts, dim=-1)
        sparse = [part if part.is_sparse else part.to_sparse() for part in parts]
        return torch.cat(sparse, dim=-1).coalesce()

    def prepare(self, features: Tensor, category: Tensor) -> None:
        """Let every member take its statistics."""
        for terms, member in self.pairs():
            member.prepare(_columns(terms, features), category)

    def settle(self, features: Tensor, category: Tensor) -> None:
        """Let every member take note of the usual items."""
        for terms, member in self.pairs():
            member.settle(_columns(terms, features), category)

    def loss(self, batch: OutfitBatch) -> Tensor:
        """A fusion is not trained.

        Raises:
            Misuse: always.
        """
        raise Misuse(
            "A fusion is not trained: train its members, then fuse their runs with `modiste fuse`."
        )

    def pairs(self) -> list[tuple[Member, OutfitModel]]:
        """Every member and how much it counts."""
        members = [member for member in self.members if isinstance(member, OutfitModel)]
        return list(zip(self.config.members, members, strict=True))


def _seen_by(terms: Member, batch: OutfitBatch) -> OutfitBatch:
    """The batch as one member knows it."""
    return replace(batch, items=_columns(terms, batch.items), candidates=None, encoded=False)


def _columns(terms: Member, features: Tensor) -> Tensor:
    """(..., D) fused features -> (..., d) those of one member, the log frequency last."""
    ranges = [features[..., first:end] for first, end in terms.columns]
    return torch.cat([*ranges, features[..., -1:]], dim=-1)


def _plain(value: Any) -> Any:
    """A value as it comes back from a TOML file."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value

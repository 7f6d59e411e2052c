"""The nouns: items, outfits, questions, and outfits as tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

if TYPE_CHECKING:  # torch takes seconds to import; the nouns must not
    from torch import Tensor

Split: TypeAlias = Literal["train", "valid", "test"]
SPLITS: tuple[Split, ...] = ("train", "valid", "test")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One product or garment."""

    id: str
    category: str
    """The coarse slot, such as `shoes`; never empty."""
    fine: str
    """The fine category, such as `ankle boots`; equal to `category` where none is known."""
    title: str = ""
    image: str | None = None
    """Path below the wardrobe's folder, or None where there is no image."""
    price: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What else the catalogue says: `color`, `season`, ..."""


@dataclass(frozen=True, kw_only=True)
class Outfit:
    """Items that someone put together, in the order in which they were given."""

    id: str
    items: tuple[str, ...]
    split: Split = "train"


@dataclass(frozen=True, kw_only=True)
class FitbQuestion:
    """Fill in the blank: which of `candidates` completes `question`?"""

    question: tuple[str, ...]
    candidates: tuple[str, ...]
    answer: int
    """Index into `candidates`, 0-based."""
    position: int | None = None
    """Where the blank is, 0-based, for models that read outfits in order; None: at the end."""
    kind: Literal["fitb"] = "fitb"


@dataclass(frozen=True, kw_only=True)
class CompatibilityQuestion:
    """Do these items go together (1) or not (0)?"""

    items: tuple[str, ...]
    label: int
    kind: Literal["compatibility"] = "compatibility"


@dataclass(frozen=True, kw_only=True)
class CompletionQuestion:
    """Which item of `category` completes `question`, among all items of that category?"""

    question: tuple[str, ...]
    category: str
    """A coarse category (a slot)."""
    answer: str
    kind: Literal["completion"] = "completion"


Question: TypeAlias = FitbQuestion | CompatibilityQuestion | CompletionQuestion


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Items to choose among in training: what was worn in the batch, and wrong ones drawn like it.

    Args:
        items: (P, D) float32 features of P distinct items.
        category: (P,) int64 their fine categories.
        row: (P,) int64 their catalogue rows, ascending.
        group: (P,) int64; items of one group share the fine category and whatever else wrong
            answers are matched on (season, background).
        swapped: (B, N) int64 catalogue rows of a corrupted copy of each outfit, in which some
            items gave way to others of their group; -1 on padding.
    """

    items: Tensor
    category: Tensor
    row: Tensor
    group: Tensor
    swapped: Tensor


@dataclass(frozen=True, kw_only=True)
class OutfitBatch:
    """B outfits padded to N items in a D-wide feature space. Never written to.

    Args:
        items: (B, N, D) float32 item features; padding is zero.
        present: (B, N) bool, False on padding. A row that is all padding is an empty outfit.
        category: (B, N) int64 index of each item's fine category, 0 for unknown and padding.
        row: (B, N) int64 row of the item in the catalogue, -1 for padding and for items that
            are in no catalogue. It tells items apart; only the controls learn from it.
        candidates: items to choose among; None outside training.
        encoded: whether `items` are what the model's `encoded` makes of the features, (B, N, E),
            in place of the features.
    """

    items: Tensor
    present: Tensor
    category: Tensor
    row: Tensor
    candidates: Candidates | None = None
    encoded: bool = False

    def __len__(self) -> int:
        return self.items.shape[0]

    def to(self, device: object) -> OutfitBatch:
        """The same batch with every tensor on `device`."""
        candidates = self.candidates and _moved(self.candidates, device)
        return replace(_moved(self, device), candidates=candidates)


Tensors = TypeVar("Tensors", OutfitBatch, Candidates)


def _moved(tensors: Tensors, device: object) -> Tensors:
    """A copy with every tensor field on `device`."""
    none = {"candidates", "encoded"}
    every = {f.name: getattr(tensors, f.name) for f in fields(tensors) if f.name not in none}
    return replace(tensors, **{name: tensor.to(device) for name, tensor in every.items()})

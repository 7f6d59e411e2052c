"""Wishes read by a model's own words: its visual-semantic space holds photographs and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from modiste.data.batches import Floats, ItemTable
from modiste.encoders.blocks import Block
from modiste.encoders.words import Words
from modiste.errors import Misuse
from modiste.models.base import OutfitModel
from modiste.models.bilstm import BiLstm
from modiste.models.fusion import Fusion
from modiste.models.visual_semantic import VisualSemantic, VisualSemanticSpace
from modiste.stylist.fused_members import members_of

CHUNK = 4096
"""Items that are encoded at once; bounds the memory."""


def space_of(model: OutfitModel) -> VisualSemanticSpace | None:
    """Where a model puts photographs beside words; None for one that does not."""
    match model:
        case VisualSemantic():
            return model.space
        case BiLstm():
            return model.semantic
        case _:
            return None


def own_words_of(model: OutfitModel, blocks: Sequence[Block], table: ItemTable) -> OwnWords | None:
    """A model's words, of a fusion those of its first member with some; None without any."""
    if isinstance(model, Fusion):
        parts = members_of(model, blocks, table)
        return next((own for part in parts if (own := own_words_of(*part)) is not None), None)
    space = space_of(model)
    words = next((block.words for block in blocks if block.words is not None), None)
    return None if space is None or words is None else OwnWords(space, words, table)


@dataclass(frozen=True)
class OwnWords:
    """A model's words and the items among them.

    Args:
        space: in eval mode.
        words: the vocabulary that it was trained with.
        table: the catalogue as the model sees it.
    """

    space: VisualSemanticSpace
    words: Words
    table: ItemTable

    @cached_property
    def images(self) -> Tensor:
        """(M, W) image vectors of the catalogue, of unit length."""
        parts = []
        with torch.inference_mode():
            for start in range(0, len(self.table.ids), CHUNK):
                features = torch.from_numpy(self.table.features[start : start + CHUNK])
                parts.append(self.space.image_vectors(features.to(self._device)))
        return torch.cat(parts)

    def unknown(self, text: str) -> tuple[str, ...]:
        """The words of a text that have no vector."""
        return tuple(self.words.unknown(text))

    def vector(self, text: str) -> Tensor:
        """(W,) sum of the vectors of the distinct known words, of unit length.

        Raises:
            Misuse: no word is known.
        """
        numbers = sorted(set(self.words.known(text)))  # each word once, as published
        if not numbers:
            raise Misuse(
                f"This run knows no word of the wish {text.strip()!r}; use words of its titles, or "
                "leave it out."
            )
        with torch.inference_mode():
            return self.space.text_vectors(torch.tensor([numbers], device=self._device))[0]

    def likeness(self, text: str) -> Floats:
        """(M,) cosine of every item's image vector with a text.

        Raises:
            Misuse: no word is known.
        """
        found: Floats = (self.images @ self.vector(text)).float().cpu().numpy()
        return found

    @property
    def _device(self) -> torch.device:
        return self.space.word.weight.device


def passed_over(words: Sequence[str]) -> list[str]:
    """What a person should know about unknown words: a sentence, or none."""
    names = ", ".join(repr(word) for word in words)
    return [f"The run does not know {names}; the rest of the wish counts."] if words else []

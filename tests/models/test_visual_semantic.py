"""Photographs and words in one space."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from modiste.errors import Misuse
from modiste.models.losses import semantic_loss
from modiste.models.visual_semantic import VisualSemanticConfig, VisualSemanticSpace


@pytest.fixture
def space() -> VisualSemanticSpace:
    torch.manual_seed(0)
    return VisualSemanticSpace(
        VisualSemanticConfig(block_dims=(3,), categories=1, words=4, word_columns=3, width=5)
    )


def item(image: list[float], words: list[int]) -> list[float]:
    return [*image, *(float(w) for w in words), 0.0]


def test_a_title_is_the_sum_of_its_words_at_unit_length(space: VisualSemanticSpace) -> None:
    table = space.word.weight
    vector = space.text_vectors(torch.tensor([[2, 2, 3], [0, 0, 0]]))
    torch.testing.assert_close(vector[0], F.normalize(2 * table[2] + table[3], dim=0))
    assert not vector[1].any()


def test_titles_of_one_known_word_teach_nothing(space: VisualSemanticSpace) -> None:
    features = torch.tensor(
        [
            item([1, 2, 3], [1, 2, 0]),
            item([3, 1, 2], [4, 0, 0]),
            item([0, 1, 0], [3, 1, 4]),
        ]
    )
    told = features[[0, 2]]
    by_hand = semantic_loss(
        space.image_vectors(told), space.text_vectors(space.indices(told)), margin=0.2
    )
    torch.testing.assert_close(space.loss(features), by_hand)
    assert space.loss(features[1:2]).item() == 0.0


def test_photographs_learn_to_lie_by_their_words(space: VisualSemanticSpace) -> None:
    features = torch.tensor([item([1, 0, 0], [1, 2, 0]), item([0, 1, 0], [3, 4, 0])])
    optimizer = torch.optim.SGD(space.parameters(), lr=0.5)
    for _ in range(50):
        optimizer.zero_grad()
        space.loss(features).backward()
        optimizer.step()
    cosines = space.image_vectors(features) @ space.text_vectors(space.indices(features)).T
    assert (cosines.diagonal() - 0.15 > cosines.flip(1).diagonal()).all()
    assert not space.word.weight[0].any()


def test_without_titles_the_sentence_says_so() -> None:
    with pytest.raises(Misuse, match="titles"):
        VisualSemanticConfig(block_dims=(3,), categories=1)

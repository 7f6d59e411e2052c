"""Losses against slow, obvious versions."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from modiste.models.losses import (
    choice_loss,
    next_item_loss,
    next_item_loss_once,
    outfit_loss,
    semantic_loss,
)
from modiste.models.references import References
from modiste.outfit import Candidates


def slow_choice_loss(
    logits: Tensor, place: Tensor, present: Tensor, category: Tensor, candidates: Candidates
) -> float:
    total, row = 0.0, 0
    for outfit, places in enumerate(place.tolist()):
        worn = {p for n, p in enumerate(places) if present[outfit, n]}
        for n, target in enumerate(places):
            if not present[outfit, n]:
                continue
            for same in (
                candidates.category == category[outfit, n],
                candidates.group == candidates.group[target],
            ):
                allowed = [
                    p for p in range(logits.shape[1]) if same[p] and (p == target or p not in worn)
                ]
                scores = [float(logits[row, p]) for p in allowed]
                total += math.log(sum(map(math.exp, scores))) - float(logits[row, target])
            row += 1
    return total / row


def test_choice_loss_is_the_slow_one() -> None:
    torch.manual_seed(0)
    rows = 12
    category = torch.arange(rows) % 3 + 1
    candidates = Candidates(
        items=torch.zeros(rows, 1),
        category=category,
        row=torch.arange(rows),
        group=category * 2 + (torch.arange(rows) > 5),
        swapped=torch.zeros(2, 3, dtype=torch.int64),
    )
    place = torch.tensor([[0, 4, 3], [7, 8, 0]])
    present = torch.tensor([[True, True, True], [True, True, False]])
    logits = torch.randn(5, rows)
    fast = choice_loss(logits, place, present, category[place], candidates)
    slow = slow_choice_loss(logits, place, present, category[place], candidates)
    assert abs(fast.item() - slow) < 1e-5


def test_outfit_loss_is_the_slow_one_and_falls_as_scores_part() -> None:
    real, swapped = torch.tensor([1.0, -0.5]), torch.tensor([0.3, 0.2])

    def softplus(x: float) -> float:
        return math.log(1 + math.exp(x))

    pairs = [softplus(float(s - r)) for s in swapped for r in real]
    slow = (
        sum(softplus(-float(r)) for r in real) / 2
        + sum(softplus(float(s)) for s in swapped) / 2
        + sum(pairs) / 4
    )
    assert abs(outfit_loss(real, swapped).item() - slow) < 1e-6
    assert outfit_loss(real + 1, swapped - 1) < outfit_loss(real, swapped)


def test_log_mean_exp_over_references_is_the_slow_one() -> None:
    torch.manual_seed(0)
    references = References(categories=4, size=5, width=3)
    vectors, category = torch.randn(20, 3), torch.tensor([1] * 3 + [2] * 17)
    references.keep(vectors, category)
    wanted, asked = torch.randn(4, 3), torch.tensor([1, 2, 3, 0])
    found = references.log_mean_exp(wanted, asked)
    kept = {1: vectors[:3], 2: references.vectors[2], 3: references.vectors[0]}
    kept[0] = kept[3]  # a category without references is measured against all items
    for row, index in enumerate(asked.tolist()):
        products = [math.exp(float(wanted[row] @ v)) for v in kept[index]]
        assert abs(found[row].item() - math.log(sum(products) / len(products))) < 1e-5
    assert references.count.tolist() == [5, 3, 5, 0]


def test_no_references_at_all_measure_against_nothing() -> None:
    empty = References(categories=3, size=2, width=2)
    assert empty.log_mean_exp(torch.ones(2, 2), torch.tensor([1, 0])).tolist() == [0, 0]


def test_the_next_item_is_picked_among_all_of_the_batch_and_every_end() -> None:
    generator = torch.Generator().manual_seed(0)
    predicted = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    actual = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    actual[[1, 4]] = 0.0  # two outfits end
    slow = 0.0
    for step in range(5):
        chances = [math.exp(float(predicted[step] @ other)) for other in actual]
        slow -= math.log(chances[step] / sum(chances)) / 5
    assert next_item_loss(predicted, actual).item() == pytest.approx(slow)


def test_ends_that_compete_keep_the_published_loss_from_zero() -> None:
    actual = torch.cat([torch.zeros(10, 4), torch.eye(4) * 50])
    predicted = torch.cat([torch.full((10, 4), -9.0), torch.eye(4) * 50])
    rows = torch.tensor([-1] * 10 + [0, 1, 2, 3])
    assert next_item_loss(predicted, actual).item() == pytest.approx(10 / 14 * math.log(10))
    assert next_item_loss_once(predicted, actual, rows).item() == pytest.approx(0.0, abs=1e-6)


def test_an_item_worn_twice_is_one_class() -> None:
    generator = torch.Generator().manual_seed(0)
    items = torch.randn(3, 4, generator=generator)
    rows = torch.tensor([2, 0, 2, 1])
    predicted = torch.randn(4, 4, generator=generator)
    slow = torch.nn.functional.cross_entropy(predicted @ items.T, rows)
    torch.testing.assert_close(next_item_loss_once(predicted, items[rows], rows), slow)


def test_the_semantic_loss_is_the_hinge_over_all_wrong_pairs() -> None:
    generator = torch.Generator().manual_seed(0)
    images, texts = torch.nn.functional.normalize(torch.randn(2, 6, 4, generator=generator), dim=-1)
    slow = 0.0
    for i in range(6):
        for k in range(6):
            if i != k:
                own = images[i] @ texts[i]
                slow += max(0.0, float(0.2 - own + images[i] @ texts[k]))
                slow += max(0.0, float(0.2 - own + images[k] @ texts[i]))
    assert semantic_loss(images, texts, 0.2).item() == pytest.approx(slow / 36, rel=1e-5)
    assert semantic_loss(images[:0], texts[:0], 0.2).item() == 0.0


def test_gradients_of_the_published_losses_are_those_of_finite_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    left, right = torch.randn(2, 5, 3, generator=generator, dtype=torch.float64)
    left, right = left.requires_grad_(), right.requires_grad_()
    rows = torch.tensor([3, -1, 0, 2, -1])
    assert torch.autograd.gradcheck(next_item_loss, (left, right))
    assert torch.autograd.gradcheck(
        lambda a, b: next_item_loss_once(a, b * (rows >= 0).unsqueeze(1), rows), (left, right)
    )
    assert torch.autograd.gradcheck(lambda a, b: semantic_loss(a, b, 0.2), (left, right))

"""From how well each item fits to how well an outfit goes together, by a category's usual items."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class References(nn.Module):
    """Up to R item vectors of each of C categories, saved with the weights.

    An item's logit less the log-mean-exp over its category says how much better than usual it
    fits; the difference estimates the pointwise mutual information of item and context.
    """

    vectors: Tensor
    count: Tensor

    def __init__(self, categories: int, size: int, width: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.zeros(categories, size, width))
        self.register_buffer("count", torch.zeros(categories, dtype=torch.int64))

    def keep(self, vectors: Tensor, category: Tensor) -> None:
        """Take up to R evenly spaced rows of each category from (M, H) vectors.

        Category 0, unknown, takes from all.
        """
        size = self.vectors.shape[1]
        for index in range(len(self.count)):
            rows = (
                torch.arange(len(category)) if index == 0 else (category == index).nonzero()[:, 0]
            )
            if len(rows) > size:
                rows = rows[torch.linspace(0, len(rows) - 1, size).long()]
            self.vectors[index, : len(rows)] = vectors[rows.to(vectors.device)]
            self.count[index] = len(rows)

    def log_mean_exp(self, wanted: Tensor, category: Tensor) -> Tensor:
        """(M, H) wanted items, (M,) categories -> (M,) log of the mean exp(inner product).

        A category without references is measured against those of all items; with none, 0.
        """
        category, order = category.sort()
        wanted = wanted[order]
        products = wanted.new_full((len(wanted), self.vectors.shape[1]), -torch.inf)
        usual = wanted.new_zeros(len(wanted))  # log of the number of references; 0 where none
        ends = torch.unique_consecutive(category, return_counts=True)[1].cumsum(0).tolist()
        for start, end in zip([0, *ends], ends, strict=False):
            index = int(category[start])
            source = index if self.count[index] else 0
            count = int(self.count[source])
            if count:
                products[start:end, :count] = wanted[start:end] @ self.vectors[source, :count].T
                usual[start:end] = math.log(count)
            else:
                products[start:end, 0] = 0
        result = torch.empty_like(usual)
        result[order] = products.logsumexp(dim=1) - usual
        return result

    def log_sum_exp(self, wanted: Tensor) -> Tensor:
        """(M, H) wanted items -> (M,) log of the summed exp(inner product) over items of all kinds.

        Minus infinity where there are none.
        """
        products: Tensor = wanted @ self.vectors[0, : int(self.count[0])].T
        return products.logsumexp(dim=1)


def judged(gain: Tensor, present: Tensor, weigh: Tensor) -> Tensor:
    """The mean and the worst of an outfit's items, weighed.

    Args:
        gain: (M,) how much better than usual each item present fits.
        present: (B, N) bool, M of them True.
        weigh: (3,) weight of the mean, of the worst, and what is added.

    Returns:
        (B,) outfit logits; 0 for an empty outfit.
    """
    each = spread(gain, present)
    worst = each.masked_fill(~present, torch.inf).amin(dim=1).nan_to_num(posinf=0.0)
    mean = each.sum(dim=1) / present.sum(dim=1).clamp(min=1)
    result: Tensor = weigh[0] * mean + weigh[1] * worst + weigh[2]
    return result * present.any(dim=1)


def spread(values: Tensor, present: Tensor) -> Tensor:
    """(M,) values of the items present back in their places: (B, N), 0 on padding."""
    return values.new_zeros(present.shape).masked_scatter(present, values)

"""Products by convolution are the products."""

from __future__ import annotations

import pytest
import torch

from modiste.evaluation.scoring import products


@pytest.mark.parametrize(("rows", "columns"), [(7, 5), (1, 1), (0, 3), (3, 0)])
def test_they_are_those_of_the_matrix_product(rows: int, columns: int) -> None:
    generator = torch.Generator().manual_seed(0)
    left = torch.randn(rows, 16, generator=generator)
    right = torch.randn(columns, 16, generator=generator)
    found = products(left, right)
    torch.testing.assert_close(found, left @ right.T)
    assert found.is_contiguous()

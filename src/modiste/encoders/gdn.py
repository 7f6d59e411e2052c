"""Generalised divisive normalisation: each channel divided by how much all of them say there."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FLOOR = 1e-6
"""Added to every beta, so that nothing is divided by zero."""
PEDESTAL = 2.0**-9
"""Root of a gamma that starts next to nothing; at 0 it could not start to learn."""


class GDN(nn.Module):
    """y_i = x_i / sqrt(beta_i + sum_j gamma_ij x_j^2), at every place of a picture.

    After Ballé, Laparra and Simoncelli 2016, arXiv:1511.06281. Theirs keeps beta and gamma from
    falling below 0 by projection; here they are squares, which cannot, and need no gradient of
    their own. The inverse multiplies by the root instead: the decoder's mirror image of GDN, in
    their paper and here, undoes it exactly only where no channel looks at another.

    Args:
        channels: C.
        inverse: multiply instead of divide.
        gamma: what each channel's own gamma starts with.
    """

    def __init__(self, channels: int, *, inverse: bool = False, gamma: float = 0.1) -> None:
        super().__init__()
        self.inverse = inverse
        self.beta_root = nn.Parameter(torch.ones(channels))
        roots = torch.full((channels, channels), PEDESTAL)
        roots.fill_diagonal_(gamma**0.5)
        self.gamma_root = nn.Parameter(roots)

    @property
    def beta(self) -> Tensor:
        """(C,) above 0."""
        return self.beta_root.square() + FLOOR

    @property
    def gamma(self) -> Tensor:
        """(C, C) 0 or more: how much channel j counts against channel i."""
        return self.gamma_root.square()

    def root(self, x: Tensor) -> Tensor:
        """(n, C, H, W) to what each value is divided by, of the same shape."""
        return F.conv2d(x.square(), self.gamma[:, :, None, None], self.beta).sqrt()

    def forward(self, x: Tensor) -> Tensor:
        """(n, C, H, W) to the same shape."""
        return x * self.root(x) if self.inverse else x / self.root(x)

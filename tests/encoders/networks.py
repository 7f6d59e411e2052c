"""Small networks of real layers, with seeded weights, for tests."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modiste.encoders.network import NetworkEncoder, Preprocessing

SIZE = (32, 24)


class Block(nn.Module):
    """An inverted residual block, as lite0 has them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.grow = nn.Conv2d(width, 4 * width, 1)
        self.look = nn.Conv2d(4 * width, 4 * width, 3, padding=1, groups=4 * width)
        self.shrink = nn.Conv2d(4 * width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = nn.functional.relu6(self.grow(x))
        inner = nn.functional.relu6(self.look(inner))
        return x + self.shrink(inner)


class Small(nn.Module):
    """(n, 3, H, W) to (n, 16)."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU6(), Block(8), Block(8)
        )
        self.head = nn.Conv2d(8, 16, 1)

    def forward(self, x: Tensor) -> Tensor:
        pooled: Tensor = nn.functional.relu6(self.head(self.layers(x))).mean(dim=(2, 3))
        return pooled


def small_encoder(seed: int = 0, size: tuple[int, int] = SIZE) -> NetworkEncoder:
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing(size=size, mean=half, std=half)
    facts = f"{seed}-{size}"
    return NetworkEncoder(
        "small",
        lambda: Small(seed),
        preprocessing,
        fingerprint=facts.encode().hex().ljust(64, "0")[:64],
        dim=16,
    )

"""An encoder that learns to draw a photograph again from 128 numbers.

After the autoencoder of the DeepLearningClothes system (convolutions with GDN, SSIM as the loss),
from its description.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from modiste.encoders.network import Preprocessing
from modiste.errors import Misuse

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


HALVINGS = 4
"""Convolutions of stride 2: 128 pixels become 8."""
_SMALLEST = 2**HALVINGS


@dataclass(frozen=True, kw_only=True)
class AutoencoderConfig:
    """Settings of `Autoencoder`."""

    size: int = 128
    """Edge of the pictures in pixels, a multiple of 16."""
    channels: int = 128
    """Of every convolution."""
    hidden: int = 1024
    """Width of the layer between convolutions and code."""
    code: int = 128
    """How many numbers a picture becomes."""
    data_range: float = 1.0
    """What SSIM takes for the distance from black to white. Pictures here go from 0 to 1; as
    published it was left at 255, and such a loss hardly sees structure."""

    def __post_init__(self) -> None:
        if self.size < _SMALLEST or self.size % _SMALLEST:
            raise Misuse(
                f"size={self.size}: the autoencoder halves a picture {HALVINGS} times; give a "
                f"multiple of {_SMALLEST} pixels, such as --set size=128."
            )
        if min(self.channels, self.hidden, self.code) < 1 or self.data_range <= 0:
            raise Misuse(
                f"channels={self.channels}, hidden={self.hidden}, code={self.code}, "
                f"data_range={self.data_range}: all must be above 0."
            )


class Autoencoder(nn.Module):
    """Pictures to a code and back: convolutions 5x5 of stride 2, GDN after the first three.

    Then flat to `hidden` (ReLU) to the code; the decoder is the mirror image with inverse GDN,
    and ends in a sigmoid.

    Args:
        config: settings.
    """

    selection = "SSIM at the data range of the loss"
    measures = ("ssim", "squared_error")

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        width, edge = config.channels, config.size // _SMALLEST
        flat = width * edge * edge
        self.embedder = nn.Sequential(
            _down(3, width),
            *(layer for _ in range(HALVINGS - 1) for layer in (GDN(width), _down(width, width))),
            nn.Flatten(),
            nn.Linear(flat, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, config.code),
        )
        self.decoder = nn.Sequential(
            nn.Linear(config.code, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, flat),
            nn.Unflatten(1, (width, edge, edge)),
            *(
                layer
                for _ in range(HALVINGS - 1)
                for layer in (_up(width, width), GDN(width, inverse=True))
            ),
            _up(width, 3),
            nn.Sigmoid(),
        )

    @property
    def preprocessing(self) -> Preprocessing:
        """Pixels from 0 to 1."""
        return Preprocessing((self.config.size,) * 2, mean=(0.0,) * 3, std=(1.0,) * 3)

    def forward(self, picture: Tensor) -> Tensor:
        """(n, 3, size, size) from 0 to 1, drawn again: the same shape and range."""
        drawn: Tensor = self.decoder(self.embedder(picture))
        return drawn

    def loss(self, picture: Tensor, label: Tensor) -> Tensor:
        """100 * (1 - SSIM) of (n, 3, size, size); labels are not looked at."""
        return ssim_loss(self(picture), picture, self.config.data_range).mean()

    def judge(self, picture: Tensor, label: Tensor) -> dict[str, Tensor]:
        """(n,) each: SSIM by the setting's data range, which selects, and by the true one."""
        drawn = self(picture)
        return {
            "selection": 1 - ssim_loss(drawn, picture, self.config.data_range) / 100,
            "ssim": 1 - ssim_loss(drawn, picture, 1.0) / 100,
            "squared_error": (drawn - picture).square().mean(dim=(1, 2, 3)),
        }


def ssim_loss(drawn: Tensor, picture: Tensor, data_range: float = 1.0) -> Tensor:
    """100 * (1 - SSIM) of each picture, window 11, sigma 1.5.

    Wang et al. 2004, by pytorch-msssim, whose own default, 255, is not the range of these.

    Args:
        drawn: (n, 3, H, W) from 0 to 1, H and W at least 11.
        picture: (n, 3, H, W) from 0 to 1.
        data_range: the distance from black to white.

    Returns:
        (n,) 0 where both are the same.
    """
    from pytorch_msssim import ssim

    alike: Tensor = ssim(drawn, picture, data_range=data_range, size_average=False)
    return 100 * (1 - alike)


def _down(entry: int, out: int) -> nn.Module:
    return nn.Conv2d(entry, out, 5, stride=2, padding=2, bias=False)


def _up(entry: int, out: int) -> nn.Module:
    return nn.ConvTranspose2d(entry, out, 5, stride=2, padding=2, output_padding=1, bias=False)

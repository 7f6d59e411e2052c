"""The autoencoder has the published shape, and a loss that sees structure."""

from __future__ import annotations

import pytest
import torch

from modiste.encoders.autoencoder import GDN, Autoencoder, AutoencoderConfig, ssim_loss
from modiste.errors import Misuse

SMALL = AutoencoderConfig(size=16, channels=8, hidden=32, code=12)


def test_it_is_the_published_network() -> None:
    with torch.device("meta"):
        network = Autoencoder(AutoencoderConfig())
    down = [m for m in network.embedder if isinstance(m, torch.nn.Conv2d)]
    up = [m for m in network.decoder if isinstance(m, torch.nn.ConvTranspose2d)]
    assert [tuple(m.weight.shape) for m in down] == [(128, 3, 5, 5)] + [(128, 128, 5, 5)] * 3
    assert [m.bias for m in (*down, *up)] == [None] * 8
    linear = [m for m in network.embedder if isinstance(m, torch.nn.Linear)]
    assert [(m.in_features, m.out_features) for m in linear] == [(8192, 1024), (1024, 128)]
    kinds = [type(m).__name__ for m in network.embedder]
    assert kinds[:7] == ["Conv2d", "GDN"] * 3 + ["Conv2d"]
    inverse = [m.inverse for m in network.decoder if isinstance(m, GDN)]
    assert inverse == [True] * 3 and isinstance(network.decoder[-1], torch.nn.Sigmoid)


def test_a_picture_comes_back_in_its_size_and_range() -> None:
    torch.manual_seed(0)
    network = Autoencoder(SMALL)
    picture = torch.rand((3, 3, 16, 16))
    assert network.embedder(picture).shape == (3, 12)
    drawn = network(picture).detach()
    assert drawn.shape == picture.shape
    assert 0 <= float(drawn.min()) and float(drawn.max()) <= 1


@pytest.mark.parametrize(("data_range", "alike"), [(255.0, 0.867), (1.0, 0.0)])
def test_white_and_black_are_nearly_the_same_at_255(data_range: float, alike: float) -> None:
    white, black = torch.ones((1, 3, 32, 32)), torch.zeros((1, 3, 32, 32))
    found = 1 - float(ssim_loss(white, black, data_range)) / 100
    assert found == pytest.approx(alike, abs=1e-3)


@pytest.mark.parametrize(("data_range", "alike"), [(255.0, 0.992), (1.0, 0.0)])
def test_unrelated_patches_are_nearly_the_same_at_255(data_range: float, alike: float) -> None:
    """Of the same mean and the greatest variance: stripes that cross."""
    stripes = (torch.arange(64) // 2 % 2).float().expand(1, 3, 64, 64)
    found = 1 - float(ssim_loss(stripes, stripes.mT.contiguous(), data_range)) / 100
    assert found == pytest.approx(alike, abs=0.02 if data_range == 1 else 2e-3)


def test_the_loss_of_a_picture_against_itself_is_nothing() -> None:
    picture = torch.rand((2, 3, 16, 16))
    assert ssim_loss(picture, picture).tolist() == pytest.approx([0, 0], abs=1e-3)


def test_the_loss_falls_on_sixteen_pictures() -> None:
    torch.manual_seed(0)
    network = Autoencoder(AutoencoderConfig(size=32, channels=16, hidden=64, code=32))
    coarse = torch.rand((16, 3, 2, 2))
    picture = torch.nn.functional.interpolate(coarse, scale_factor=16.0, mode="nearest")
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    losses = []
    for _ in range(100):
        optimizer.zero_grad()
        loss = network.loss(picture, torch.zeros(16))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]


def test_the_published_data_range_selects_by_a_blind_measure() -> None:
    torch.manual_seed(0)
    picture = torch.rand((2, 3, 16, 16))
    blind = Autoencoder(AutoencoderConfig(**{**vars(SMALL), "data_range": 255.0}))
    seeing = Autoencoder(SMALL)
    seeing.load_state_dict(blind.state_dict())
    with torch.no_grad():
        found = blind.judge(picture, torch.zeros(2))
    assert float(found["selection"].min()) > 0.98 > 0.3 > float(found["ssim"].max())
    with torch.no_grad():
        torch.testing.assert_close(seeing.judge(picture, torch.zeros(2))["ssim"], found["ssim"])


@pytest.mark.parametrize("size", [1, 24, 8])
def test_sizes_that_cannot_be_halved_four_times_are_refused(size: int) -> None:
    with pytest.raises(Misuse, match=f"size={size}.*multiple of 16"):
        AutoencoderConfig(size=size)

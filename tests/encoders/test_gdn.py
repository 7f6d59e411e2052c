"""GDN is what its formula says, can be undone, and learns."""

from __future__ import annotations

import torch

from modiste.encoders.autoencoder import GDN


def random_gdn(channels: int, *, inverse: bool = False) -> GDN:
    torch.manual_seed(0)
    layer = GDN(channels, inverse=inverse).double()
    with torch.no_grad():
        layer.beta_root.uniform_(0.5, 1.5)
        layer.gamma_root.uniform_(0.05, 0.4)
    return layer


def slow(x: torch.Tensor, layer: GDN, *, inverse: bool) -> torch.Tensor:
    """The formula, one value at a time."""
    out = torch.zeros_like(x)
    beta, gamma = layer.beta.tolist(), layer.gamma.tolist()
    for n, i, h, w in torch.cartesian_prod(*(torch.arange(size) for size in x.shape)).tolist():
        total = beta[i]
        for j in range(x.shape[1]):
            total += gamma[i][j] * float(x[n, j, h, w]) ** 2
        root = total**0.5
        out[n, i, h, w] = x[n, i, h, w] * root if inverse else x[n, i, h, w] / root
    return out


def test_gdn_and_its_inverse_are_their_formulas() -> None:
    x = torch.randn((2, 3, 4, 5), dtype=torch.double)
    for inverse in (False, True):
        layer = random_gdn(3, inverse=inverse)
        torch.testing.assert_close(layer(x), slow(x, layer, inverse=inverse))


def test_gdn_can_be_undone() -> None:
    """x = y * root(x) has one solution, which repetition finds (Ballé et al. 2016)."""
    layer = random_gdn(3)
    x = torch.randn((2, 3, 4, 5), dtype=torch.double)
    y = layer(x)
    found = y
    for _ in range(300):
        found = y * layer.root(found)
    torch.testing.assert_close(found, x, atol=1e-6, rtol=1e-6)


def test_the_inverse_undoes_it_where_nothing_is_looked_at() -> None:
    forward, back = random_gdn(3), random_gdn(3, inverse=True)
    for layer in (forward, back):
        torch.nn.init.zeros_(layer.gamma_root)
    x = torch.randn((2, 3, 4, 5), dtype=torch.double)
    torch.testing.assert_close(back(forward(x)), x)


def test_gradients_are_those_of_finite_differences() -> None:
    for inverse in (False, True):
        layer = random_gdn(3, inverse=inverse)
        x = torch.randn((1, 3, 2, 2), dtype=torch.double, requires_grad=True)
        roots = (layer.beta_root, layer.gamma_root)

        def value(x, beta, gamma, layer=layer):
            named = {"beta_root": beta, "gamma_root": gamma}
            return torch.func.functional_call(layer, named, (x,))

        assert torch.autograd.gradcheck(value, (x, *roots))


def test_a_channel_that_starts_alone_learns_to_look_at_others() -> None:
    layer = GDN(2)
    before = layer.gamma.detach().clone()
    optimizer = torch.optim.Adam(layer.parameters(), lr=1e-2)
    x = torch.ones((1, 2, 3, 3))
    for _ in range(20):
        optimizer.zero_grad()
        layer(x).sum().backward()
        optimizer.step()
    assert (layer.gamma > before).all()  # the sum falls as all gammas rise
    assert (layer.gamma >= 0).all() and (layer.beta > 0).all()

"""Eight bits, and what is done so that they do little harm."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from networks import small_encoder
from torch import nn

from modiste.encoders.base import Floats, Pixels
from modiste.encoders.int8 import Calibration, Graph, _best_range, _mean_shift, calibrate, quantise
from modiste.encoders.network import NetworkEncoder
from modiste.encoders.onnx import OnnxNetwork

PIXELS: Pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 24, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def encoder() -> NetworkEncoder:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("modiste.encoders.network.cached", lambda _, make: make())
        small = small_encoder()
        assert small.graph is not None
    return small


@pytest.fixture(scope="module")
def graph(encoder: NetworkEncoder) -> Graph:
    assert encoder.graph is not None
    return Graph(encoder.graph)


@pytest.fixture(scope="module")
def calibration(graph: Graph) -> Calibration:
    return calibrate(graph, PIXELS)


def off(found: Floats, exact: Floats) -> float:
    """Squared error over variance."""
    return float(np.square(found - exact).sum() / np.square(exact - exact.mean(axis=0)).sum())


def names(graph: Graph) -> list[str]:
    return [node.name for node in graph.convolutions]


def test_every_convolution_is_found(graph: Graph) -> None:
    assert len(graph.convolutions) == 8


def test_with_nothing_in_8_bits_nothing_changes(
    encoder: NetworkEncoder, graph: Graph, calibration: Calibration
) -> None:
    same = OnnxNetwork(quantise(graph, calibration, ())).run(PIXELS)
    np.testing.assert_array_equal(same, encoder.encode(PIXELS))


def test_8_bits_are_near_and_really_8_bits(
    encoder: NetworkEncoder, graph: Graph, calibration: Calibration
) -> None:
    model = quantise(graph, calibration, names(graph))
    exact = encoder.encode(PIXELS)
    found = OnnxNetwork(model).run(PIXELS)
    assert 0 < off(found, exact) < 0.1
    assert any(node.op_type == "QuantizeLinear" for node in Graph(model).model.graph.node)
    assert len(model) < len(encoder.graph or b"") * 2


def test_the_same_pictures_give_the_same_network(graph: Graph, calibration: Calibration) -> None:
    again = calibrate(graph, PIXELS)
    assert quantise(graph, again, names(graph)) == quantise(graph, calibration, names(graph))


def test_correcting_the_bias_brings_the_mean_back(
    encoder: NetworkEncoder, graph: Graph, calibration: Calibration
) -> None:
    uncorrected = Calibration(
        calibration.ranges, {name: mean * 0 for name, mean in calibration.means.items()}
    )
    exact = encoder.encode(PIXELS).mean(axis=0)
    shifts = [
        np.abs(OnnxNetwork(quantise(graph, one, names(graph))).run(PIXELS).mean(axis=0) - exact)
        for one in (calibration, uncorrected)
    ]
    assert shifts[0].mean() < shifts[1].mean()


@pytest.mark.parametrize("groups", [1, 4, 8])
def test_the_shift_is_that_of_a_real_convolution(groups: int) -> None:
    random = np.random.default_rng(groups)
    inputs = torch.from_numpy(random.normal(0.5, 1, (4, 8, 6, 6)).astype(np.float32))
    error = random.normal(size=(16, 8 // groups, 1, 1)).astype(np.float32)
    moved = nn.functional.conv2d(inputs, torch.from_numpy(error), groups=groups)
    np.testing.assert_allclose(
        _mean_shift(error, inputs.mean(dim=(0, 2, 3)).numpy()),
        moved.mean(dim=(0, 2, 3)).numpy(),
        atol=1e-5,
    )


def test_a_channel_without_weights_keeps_its_bias(calibration: Calibration, graph: Graph) -> None:
    first = graph.convolutions[0]
    weights = graph.constants[first.input[1]].copy()
    kept = graph.constants[first.input[1]]
    weights[0] = 1e-12
    graph.constants[first.input[1]] = weights
    try:
        tampered = Graph(quantise(graph, calibration, [first.name]))
    finally:
        graph.constants[first.input[1]] = kept
    constants = tampered.constants
    steps = constants[f"{first.name}.bias.int"] * constants[f"{first.name}.bias.scale"]
    np.testing.assert_allclose(steps[0], graph.constants[first.input[2]][0], rtol=1e-3)


def test_a_range_leaves_a_lone_outlier_out_and_holds_zero() -> None:
    values = np.append(np.random.default_rng(0).uniform(-1, 3, 500_000), 9.0).astype(np.float32)
    low, high = _best_range(values, -3.0, 9.0)
    assert -3 < low < -1 and 3 < high < 9
    assert _best_range(np.zeros(10, dtype=np.float32), 0.0, 0.0) == (0.0, 0.0)

"""Spaces of settings: every point of them is a model that can be built."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from modiste.data.wardrobe import Wardrobe
from modiste.errors import Misuse
from modiste.jobs.spec import new_spec
from modiste.jobs.tuning.space import DEFAULT, SPACES, Between, OneOf, Space, settings_at, space_of
from modiste.models.build import CONFIGS, build_model
from tests.conftest import Example

ALL = [(name, model) for name, models in SPACES.items() for model in models]


def ends(space: Space) -> list[dict[str, Any]]:
    """The points where every dimension is at its first or its last value."""
    sides = {
        name: (d.values[0], d.values[-1]) if isinstance(d, OneOf) else (d.low, d.high)
        for name, d in space.dimensions.items()
    }
    first = {name: values[0] for name, values in sides.items()}
    corners = [first | {name: values[1]} for name, values in sides.items()]
    return [first, {name: values[1] for name, values in sides.items()}, *corners]


def test_every_trained_model_has_a_space() -> None:
    assert set(DEFAULT) == set(CONFIGS) - {"fusion"}


@pytest.mark.parametrize(("name", "model"), ALL)
def test_every_end_of_a_space_is_a_run(name: str, model: str, example: Example) -> None:
    wardrobe = Wardrobe(example.wardrobe)
    for point in ends(space_of(model, name, {}, {})):
        spec = new_spec(wardrobe, model, settings_at(space_of(model, name, {}, {}), point))
        if point.get("layers", 1) == 1:
            build_model(spec.model)


@pytest.mark.parametrize(
    ("model", "dropout", "decay"), [("umbert", 0.2, 0.01), ("wumbert", 0.3, 0.1)]
)
def test_the_published_space_is_the_published_one(model: str, dropout: float, decay: float) -> None:
    rates = OneOf((1e-5, 1e-4, 1e-3))
    assert dict(space_of(model, "published", {}, {}).dimensions) == {
        "lr1": rates,
        "lr2": rates,
        "layers": OneOf((3, 6, 9, 12)),
        "heads": OneOf((1, 2, 4, 8)),
        "optimizer": OneOf(("adam", "adamw")),
        "dropout": Between(0.0, dropout),
        "weight_decay": Between(0.0, decay),
    }


def test_two_published_learning_rates_become_a_rate_and_a_share_of_it() -> None:
    space = space_of("umbert", "published", {}, {})
    for first, second in product((1e-5, 1e-4, 1e-3), repeat=2):
        settings = settings_at(space, {"lr1": first, "lr2": second})
        assert settings["lr"] == second
        assert settings["lr"] * settings["pretrain_rate"] == pytest.approx(first)
        assert "lr1" not in settings


def test_given_settings_are_not_searched_and_those_of_a_file_only_start_from() -> None:
    space = space_of("umbert", "published", {"layers": 2, "width": 64}, {"lr": 0.5, "heads": 2})
    assert {"lr2", "heads"}.isdisjoint(space.dimensions)
    assert "layers" in space.dimensions
    assert space.fixed["width"] == 64
    point = {"lr1": 0.25, "layers": 6}
    settings = settings_at(space, point)
    assert (settings["lr"], settings["pretrain_rate"], settings["layers"]) == (0.5, 0.5, 6)


def test_nothing_left_to_search_is_misuse() -> None:
    space = DEFAULT["visual_semantic"]
    with pytest.raises(Misuse, match="nothing is left"):
        space_of("visual_semantic", "default", {}, dict.fromkeys(space.dimensions, 1))

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from modiste.data.batches import ItemTable
from modiste.errors import Misuse
from modiste.models.bilstm import BiLstm, BiLstmConfig
from modiste.stylist.generation.han2017 import (
    Direction,
    Han2017Config,
    extend,
    fill,
    generate,
    rephrase,
)
from modiste.stylist.generation.published import BiLstmExpectations
from modiste.stylist.scorer import ExternalItem

from .slow_generation import slow_generation

ITEMS, DIM, WIDTH = 30, 6, 8
LOOSE = Han2017Config(end_threshold=0.15, steps=4)


def _table(seed: int = 0) -> ItemTable:
    rng = np.random.default_rng(seed)
    return ItemTable(
        ids=tuple(f"i{n}" for n in range(ITEMS)),
        features=rng.normal(size=(ITEMS, DIM + 1)).astype(np.float32),
        category=(np.arange(ITEMS) % 3 + 1).astype(np.int64),
        vocabulary=("a", "b", "c"),
    )


def _model(seed: int = 0, **settings: object) -> BiLstm:
    torch.manual_seed(seed)
    config = BiLstmConfig(
        block_dims=(DIM,),
        categories=3,
        width=WIDTH,
        semantic_weight=0.0,
        init=1.0,
        **settings,  # type: ignore[arg-type]
    )
    return BiLstm(config).eval()


def _expectations(seed: int = 0, **settings: object) -> BiLstmExpectations:
    return BiLstmExpectations.of(_model(seed, **settings), _table(seed), "cpu")


class Told:
    """Expects what a table says: (direction, last piece read) -> the piece, or -1 for the end."""

    def __init__(self, says: dict[tuple[Direction, int], int], pieces: int = 12) -> None:
        self.says, self.values, self.keys = says, torch.eye(pieces), 30 * torch.eye(pieces)
        self.asked: list[tuple[Direction, list[int]]] = []

    def expected(self, sequence: Sequence[int], direction: Direction) -> Tensor:
        self.asked.append((direction, list(sequence)))
        edge = sequence[-1] if direction == "forward" else sequence[0]
        number = self.says.get((direction, edge), -1)
        return torch.zeros(self.keys.shape[1]) if number < 0 else self.values[number]


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", range(6))
def test_the_outfit_is_that_of_a_slow_and_plain_version(seed: int, count: int) -> None:
    beside = _expectations(seed)
    rng = np.random.default_rng(seed + 100 * count)
    queries = rng.choice(ITEMS, count, replace=False).tolist()
    found = generate(beside, queries, LOOSE)
    assert found == slow_generation(
        beside.model, beside.values.double().numpy(), queries, ITEMS, threshold=0.15, steps=4
    )


def test_the_slow_version_is_asked_for_gaps_and_for_ends_of_many_lengths() -> None:
    lengths = set()
    for seed in range(6):
        beside = _expectations(seed)
        lengths |= {len(generate(beside, [seed, seed + 9], LOOSE)) for seed in range(9)}
    assert len(lengths) >= 4 and max(lengths) > 4


def test_a_photograph_that_is_in_no_catalogue_can_be_a_query_piece() -> None:
    rng = np.random.default_rng(5)
    external = ExternalItem(rng.normal(size=DIM + 1).astype(np.float32), "b", "slot")
    plain = _expectations(5)
    beside = plain.beside([external], _table().vocabulary)
    found = generate(beside, [3, ITEMS, 7], LOOSE)
    assert found == slow_generation(
        plain.model, beside.values.double().numpy(), [3, ITEMS, 7], ITEMS, threshold=0.15, steps=4
    )
    assert found.count(ITEMS) == 1


def test_the_first_half_of_an_outfit_is_in_reading_order() -> None:
    says: dict[tuple[Direction, int], int] = {
        ("backward", 5): 4,
        ("backward", 4): 3,
        ("forward", 5): 6,
    }
    assert generate(Told(says), [5], Han2017Config()) == [3, 4, 5, 6]


def test_a_second_piece_takes_the_place_of_what_it_is_most_like_before_the_first_too() -> None:
    says: dict[tuple[Direction, int], int] = {
        ("backward", 5): 4,
        ("backward", 4): 3,
        ("backward", 3): 2,
        ("forward", 2): 4,
        ("forward", 3): 4,
    }
    told = Told(says)
    told.values[8] = told.values[2] + 0.1 * told.values[8]
    found = generate(told, [5, 8], Han2017Config())
    assert found[0] == 8 and found[-1] == 5 and len(found) == 4


def test_a_second_piece_nearest_to_the_first_stands_beside_it() -> None:
    told = Told({("forward", 5): 6, ("forward", 8): 7})
    told.values[8] = told.values[5] + 0.1 * told.values[8]
    told.values[9] = told.values[5] + 0.1 * told.values[9]
    assert generate(told, [5, 8], Han2017Config()) == [5, 8, 7]
    assert generate(told, [5, 9, 8], Han2017Config()) == [5, 9, 8, 7]


@pytest.mark.parametrize("count", [2, 12, 30])
def test_every_query_piece_is_in_the_outfit_however_many_there_are(count: int) -> None:
    found = generate(_expectations(1), list(range(count)), LOOSE)
    assert set(range(count)) <= set(found)


def test_between_two_pieces_both_directions_are_added() -> None:
    beside = _expectations(2)
    ahead = beside.expected([4], "forward")
    back = beside.expected([9], "backward")
    assert ahead is not None and back is not None
    assert fill(beside, 4, 9, 1) == [int((beside.keys @ (ahead + back)).argmax())]
    assert fill(beside, 4, 9, 0) == fill(beside, 4, 9, -1) == []


def test_the_threshold_ends_an_outfit_and_so_does_the_limit_of_steps() -> None:
    beside = _expectations(3)
    assert extend(beside, [0], "forward", Han2017Config(end_threshold=1e-9)) == []
    most = Han2017Config(end_threshold=1.0, steps=6)
    ends = [len(extend(beside, [n], "forward", most)) for n in range(ITEMS)]
    assert max(ends) == 6
    tight = Han2017Config(end_threshold=0.01, steps=6)
    shorter = [len(extend(beside, [n], "forward", tight)) for n in range(ITEMS)]
    assert 0 < sum(shorter) < sum(ends)


def test_the_end_is_chosen_where_nothing_is_more_likely() -> None:
    beside = _expectations(3)
    away = BiLstmExpectations(beside.model, beside.values, beside.keys * 0 - 5.0)
    expected = away.expected([0], "forward")
    assert expected is not None
    sign = float((away.keys @ expected)[0])
    keys = away.keys if sign < 0 else -away.keys
    away = BiLstmExpectations(beside.model, beside.values, keys)
    assert extend(away, [0], "forward", Han2017Config(end_threshold=1.0)) == []


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_a_one_way_model_extends_one_way_only(direction: Direction) -> None:
    beside = _expectations(1, directions=direction)
    config = Han2017Config(end_threshold=1.0, steps=3)
    other: Direction = "backward" if direction == "forward" else "forward"
    assert extend(beside, [0], other, config) == []
    assert len(extend(beside, [0], direction, config)) == 3
    assert {0, 5, 9} <= set(generate(beside, [0, 5, 9], config))


@pytest.mark.parametrize("cell", ["gru", "rnn"])
@pytest.mark.parametrize("order", ["given", "category"])
def test_other_cells_and_orders_generate_too(cell: str, order: str) -> None:
    found = generate(_expectations(1, cell=cell, order=order), [0, 5], LOOSE)
    assert {0, 5} <= set(found)


def test_a_text_changes_all_items_but_the_query_pieces() -> None:
    images = torch.nn.functional.normalize(torch.randn(10, 4), dim=1)
    text = images[7]
    assert rephrase([1, 2, 3], [2], images, text, 100.0) == [7, 2, 7]
    assert rephrase([1, 2, 3], [2], images, text, 0.0) == [1, 2, 3]
    expected = int((images @ (images[1] + 2.0 * text)).argmax())
    assert rephrase([1], [], images, text, 2.0) == [expected]


def test_settings_out_of_range_are_refused() -> None:
    for wrong in ({"end_threshold": 0.0}, {"end_threshold": 2.0}, {"steps": -1}):
        with pytest.raises(Misuse):
            Han2017Config(**wrong)  # type: ignore[arg-type]

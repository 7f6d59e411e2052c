"""Batches made one ahead are those that were asked for."""

from __future__ import annotations

import pytest

from modiste.training.pixels import Prefetch


def test_any_order_of_steps_gives_each_its_own_batch_and_the_next_is_begun() -> None:
    made: list[int] = []

    def make(step: int) -> str:
        made.append(step)
        return f"batch {step}"

    batches = Prefetch(make)
    assert [batches.take(step) for step in (0, 1, 5, 2)] == [
        "batch 0",
        "batch 1",
        "batch 5",
        "batch 2",
    ]
    batches.close()
    assert made[:2] == [0, 1]
    assert made.count(1) == 1  # made ahead, and not again


def test_what_went_wrong_in_the_thread_is_raised_where_it_is_asked_for() -> None:
    def make(step: int) -> int:
        if step == 1:
            raise ValueError("step 1")
        return step

    batches = Prefetch(make)
    assert batches.take(0) == 0
    with pytest.raises(ValueError, match="step 1"):
        batches.take(1)
    batches.close()

"""The published generation once more, in plain NumPy, a step and an item at a time.

Written from the description in the paper and its code, with the mended places of
`stylist/generation/han2017.py`; it shares nothing with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from modiste.arrays import Floats
from modiste.models.bilstm import BiLstm


class SlowLstm:
    """One direction of a model, stepped by hand."""

    def __init__(self, model: BiLstm, name: str) -> None:
        state = {key: value.double().numpy() for key, value in model.state_dict().items()}
        cell = f"read.{name}.cell."
        self.input = state[cell + "weight_ih_l0"]
        self.recurrent = state[cell + "weight_hh_l0"]
        self.bias = state[cell + "bias_ih_l0"] + state[cell + "bias_hh_l0"]
        self.weight, self.offset = state[f"read.{name}.out.weight"], state[f"read.{name}.out.bias"]

    def start(self) -> tuple[Any, Any]:
        width = len(self.offset)
        return np.zeros(width), np.zeros(width)

    def step(self, item: Floats, state: tuple[Any, Any]) -> tuple[Any, tuple[Any, Any]]:
        hidden, memory = state
        gates = self.input @ item + self.recurrent @ hidden + self.bias
        enter, forget, new, leave = np.split(gates, 4)
        memory = _sigmoid(forget) * memory + _sigmoid(enter) * np.tanh(new)
        hidden = _sigmoid(leave) * np.tanh(memory)
        return self.weight @ hidden + self.offset, (hidden, memory)


def slow_generation(
    model: BiLstm, items: Floats, queries: list[int], size: int, *, threshold: float, steps: int
) -> list[int]:
    """An outfit around queries; of the (P, W) values `items` the first `size` are for sale."""
    shop = items[:size].astype(np.float64)
    forward, backward = SlowLstm(model, "onwards"), SlowLstm(model, "backwards")

    def go_on(cells: SlowLstm, read: list[int]) -> list[int]:
        state, found = cells.start(), []
        for item in read:
            output, state = cells.step(items[item], state)
        for _ in range(steps):
            chances = np.exp([*(shop @ output), 0.0])
            chances /= chances.sum()
            best = int(np.argmax(chances))
            if best == size or chances[-1] > threshold:
                break
            found.append(best)
            output, state = cells.step(items[best], state)
        return found

    def guesses(cells: SlowLstm, item: int, count: int) -> list[Any]:
        state, found = cells.start(), []
        for _ in range(count):
            output, state = cells.step(items[item], state)
            found.append(output)
            item = int(np.argmax(shop @ output))
        return found

    first = queries[0]
    behind = go_on(backward, [first])
    draft = [*reversed(behind), first, *go_on(forward, [first])]
    spot = {0: len(behind)}
    for number, query in enumerate(queries[1:], start=1):
        wanted = items[query]
        cosines = [
            float(items[d] @ wanted / np.linalg.norm(items[d]) / np.linalg.norm(wanted))
            for d in draft
        ]
        spot[number] = cosines.index(max(cosines))
    in_order = sorted(spot, key=lambda number: (spot[number], number))
    outfit = [queries[in_order[0]]]
    for left, right in zip(in_order, in_order[1:], strict=False):
        missing = max(spot[right] - spot[left] - 1, 0)
        ahead = guesses(forward, queries[left], missing)
        back = guesses(backward, queries[right], missing)[::-1]
        for one, other in zip(ahead, back, strict=True):
            outfit.append(int(np.argmax(shop @ (one + other))))
        outfit.append(queries[right])
    head = go_on(backward, outfit[::-1])
    return [*reversed(head), *outfit, *go_on(forward, outfit)]


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))

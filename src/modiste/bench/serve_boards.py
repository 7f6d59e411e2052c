"""What people could ask a service: boards of a few pieces, drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from modiste.client.client import Client
from modiste.client.models import Piece

MOST = 5000
"""Items of a slot that questions are drawn from: of a large catalogue those worn most."""


def pieces_of(client: Client, most: int = MOST) -> list[Piece]:
    """What a service dresses from, slot after slot, what people wear most first.

    Args:
        client: of the service.
        most: of each slot.
    """
    return [
        piece
        for slot in client.shop().slots
        for piece in islice(client.all_items(category=[slot.name]), most)
    ]


def shelves_of(pieces: Iterable[Piece]) -> dict[str, list[str]]:
    """Slot -> the ids of its items."""
    shelves: dict[str, list[str]] = {}
    for piece in pieces:
        shelves.setdefault(piece.category, []).append(piece.id)
    return {slot: sorted(found) for slot, found in sorted(shelves.items())}


def draw_boards(
    shelves: Mapping[str, Sequence[str]], count: int, seed: int = 0
) -> list[dict[str, Any]]:
    """Questions for `complete`: two to four pieces of different slots, half with a category.

    Args:
        shelves: slot -> ids, three slots or more.
        count: how many questions.
        seed: another one draws other boards.
    """
    chance = random.Random(seed)
    most = min(4, len(shelves) - 1)  # one slot stays free
    boards: list[dict[str, Any]] = []
    for number in range(count):
        slots = chance.sample(list(shelves), chance.randint(2, most) + 1)
        board: dict[str, Any] = {"pieces": [chance.choice(shelves[slot]) for slot in slots[1:]]}
        boards.append(board | ({"category": slots[0]} if number % 2 else {}))
    return boards

"""What the page asks besides `complete` and `score`: a few questions of each kind, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from modiste.bench.serve_boards import draw_boards, shelves_of
from modiste.client.models import Piece, Shop
from modiste.training.run import Run

Asked = Mapping[str, Any]
"""What a question says, by the names that `Client` has for it."""
MOST_CHARACTERS = 60
"""Of a search or a wish, where titles know no spaces."""
LARGEST = 8
"""Pieces of an outfit that is asked about."""


def draw_questions(
    run: Path, pieces: Sequence[Piece], shop: Shop, count: int, seed: int = 0
) -> dict[str, list[Asked]]:
    """Questions of each kind that a run can answer.

    Args:
        run: whose outfits are explained and revised, where all their pieces are there.
        pieces: of the catalogue that is served.
        shop: what the service says of it; kinds that it cannot answer are left out.
        count: of each kind.
        seed: another one draws other questions.

    Returns:
        Kind -> what to ask; the first word of a kind is the question of the API that it is.
    """
    chance = random.Random(seed)
    boards = [board["pieces"] for board in draw_boards(shelves_of(pieces), count, seed + 1)]
    outfits = _worn(run, {piece.id for piece in pieces}) or boards
    looks = [chance.choice(outfits) for _ in range(count)]
    words = _words(pieces, chance)
    pictured = [piece.id for piece in pieces if piece.image is not None]
    drawn: dict[str, list[Asked]] = {
        "items by words": [{"text": next(words)} for _ in range(count)],
        "items like one": [
            {"like": chance.choice(pictured)} for _ in range(count * bool(pictured))
        ],
        "items that fit": [{"fits": board} for board in boards],
        "compose": [{"pieces": board[:2]} for board in boards],
        "compose by a wish": [{"wish": next(words)} for _ in range(count)],
        "explain": [{"pieces": look} for look in looks],
        "revise": [{"pieces": look} for look in looks],
    }
    cannot = {
        "items like one": not shop.sees_photographs,
        "compose by a wish": not shop.reads_words,
    }
    return {kind: asked for kind, asked in drawn.items() if asked and not cannot.get(kind)}


def _worn(run: Path, there: set[str]) -> list[list[str]]:
    """Outfits of people whose pieces are all there."""
    outfits: list[list[str]] = Run.open(run).wardrobe().outfits["items"].to_list()
    return [items for items in outfits if 2 <= len(items) <= LARGEST and there.issuperset(items)]


def _words(pieces: Sequence[Piece], chance: random.Random) -> Iterator[str]:
    """Two neighbouring words of some piece's title, again and again; of its category without."""
    while True:
        piece = chance.choice(pieces)
        words = piece.title.split() or piece.fine.split() or [piece.category]
        first = chance.randrange(max(len(words) - 1, 1))
        yield " ".join(words[first : first + 2])[:MOST_CHARACTERS].strip()

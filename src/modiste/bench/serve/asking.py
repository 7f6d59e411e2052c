"""What people ask a service, and the same asked one at a time: over HTTP, or of the stylist alone.

Run as a module it is the reference, a stylist in a process that does nothing else: a document on
standard input says what to ask, one on standard output tells how long it took, and what was
suggested first.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modiste.catalogue.places import open_catalogue
from modiste.client.client import Client
from modiste.client.models import Piece, Shop
from modiste.errors import Misuse, ModisteError
from modiste.training.run import Run

if TYPE_CHECKING:
    from modiste.stylist.stylist import Stylist

Asked = Mapping[str, Any]
"""What a question says, by the names that `Client` has for it."""
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


LONGEST = 5.0
"""Seconds of one kind of question after which no further one is asked."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What came of the questions of one kind, in their order.

    Args:
        waits: seconds from each question to its answer; None where it was refused.
        firsts: what each answer says first, in ids or words; "" where it was refused.
        told: why the first of them was refused, "" where none was.
    """

    waits: tuple[float | None, ...]
    firsts: tuple[str, ...]
    told: str = ""


def ask_each(
    questions: Sequence[Asked], ask: Callable[[Asked], str], longest: float = LONGEST
) -> Answers:
    """Ask one question after the other until there are no more, or `longest` is over.

    The first is asked without taking its time: what is made on first use is not what is asked
    every day.

    Args:
        questions: two or more; of the second there is always an answer.
        ask: puts a question, and says what the answer says first. Raises ModisteError.
        longest: seconds of asking after which no further question is put.
    """
    noted: list[tuple[float | None, str]] = []
    told = ""
    for number, question in enumerate(questions):
        if number == 1:
            start = time.perf_counter()
        began = time.perf_counter()
        if number > 1 and began - start >= longest:
            break
        try:
            first = ask(question)
            noted.append((time.perf_counter() - began, first))
        except ModisteError as error:
            noted.append((None, ""))
            told = told or f"{question}: {error}"
    waits, firsts = zip(*noted[1:], strict=True) if noted[1:] else ((), ())
    return Answers(waits=waits, firsts=firsts, told=told)


def ask_client(client: Client, questions: Mapping[str, Sequence[Asked]]) -> dict[str, Answers]:
    """Answers of a service, by kind of question."""

    def find(asked: Asked) -> str:
        return _first([piece.id for piece in client.items(**asked).items])

    def compose(asked: Asked) -> str:
        return " ".join(piece.id for piece in client.compose(**asked).looks[0].pieces)

    def revise(asked: Asked) -> str:
        return _first([swap.id for swap in client.revise(**asked).swaps])

    ways = {
        "items": find,
        "compose": compose,
        "explain": lambda asked: client.explain(**asked).sentence,
        "revise": revise,
    }
    return {kind: ask_each(some, ways[method_of(kind)]) for kind, some in questions.items()}


def ask_stylist(stylist: Stylist, questions: Mapping[str, Sequence[Asked]]) -> dict[str, Answers]:
    """Answers of a stylist to all of the same questions, by their kind."""
    from modiste.stylist.compose import ComposeRequest
    from modiste.stylist.find import SearchRequest

    def find(asked: Asked) -> str:
        page = stylist.find(SearchRequest(**asked))
        return _first([garment.id for garment in page.garments])

    def compose(asked: Asked) -> str:
        request = ComposeRequest(text=asked.get("wish"))
        looks = stylist.compose(asked.get("pieces", ()), request)
        return " ".join(garment.id for garment in looks[0].pieces)

    def revise(asked: Asked) -> str:
        return _first([swap.garment.id for swap in stylist.revise(**asked).swaps])

    ways = {
        "items": find,
        "compose": compose,
        "explain": lambda asked: stylist.explain(**asked).sentence,
        "revise": revise,
    }
    return {
        kind: ask_each(some, ways[method_of(kind)], float("inf"))
        for kind, some in questions.items()
    }


def method_of(kind: str) -> str:
    """The question of the API that a kind of question is."""
    return kind.split()[0]


def _first(found: Sequence[str]) -> str:
    """The best of what was found; nothing may be found."""
    return found[0] if found else "nothing"


WARM = 5
"""Questions before time is taken."""


@dataclass(frozen=True, kw_only=True)
class Alone:
    """How the stylist did alone.

    Args:
        complete: seconds that each question took.
        score: the same for the verdict on the same pieces.
        firsts: the id of the first suggestion for each; None where there is none.
        page: kind of question -> the answers to those.
    """

    complete: tuple[float, ...]
    score: tuple[float, ...]
    firsts: tuple[str | None, ...]
    page: dict[str, Answers] = field(default_factory=dict)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Alone:
        """What the process of the reference wrote."""
        page = {kind: Answers(**answers) for kind, answers in told["page"].items()}
        return cls(**{**told, "page": page})


def ask_alone(
    run: Path,
    boards: Sequence[Mapping[str, Any]],
    threads: int | None,
    seconds: float,
    *,
    catalogue: str | None = None,
    questions: Mapping[str, Sequence[Asked]] | None = None,
) -> Alone:
    """Ask a stylist without HTTP, one board after the other, until the time is over.

    Args:
        run: the folder of a trained run.
        boards: as `draw_boards` draws them.
        threads: of torch; None: as many as it takes.
        seconds: at most, for each of complete and score.
        catalogue: what to dress from, as `open_catalogue` takes it; None: the run's wardrobe.
        questions: of the page, as `draw_questions` draws them; all are asked.
    """
    import torch

    if threads is not None:
        torch.set_num_threads(threads)
    stylist = _stylist(run, catalogue)
    for board in boards[:WARM]:
        with suppress(Misuse):  # nothing is left for some boards
            stylist.complete(board["pieces"], board.get("category"))
        stylist.score(board["pieces"])
    complete, score = [], []
    firsts: list[str | None] = []
    end = time.perf_counter() + seconds
    for board in boards:
        if (began := time.perf_counter()) >= end:
            break
        try:
            firsts.append(stylist.complete(board["pieces"], board.get("category"))[0].garment.id)
        except Misuse:
            firsts.append(None)
        complete.append(time.perf_counter() - began)
    end = time.perf_counter() + seconds
    for board in boards:
        if (began := time.perf_counter()) >= end:
            break
        stylist.score(board["pieces"])
        score.append(time.perf_counter() - began)
    return Alone(
        complete=tuple(complete),
        score=tuple(score),
        firsts=tuple(firsts),
        page=ask_stylist(stylist, questions or {}),
    )


def _stylist(run: Path, catalogue: str | None) -> Stylist:
    from modiste.stylist.stylist import Stylist

    return Stylist.load(run) if catalogue is None else Stylist.over(run, open_catalogue(catalogue))


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(asdict(ask_alone(Path(asked.pop("run")), **asked)), sys.stdout)

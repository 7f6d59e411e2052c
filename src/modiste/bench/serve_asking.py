"""Questions asked one at a time: by one client over HTTP, or of the stylist in the process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modiste.bench.serve_questions import Asked
from modiste.client.client import Client
from modiste.errors import ModisteError

if TYPE_CHECKING:
    from modiste.stylist.stylist import Stylist

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

"""Answers to the queries of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modiste.stylist.garment import in_lines
from modiste.stylist.look import Composition
from modiste.stylist.queries import Query


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One query and its looks."""

    query: Query
    looks: Composition

    def to_json(self) -> dict[str, Any]:
        """The query as in its file, the looks, the notes."""
        return {"query": self.query.to_json(), **self.looks.to_json()}


@dataclass(frozen=True, kw_only=True)
class Generation(Sequence[Answered]):
    """The answers to several queries, in their order; a sequence of them."""

    answers: tuple[Answered, ...]

    def __len__(self) -> int:
        return len(self.answers)

    def __getitem__(self, place: Any) -> Any:
        return self.answers[place]

    def __iter__(self) -> Iterator[Answered]:
        return iter(self.answers)

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {"answers": [answer.to_json() for answer in self.answers]}

    def to_text(self) -> str:
        """A heading a query, then its looks and notes."""
        parts = [
            in_lines([f"Query {number}: {answer.query}", answer.looks.to_text()], [])
            for number, answer in enumerate(self.answers, start=1)
        ]
        return "\n\n".join(parts)

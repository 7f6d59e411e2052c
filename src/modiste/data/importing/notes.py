"""What an importer found wrong or absent: counted by kind, with a few examples each."""

from __future__ import annotations

EXAMPLES = 5


class Notes:
    """Sentences for the wardrobe's notes, in the order in which their kinds first occurred."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._examples: dict[str, list[str]] = {}

    def say(self, sentence: str) -> None:
        """Note one sentence as it stands."""
        self._counts.setdefault(sentence, 0)

    def add(self, kind: str, example: str) -> None:
        """Count one more of `kind`; the first few examples are kept.

        Args:
            kind: what was found and what became of it, with no full stop and no number.
            example: where: a file and line, an id.
        """
        self._counts[kind] = self._counts.get(kind, 0) + 1
        examples = self._examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(example)

    def count(self, kind: str) -> int:
        """How many of `kind` were added."""
        return self._counts.get(kind, 0)

    def sentences(self) -> tuple[str, ...]:
        """One a kind, such as `Rows without an id, skipped: 2 (a.csv line 7, a.csv line 9)`."""
        return tuple(self._sentence(kind, count) for kind, count in self._counts.items())

    def _sentence(self, kind: str, count: int) -> str:
        if not count:
            return kind
        examples = self._examples[kind]
        more = ", ..." if count > len(examples) else ""
        return f"{kind}: {count:,} ({', '.join(examples)}{more})."

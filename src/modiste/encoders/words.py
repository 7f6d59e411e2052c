"""Titles as bags of known words, for the visual-semantic embedding."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from modiste.arrays import Floats
from modiste.errors import DataError

Tokenise: TypeAlias = Literal["published", "plain"]
LONGEST = 32
"""Words of a title that count; the rest is cut off."""
LEAST = 2
"""Titles that a word must be in to be counted into a vocabulary."""
_WORD = re.compile(r"[^\W_]+(?:['’&-][^\W_]+)*")


@dataclass(frozen=True)
class Words:
    """The words that a model knows, numbered from 1; 0 is no word.

    An unknown word is left out. The code of Han et al. 2017 gave it a number one beyond the last
    row of its table (words 1 to 2,756, unknown 2,757, 2,757 rows), which fails where it is met.

    Args:
        vocabulary: distinct words.
        tokenise: `published` splits at white space and changes nothing (Han et al. 2017);
            `plain` also drops punctuation and capitals.
    """

    vocabulary: tuple[str, ...]
    tokenise: Tokenise = "plain"

    @cached_property
    def _number(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.vocabulary, start=1)}

    @property
    def fingerprint(self) -> str:
        """64 hex digits that change with the words, their order and the tokenisation."""
        return hashlib.sha256("\n".join([self.tokenise, *self.vocabulary]).encode()).hexdigest()

    def known(self, text: str) -> list[int]:
        """Numbers of the known words of a text, in order, repeats included."""
        return [self._number[t] for t in tokens(text, self.tokenise) if t in self._number]

    def unknown(self, text: str) -> list[str]:
        """The words of a text that are not known, each once."""
        return [t for t in dict.fromkeys(tokens(text, self.tokenise)) if t not in self._number]

    def indices(self, titles: Sequence[str], columns: int) -> Floats:
        """(n, columns) float32 of word numbers, 0 after the last; exact up to 16 million."""
        found = np.zeros((len(titles), columns), dtype=np.float32)
        for row, title in enumerate(titles):
            numbers = self.known(title)[:columns]
            found[row, : len(numbers)] = numbers
        return found

    def columns(self, titles: Iterable[str]) -> int:
        """How many columns hold the known words of all titles, 1 to `LONGEST`."""
        return min(max((len(self.known(title)) for title in titles), default=1) or 1, LONGEST)


def tokens(text: str, tokenise: Tokenise) -> list[str]:
    """The words of a text."""
    return text.split() if tokenise == "published" else _WORD.findall(text.casefold())


def count_words(titles: Iterable[str]) -> Words:
    """The vocabulary of titles: words in at least `LEAST` of them, the most common first."""
    counts: Counter[str] = Counter()
    for title in titles:
        counts.update(set(tokens(title, "plain")))
    common = [(word, count) for word, count in counts.items() if count >= LEAST]
    common.sort(key=lambda entry: (-entry[1], entry[0]))
    return Words(tuple(word for word, _ in common), "plain")


def read_words(path: Path) -> Words:
    """A vocabulary file as published: one `word count` a line, or one word a line.

    Raises:
        DataError: it is missing, no text, holds no word, or one twice.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError as error:
        raise DataError(f"No file {path}; give a vocabulary, one `word count` a line.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text ({error}).") from error
    words = tuple(line.split()[0] for line in lines if line.strip())
    if not words:
        raise DataError(f"{path} holds no word; give a vocabulary, one `word count` a line.")
    if len(set(words)) < len(words):
        twice = next(word for word, count in Counter(words).items() if count > 1)
        raise DataError(f"{path} holds the word {twice!r} twice; leave one out.")
    return Words(words, "published")

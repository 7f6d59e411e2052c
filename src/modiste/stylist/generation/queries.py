"""Query files: what looks are asked for, in the format of Han et al. 2017's code.

    [{"image_query": ["131138376_1", "131138376_3"], "text_query": "blue"}, ...]

`image_query` holds item ids, or image files as the command line takes them (`photo.jpg`,
`shoes=photo.jpg`; paths are seen from the working directory); `text_query` is a wish in words,
"" for none. Either may be absent or empty, not both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modiste.errors import DataError, Misuse, ModisteError

KEYS = ("image_query", "text_query")
EXAMPLE = '[{"image_query": ["id", "id"], "text_query": "blue"}]'


@dataclass(frozen=True, kw_only=True)
class Query:
    """One query.

    Args:
        pieces: item ids or image files, in the order in which they are worn; part of the look.
        text: a wish in words; "" for none.
    """

    pieces: tuple[str, ...] = ()
    text: str = ""

    def __post_init__(self) -> None:
        if not self.pieces and not self.text.strip():
            raise Misuse("There is neither an image nor a text; give one.")

    def to_json(self) -> dict[str, Any]:
        """As in a query file."""
        return {"image_query": list(self.pieces), "text_query": self.text}

    def __str__(self) -> str:
        text = [f'"{self.text.strip()}"'] if self.text.strip() else []
        return ", ".join([*self.pieces, *text])


def read_queries(path: Path) -> list[Query]:
    """Read a query file.

    Raises:
        DataError: there is no such file, or it is malformed; the sentence names the query.
    """
    try:
        found = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise DataError(f"There is no query file {path}; write one: {EXAMPLE}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text; save it as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path} is no JSON ({error.msg}, line {error.lineno}); it should look like {EXAMPLE}."
        ) from error
    except (OSError, RecursionError, ValueError) as error:
        raise DataError(f"Cannot read {path} ({error}); give a file like {EXAMPLE}.") from error
    if not isinstance(found, list) or not found:
        raise DataError(f"{path} holds no list of queries; it should look like {EXAMPLE}.")
    queries = []
    for number, facts in enumerate(found, start=1):
        try:
            queries.append(_query(facts))
        except ModisteError as error:
            raise DataError(f"Query {number} of {path}: {error}") from error
    return queries


@contextmanager
def named(number: int, query: Query) -> Iterator[None]:
    """Say which query an error is about."""
    try:
        yield
    except ModisteError as error:
        kind = Misuse if isinstance(error, Misuse) else DataError
        raise kind(f"Query {number} ({query}): {error}") from error


def _query(facts: object) -> Query:
    if not isinstance(facts, Mapping):
        raise DataError(f"It is no object; it should look like {EXAMPLE[1:-1]}.")
    if strange := sorted(map(str, facts.keys() - set(KEYS))):
        raise DataError(f"It has the key {strange[0]!r}; there are only {' and '.join(KEYS)}.")
    pieces, text = facts.get("image_query", []), facts.get("text_query", "")
    if not isinstance(pieces, list) or not all(isinstance(p, str) and p for p in pieces):
        raise DataError("Its image_query is no list of texts; give item ids or image files.")
    if not isinstance(text, str):
        raise DataError('Its text_query is no text; give words, or "" for none.')
    if any("\0" in each or not _is_unicode(each) for each in (*pieces, text)):
        raise DataError("It holds a character that no name or word has; leave it out.")
    return Query(pieces=tuple(pieces), text=text)


def _is_unicode(text: str) -> bool:
    """Whether a text can be written; JSON can spell half of a surrogate pair, which cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

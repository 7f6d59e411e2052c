"""JSON Lines, read so that a broken line costs that line only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeAlias

Cell: TypeAlias = str | list[str]
"""Text, "" where there is none; a list where the file has one."""

Line = tuple[int, dict[str, Cell], str]
"""Its number (1-based), its cells, and what is wrong with it ("" where nothing is)."""


def read_json_lines(text: str) -> Iterator[Line]:
    """The objects of a JSON Lines text, one a line; blank lines are skipped.

    Numbers stay as they are written: 12.50 does not become 12.5, and no long id is rounded.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, _cells(line), ""
        except json.JSONDecodeError as error:
            yield number, {}, error.msg
        except UnicodeEncodeError:
            yield number, {}, "a character that is no Unicode"
        except (ValueError, RecursionError) as error:
            yield number, {}, str(error)


def _cells(line: str) -> dict[str, Cell]:
    facts = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    if not isinstance(facts, dict):
        raise ValueError("not a JSON object")
    return {column: _cell(value) for column, value in facts.items()}


def _cell(value: object) -> Cell:
    if isinstance(value, list):
        return [text for entry in value if isinstance(text := _cell(entry), str) and text]
    if value is None or isinstance(value, dict):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    text.encode()  # half of a surrogate pair, which JSON can spell, is no text
    return text

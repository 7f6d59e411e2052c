"""Comma, semicolon or tab separated text, read so that a broken row costs that row only."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

LONGEST_RECORD = 100
"""Lines that a quoted field may span; beyond that a quote is taken for a stray one."""

Record = tuple[int, list[str], str]
"""Line where it starts (1-based), its fields, and what is wrong with it ("" where nothing is)."""


def read_delimited(text: str) -> tuple[list[str], Iterator[Record]]:
    """Split a table into its header and its records.

    The delimiter is the one of `,`, `;` and tab that the header has most of.

    Returns:
        The column names, [] where there is no text at all, and the records, in file order.
        Blank lines are no records. A record that is malformed has no fields; reading goes on
        at the line after the one where it starts.
    """
    lines = list(StringIO(text, newline=""))  # keeps line ends, splits at \n, \r\n and \r only
    start = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    if start == len(lines):
        return [], iter(())
    delimiter = max(",;\t", key=lines[start].count)
    header, used, problem = _record(lines, start, delimiter)
    names = [name.strip() for name in header] if not problem else []
    return names, _records(lines, start + used, delimiter, len(names))


def _records(lines: Sequence[str], start: int, delimiter: str, width: int) -> Iterator[Record]:
    while start < len(lines):
        if not lines[start].strip():
            start += 1
            continue
        fields, used, problem = _record(lines, start, delimiter)
        if not problem and len(fields) != width:
            problem = f"{len(fields)} fields instead of {width}"
        if problem:
            # A stray quote may have swallowed the lines after it: they get their own chance.
            fields, used = [], 1
        yield start + 1, fields, problem
        start += used


def _record(lines: Sequence[str], start: int, delimiter: str) -> tuple[list[str], int, str]:
    """The fields of one record, the lines it takes, and what is wrong with it."""
    for most in (1, LONGEST_RECORD):
        reader = csv.reader(lines[start : start + most], strict=True, delimiter=delimiter)
        try:
            return next(reader), reader.line_num, ""
        except csv.Error as error:
            reason = str(error)
    return (
        [],
        1,
        "a stray quote" if "end of data" in reason or "expected after" in reason else reason,
    )

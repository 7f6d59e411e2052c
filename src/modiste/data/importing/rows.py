"""A CSV, Parquet or JSON Lines file as named columns of text, with the line of every row.

A row or line that is broken costs that one only; text is separated by comma, semicolon or tab.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import TypeAlias

import polars as pl

from modiste.data.importing.notes import Notes
from modiste.errors import DataError, DatasetNotFound, Misuse

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


DELIMITED = (".csv", ".tsv", ".txt")
JSON_LINES = (".jsonl", ".ndjson")
PARQUET = (".parquet", ".pq")
SUFFIXES = (*DELIMITED, *JSON_LINES, *PARQUET)


@dataclass(frozen=True)
class Rows:
    """The well-formed rows of one file.

    Args:
        path: the file.
        columns: column name -> one cell a row; only the columns that were asked for.
        lines: 1-based line where each row starts; in Parquet the number of the row.
    """

    path: Path
    columns: Mapping[str, list[Cell]]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.lines)

    def place(self, row: int) -> str:
        """Where a row is, for people: `items.csv line 7`."""
        unit = "row" if self.path.suffix.lower() in PARQUET else "line"
        return f"{self.path.name} {unit} {self.lines[row]}"


def read_rows(
    path: Path, wanted: Mapping[str, str], notes: Notes, *, encoding: str = "utf-8"
) -> Rows:
    """Read some columns of a table; every value is text, so that `007` keeps its zeros.

    Args:
        path: a .csv, .tsv, .jsonl or .parquet file; text files may be gzipped (.csv.gz).
        wanted: column -> who asked for it, such as `--map id=cod`, for the error message.
        notes: gets the malformed rows, which are skipped.
        encoding: of text files; a byte order mark is accepted.

    Raises:
        DatasetNotFound: no such file.
        DataError: the file cannot be decoded or has no rows.
        Misuse: its kind is not known, or it has no such column.
    """
    if not path.is_file():
        raise DatasetNotFound(f"No file {path}; give a table ({', '.join(SUFFIXES)}).")
    suffix = _suffix(path)
    if suffix in PARQUET:
        rows = _read_parquet(path, wanted)
    else:
        text = _decode(path, encoding)
        read = _read_json_lines if suffix in JSON_LINES else _read_delimited
        rows = read(path, text, wanted, notes)
    if not rows.lines:
        malformed = " that could be read" if notes.sentences() else ""
        raise DataError(f"{path} has no rows{malformed}; give a table with at least one.")
    return rows


def check_columns(path: Path, wanted: Mapping[str, str], existing: list[str]) -> None:
    """Refuse a column that the file does not have, naming those that it has."""
    for column, asker in wanted.items():
        if column not in existing:
            near = get_close_matches(column, existing, n=1)
            hint = f"did you mean {near[0]!r}? Its" if near else "its"
            raise Misuse(
                f"{path.name} has no column {column!r}, which {asker} asks for; {hint} columns "
                f"are {', '.join(existing)}."
            )
        if existing.count(column) > 1:
            raise DataError(f"{path.name} has {column!r} as a column twice; rename one of them.")


def _suffix(path: Path) -> str:
    name = path.name.lower()
    suffix = Path(name.removesuffix(".gz")).suffix
    if suffix not in SUFFIXES or (name.endswith(".gz") and suffix in PARQUET):
        raise Misuse(
            f"{path} is of no kind of table that is known; give a {', '.join(SUFFIXES)} file, or "
            "text packed with gzip."
        )
    return suffix


def _decode(path: Path, encoding: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise Misuse(
            f"No text encoding is called {encoding!r}; try --encoding utf-8 or latin-1."
        ) from error
    try:
        data = path.read_bytes()
        if path.suffix.lower() == ".gz":
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"Cannot read {path} ({error}); is it whole?") from error
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path} is not {encoding} text: byte 0x{data[error.start]:02x} at line {line} (offset "
            f"{error.start}); name its encoding, for example --encoding latin-1."
        ) from error


def _read_delimited(path: Path, text: str, wanted: Mapping[str, str], notes: Notes) -> Rows:
    header, records = read_delimited(text)
    if not header:
        raise DataError(f"{path} has no header; its first line must name the columns.")
    check_columns(path, wanted, header)
    place = {column: header.index(column) for column in wanted}
    columns: dict[str, list[Cell]] = {column: [] for column in wanted}
    lines = []
    for line, fields, problem in records:
        if problem:
            notes.add("Malformed rows, skipped", f"{path.name} line {line}: {problem}")
            continue
        lines.append(line)
        for column, index in place.items():
            columns[column].append(fields[index].strip())
    return Rows(path, columns, lines)


def _read_json_lines(path: Path, text: str, wanted: Mapping[str, str], notes: Notes) -> Rows:
    columns: dict[str, list[Cell]] = {column: [] for column in wanted}
    existing: dict[str, None] = {}
    lines = []
    for line, facts, problem in read_json_lines(text):
        if problem:
            notes.add("Malformed rows, skipped", f"{path.name} line {line}: {problem}")
            continue
        existing.update(dict.fromkeys(facts))
        lines.append(line)
        for column, cells in columns.items():
            cells.append(facts.get(column, ""))
    if lines:
        check_columns(path, wanted, list(existing))
    return Rows(path, columns, lines)


def _read_parquet(path: Path, wanted: Mapping[str, str]) -> Rows:
    try:
        check_columns(path, wanted, list(pl.read_parquet_schema(path)))
        table = pl.read_parquet(path, columns=list(wanted), memory_map=False)
        columns = {column: _as_text(table[column]) for column in wanted}
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path} is no Parquet file that can be read ({reason}).") from error
    return Rows(path, columns, list(range(1, len(table) + 1)))


def _as_text(column: pl.Series) -> list[Cell]:
    dtype = column.dtype
    if isinstance(dtype, pl.List | pl.Array):
        lists = column.cast(pl.List(pl.String)).to_list()
        return [[entry.strip() for entry in cells or [] if entry] for cells in lists]
    if dtype.is_float():
        column = column.fill_nan(None)
        if bool((column.drop_nulls() % 1 == 0).all()):
            column = column.cast(pl.Int64)  # whole numbers that a missing value made floats
    texts: list[Cell] = column.cast(pl.String).fill_null("").str.strip_chars().to_list()
    return texts

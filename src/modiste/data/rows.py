"""A CSV, Parquet or JSON Lines file as named columns of text, with the line of every row."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from modiste.data.delimited import read_delimited
from modiste.data.json_lines import Cell, read_json_lines
from modiste.data.notes import Notes
from modiste.errors import DataError, DatasetNotFound, Misuse

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


__all__ = ["Cell", "Rows", "check_columns", "read_rows"]

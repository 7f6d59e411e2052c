"""Questions on disk: Parquet inside a wardrobe, JSON Lines for everybody else.

    {"kind": "fitb", "question": [id, ...], "candidates": [id, ...], "answer": 2}
    {"kind": "compatibility", "items": [id, ...], "label": 1}
    {"kind": "completion", "question": [id, ...], "category": "shoes", "answer": id}

A FITB line may carry `position`, where the blank is, 0-based; other keys are ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from modiste.data.atomic import atomic_path
from modiste.data.wardrobe import write_table
from modiste.errors import DataError, DatasetNotFound, Misuse, UnknownName
from modiste.outfit import CompatibilityQuestion, CompletionQuestion, FitbQuestion, Question

QUESTION_SCHEMA: dict[str, Any] = {
    "kind": pl.String,
    "items": pl.List(pl.String),  # the question, or the whole outfit of a compatibility question
    "candidates": pl.List(pl.String),
    "answer": pl.Int32,
    "position": pl.Int32,
    "label": pl.Int8,
    "category": pl.String,
    "wanted": pl.String,
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def save_questions(root: Path, name: str, questions: Sequence[Question]) -> None:
    """Write `root`/questions/`name`.parquet whole or not at all.

    Args:
        root: a wardrobe's folder.
        name: protocol and split, such as `matched-test` or `official-valid`.
        questions: of any kinds, in the order to keep.
    """
    rows = [_row(question) for question in questions]
    columns = {key: [row.get(key) for row in rows] for key in QUESTION_SCHEMA}
    write_table(pl.DataFrame(columns, schema=QUESTION_SCHEMA), _parquet(root, name))


def load_questions(root: Path, name: str) -> list[Question]:
    """Read what `save_questions` wrote.

    Raises:
        UnknownName: the wardrobe has no questions of that name.
        DataError: the file is damaged.
    """
    path = _parquet(root, name)
    if not path.is_file():
        raise UnknownName("question set", name, question_names(root))
    try:
        table = pl.read_parquet(path, memory_map=False).select(list(QUESTION_SCHEMA))
        return [_question(row) for row in table.iter_rows(named=True)]
    except (pl.exceptions.PolarsError, OSError, TypeError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path} is damaged ({reason}); make the questions again.") from error


def question_names(root: Path) -> list[str]:
    """Names of the question sets that a wardrobe has, sorted."""
    return sorted(path.stem for path in (root / "questions").glob("*.parquet"))


def read_questions(path: Path) -> list[Question]:
    """Read a JSON Lines file; blank lines are skipped.

    Raises:
        DatasetNotFound: no such file.
        DataError: the file is not UTF-8, or a line is malformed; names the file and the line.
    """
    if not path.is_file():
        raise DatasetNotFound(f"No question file {path}; give a JSON Lines file.")
    try:
        with path.open(encoding="utf-8-sig") as lines:
            return list(_parsed(lines, path))
    except (UnicodeDecodeError, OSError) as error:
        raise DataError(f"Cannot read {path} as UTF-8 text ({error}).") from error


def write_questions(path: Path, questions: Sequence[Question]) -> None:
    """Write a JSON Lines file whole or not at all."""
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(_line(q), ensure_ascii=False) + "\n" for q in questions)


def _row(question: Question) -> Mapping[str, object]:
    match question:
        case FitbQuestion(question=items, candidates=candidates, answer=answer, position=place):
            return {
                "kind": "fitb",
                "items": items,
                "candidates": candidates,
                "answer": answer,
                "position": place,
            }
        case CompatibilityQuestion(items=items, label=label):
            return {"kind": "compatibility", "items": items, "label": label}
        case CompletionQuestion(question=items, category=category, answer=wanted):
            return {
                "kind": "completion",
                "items": items,
                "category": category,
                "wanted": wanted,
            }


def _question(row: Mapping[str, Any]) -> Question:
    items = tuple(row["items"])
    match row["kind"]:
        case "fitb":
            return FitbQuestion(
                question=items,
                candidates=tuple(row["candidates"]),
                answer=row["answer"],
                position=row["position"],
            )
        case "compatibility":
            return CompatibilityQuestion(items=items, label=row["label"])
        case "completion":
            return CompletionQuestion(
                question=items, category=row["category"], answer=row["wanted"]
            )
        case kind:
            raise KeyError(f"kind {kind!r}")


def _line(question: Question) -> dict[str, object]:
    match question:
        case FitbQuestion():
            names = ["kind", "question", "candidates", "answer"]
            names += ["position"] if question.position is not None else []
        case CompatibilityQuestion():
            names = ["kind", "items", "label"]
        case CompletionQuestion():
            names = ["kind", "question", "category", "answer"]
    return {name: getattr(question, name) for name in names}


def _parsed(lines: Iterator[str], path: Path) -> Iterator[Question]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield parse_question(json.loads(line))
            except (ValueError, RecursionError) as error:
                reason = (
                    f"is no JSON ({error.msg})"
                    if isinstance(error, json.JSONDecodeError)
                    else str(error)
                )
                raise DataError(f"{path}, line {number}: {reason}.") from error


def parse_question(facts: object) -> Question:
    """A question from a decoded JSON object.

    Raises:
        ValueError: it is malformed; says how, without a full stop.
    """
    if not isinstance(facts, dict):
        raise ValueError("a question is a JSON object")
    match facts.get("kind"):
        case "fitb":
            return _fitb(facts)
        case "compatibility":
            label = facts.get("label")
            if isinstance(label, bool) or label not in (0, 1):
                raise ValueError(f"label is {label!r}, not 0 or 1")
            return CompatibilityQuestion(items=_ids(facts, "items"), label=int(label))
        case "completion":
            return CompletionQuestion(
                question=_ids(facts, "question"),
                category=_text(facts, "category"),
                answer=_text(facts, "answer"),
            )
        case kind:
            raise ValueError(f"kind is {kind!r}, not fitb, compatibility or completion")


def _fitb(facts: Mapping[str, object]) -> FitbQuestion:
    question, candidates = _ids(facts, "question"), _ids(facts, "candidates")
    answer, position = facts.get("answer"), facts.get("position")
    if type(answer) is not int or not 0 <= answer < len(candidates):
        raise ValueError(f"answer is {answer!r}, not an index below {len(candidates)}")
    if type(position) is not int or not 0 <= position <= len(question):
        position = None  # an extra of somebody else's: the blank counts as at the end
    return FitbQuestion(question=question, candidates=candidates, answer=answer, position=position)


def _ids(facts: Mapping[str, object], name: str) -> tuple[str, ...]:
    ids = facts.get(name)
    if not isinstance(ids, list) or not ids or not all(isinstance(i, str) and i for i in ids):
        raise ValueError(f"{name} is not a list of at least one item id, each a string")
    return tuple(ids)


def _text(facts: Mapping[str, object], name: str) -> str:
    text = facts.get(name)
    if not isinstance(text, str) or not text:
        raise ValueError(f"{name} is not a text")
    return text


def _parquet(root: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise Misuse(f"{name!r} cannot name a question set; use letters, digits, dots and hyphens.")
    return root / "questions" / f"{name}.parquet"

"""Questions on disk: what is written is read, and a malformed line names itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modiste.data.questions.files import (
    load_questions,
    question_names,
    read_questions,
    save_questions,
    write_questions,
)
from modiste.errors import DataError, DatasetNotFound, Misuse, UnknownName
from modiste.outfit import CompatibilityQuestion, CompletionQuestion, FitbQuestion, Question

IDS = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=5).map(tuple)
FITB = IDS.flatmap(
    lambda candidates: st.builds(
        FitbQuestion,
        question=IDS,
        candidates=st.just(candidates),
        answer=st.integers(0, len(candidates) - 1),
        position=st.none() | st.just(0),
    )
)
COMPATIBILITY = st.builds(CompatibilityQuestion, items=IDS, label=st.integers(0, 1))
TEXT = st.text(min_size=1, max_size=5)
COMPLETION = st.builds(CompletionQuestion, question=IDS, category=TEXT, answer=TEXT)
QUESTIONS = st.lists(FITB | COMPATIBILITY | COMPLETION, max_size=8)

LINE = {"kind": "fitb", "question": ["a"], "candidates": ["b", "c"], "answer": 1}


def lines(path: Path, *facts: object) -> Path:
    path.write_text("".join(json.dumps(fact) + "\n" for fact in facts), "utf-8")
    return path


@given(QUESTIONS)
@settings(deadline=None, max_examples=60)
def test_questions_survive_both_formats(
    tmp_path_factory: pytest.TempPathFactory, questions: list[Question]
) -> None:
    root = tmp_path_factory.mktemp("wardrobe")
    save_questions(root, "matched-test", questions)
    assert load_questions(root, "matched-test") == questions
    write_questions(root / "out.jsonl", questions)
    assert read_questions(root / "out.jsonl") == questions


def test_a_line_is_as_the_design_says(tmp_path: Path) -> None:
    questions: list[Question] = [
        FitbQuestion(question=("a",), candidates=("b", "c"), answer=1),
        CompatibilityQuestion(items=("a", "b"), label=0),
        CompletionQuestion(question=("a",), category="shoes", answer="b"),
    ]
    write_questions(tmp_path / "q.jsonl", questions)
    written = [json.loads(line) for line in (tmp_path / "q.jsonl").read_text().splitlines()]
    assert written == [
        LINE,
        {"kind": "compatibility", "items": ["a", "b"], "label": 0},
        {"kind": "completion", "question": ["a"], "category": "shoes", "answer": "b"},
    ]


def test_extra_keys_blank_lines_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    extra = LINE | {"position": 1, "note": {"by": "somebody"}}
    path.write_text("\ufeff" + json.dumps(extra) + "\n\n  \n" + json.dumps(LINE), "utf-8")
    first, second = read_questions(path)
    assert isinstance(first, FitbQuestion) and first.position == 1
    assert isinstance(second, FitbQuestion) and second.position is None


@pytest.mark.parametrize("position", [-1, 9, "end", 1.0, True, None])
def test_a_position_that_is_none_counts_as_the_end(tmp_path: Path, position: object) -> None:
    (question,) = read_questions(lines(tmp_path / "q.jsonl", LINE | {"position": position}))
    assert isinstance(question, FitbQuestion) and question.position is None


@pytest.mark.parametrize(
    "bad",
    [
        [],
        "text",
        {},
        {"kind": "riddle"},
        {"kind": ["fitb"]},
        LINE | {"answer": 2},
        LINE | {"answer": -1},
        LINE | {"answer": True},
        LINE | {"answer": "c"},
        LINE | {"question": "a"},
        LINE | {"question": []},
        LINE | {"candidates": ["b", 3]},
        LINE | {"candidates": None},
        {"kind": "compatibility", "items": ["a"], "label": 2},
        {"kind": "compatibility", "items": ["a"], "label": True},
        {"kind": "compatibility", "items": ["a"]},
        {"kind": "completion", "question": ["a"], "category": "", "answer": "b"},
        {"kind": "completion", "question": ["a"], "category": "shoes", "answer": 1},
    ],
)
def test_a_malformed_line_names_the_file_and_itself(tmp_path: Path, bad: object) -> None:
    with pytest.raises(DataError, match=r"q\.jsonl, line 2: ") as caught:
        read_questions(lines(tmp_path / "q.jsonl", LINE, bad))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"kind": NaN', "\x00"])
def test_what_is_no_json_names_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "q.jsonl").write_text(text)
    with pytest.raises(DataError, match="line 1"):
        read_questions(tmp_path / "q.jsonl")


def test_what_is_no_text_or_no_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_bytes(b"\xff\xfe\x00{")
    with pytest.raises(DataError, match="UTF-8"):
        read_questions(tmp_path / "q.jsonl")
    with pytest.raises(DatasetNotFound, match=r"absent\.jsonl"):
        read_questions(tmp_path / "absent.jsonl")
    with pytest.raises(DatasetNotFound):
        read_questions(tmp_path)


def test_an_unknown_name_suggests_a_known_one(tmp_path: Path) -> None:
    save_questions(tmp_path, "matched-test", [])
    assert question_names(tmp_path) == ["matched-test"]
    with pytest.raises(UnknownName, match="did you mean 'matched-test'"):
        load_questions(tmp_path, "matched-tset")


@pytest.mark.parametrize("name", ["../escape", "", ".hidden", "a/b", "a\0b"])
def test_a_name_that_is_a_path_is_misuse(tmp_path: Path, name: str) -> None:
    for act in (lambda: save_questions(tmp_path, name, []), lambda: load_questions(tmp_path, name)):
        with pytest.raises(Misuse, match="question set"):
            act()


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    save_questions(tmp_path, "matched-test", [CompatibilityQuestion(items=("a",), label=1)])
    path = tmp_path / "questions" / "matched-test.parquet"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DataError, match="make the questions again"):
        load_questions(tmp_path, "matched-test")

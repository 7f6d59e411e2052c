from __future__ import annotations

from pathlib import Path

import pytest

from modiste.errors import DataError, Misuse
from modiste.stylist.generation.queries import Query, read_queries


def test_the_published_format_is_read(tmp_path: Path) -> None:
    file = tmp_path / "query.json"
    file.write_text(
        '[{"image_query": ["131138376_1", "131138376_3"], "text_query": "blue"},'
        ' {"image_query": ["a"], "text_query": ""}, {"text_query": "a dress"}]',
        "utf-8",
    )
    assert read_queries(file) == [
        Query(pieces=("131138376_1", "131138376_3"), text="blue"),
        Query(pieces=("a",)),
        Query(text="a dress"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ('[{"image_query": ["a"]', "line 1"),
        ("{}", "no list"),
        ("[]", "no list"),
        ('"a"', "no list"),
        ("\xff", "UTF-8"),
        ("[" * 100_000, "Cannot read"),
        ('[{"image_query": ["a"]}, 3]', "Query 2 .*no object"),
        ('[{"images": ["a"]}]', "Query 1 .*'images'"),
        ('[{"image_query": "a"}]', "Query 1 .*image_query"),
        ('[{"image_query": [1]}]', "Query 1 .*image_query"),
        ('[{"image_query": [""]}]', "Query 1 .*image_query"),
        ('[{"image_query": ["a"], "text_query": 3}]', "Query 1 .*text_query"),
        ('[{"image_query": [], "text_query": " "}]', "Query 1 .*neither"),
        ("[{}]", "Query 1 .*neither"),
        (r'[{"image_query": ["a\u0000.jpg"]}]', "Query 1 .*character"),
        (r'[{"text_query": "\ud800"}]', "Query 1 .*character"),
    ],
)
def test_a_malformed_file_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "query.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=said) as error:
        read_queries(file)
    assert "query.json" in str(error.value) and "\n" not in str(error.value)


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    file = tmp_path / "query.json"
    file.write_bytes(b'\xef\xbb\xbf[{"text_query": "red"}]')
    assert read_queries(file) == [Query(text="red")]


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(DataError, match=path.name):
            read_queries(path)


def test_a_query_for_nothing_is_none() -> None:
    with pytest.raises(Misuse, match="neither"):
        Query(text=" ")

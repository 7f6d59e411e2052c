"""Titles as bags of known words."""

from __future__ import annotations

from pathlib import Path

import pytest

from modiste.encoders.words import Words, count_words, read_words
from modiste.errors import DataError


def test_the_published_tokenisation_splits_at_white_space_and_changes_nothing() -> None:
    words = Words(("black", "Black", "women's"), "published")
    assert words.known("Black  women's black, boots") == [2, 3]
    assert words.unknown("Black black, boots boots") == ["black,", "boots"]


def test_the_plain_tokenisation_drops_capitals_and_punctuation() -> None:
    words = Words(("black", "women's", "t-shirt"))
    assert words.known("BLACK, women's T-Shirt!") == [1, 2, 3]


def test_an_unknown_word_is_left_out_and_no_number_is_beyond_the_table() -> None:
    words = Words(("a", "b"), "published")
    indices = words.indices(["b zebra a", "", "zebra"], columns=4)
    assert indices.tolist() == [[2, 1, 0, 0], [0] * 4, [0] * 4]


def test_a_long_title_is_cut_after_thirty_two_known_words() -> None:
    words = Words(("a",))
    assert words.columns(["a " * 50]) == 32
    assert words.columns(["b", ""]) == 1
    assert words.indices(["a " * 50], columns=32).sum() == 32


def test_a_vocabulary_is_counted_from_titles_the_most_common_first() -> None:
    words = count_words(["Red dress", "red shoes", "blue dress red", "shoes"])
    assert words.vocabulary == ("red", "dress", "shoes")  # blue is in one title only


def test_a_word_twice_in_one_title_is_in_one_title() -> None:
    assert count_words(["red red", "blue"]).vocabulary == ()


def test_the_published_file_has_two_thousand_seven_hundred_and_fifty_six_words(
    shared_data: Path,
) -> None:
    words = read_words(shared_data / "maryland" / "final_word_dict.txt")
    assert len(words.vocabulary) == 2756
    assert words.vocabulary[:2] == ("black", "leather")
    assert words.tokenise == "published"
    assert max(words.indices([" ".join(words.vocabulary)], columns=2756)[0]) == 2756


@pytest.mark.parametrize(
    ("text", "said"), [("", "no word"), ("a 3\nb 2\na 1\n", "'a' twice"), (None, "No file")]
)
def test_a_vocabulary_file_that_cannot_be_is_explained(
    tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "words.txt"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DataError, match=said):
        read_words(path)


def test_another_tokenisation_or_order_is_another_fingerprint() -> None:
    prints = {
        Words(v, t).fingerprint for v in (("a", "b"), ("b", "a")) for t in ("plain", "published")
    }  # type: ignore[arg-type]
    assert len(prints) == 4

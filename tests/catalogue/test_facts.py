from __future__ import annotations

import polars as pl
import pytest

from modiste.catalogue.facts import FACTS, Labels, typed


def test_labels_say_what_the_column_says() -> None:
    column = pl.Series(["red", None, "blue", "red", ""])
    labels = Labels.of(column)
    assert sorted(labels.names) == ["", "blue", "red"]
    assert labels.known.tolist() == [True, False, True, True, True]
    assert labels.among(["red", "green"]).tolist() == [True, False, False, True, False]
    assert labels.among([]).tolist() == [False] * 5
    assert labels.number[0] == labels.number[3] != labels.number[2]
    assert "blue" in labels and "Blue" not in labels


@pytest.mark.parametrize("column", [pl.Series([None, None]), pl.Series([], dtype=pl.String)])
def test_a_column_without_names_has_none(column: pl.Series) -> None:
    labels = Labels.of(column)
    assert not len(labels.names) and not labels.known.any() and not labels.among(["red"]).any()
    assert "red" not in labels


def test_items_of_one_name_share_the_object() -> None:
    column = pl.Series(["a long name", "another", "a long name"])
    names = Labels.of(column).to_list()
    assert names == column.to_list() and names[0] is names[2]


def test_a_wardrobes_words_become_typed_columns() -> None:
    items = pl.DataFrame(
        {
            "id": ["a", "b", "c", "d", "e", "f"],
            "category": "tops",
            "fine": "shirts",
            "title": "",
            "image": None,
            "price": [1.0, float("nan"), None, 2.0, 3.0, 4.0],
            "in_stock": ["Yes", " in_stock ", None, "out of stock", "0", "sold"],
            "colour": ["no", "one", "asks", "for", "these", "words"],
            "color": ["Red", None, "NAVY", "red", "red", "red"],
            "season": ["ss", None, "aw", "ss", "ss", "ss"],
        }
    )
    found = typed(items)
    assert found.columns == [*FACTS, "color", "season"]
    assert found["in_stock"].to_list() == [True, True, True, False, False, False]
    assert found["colour"].to_list() == ["red", None, "navy", "red", "red", "red"]
    assert found["price"].to_list() == [1.0, None, None, 2.0, 3.0, 4.0]
    assert found["color"].to_list() == items["color"].to_list()
    assert found["brand"].null_count() == found["looks"].null_count() == 6
    plain = typed(items.select("id", "category", "fine", "title", "image", "price"))
    assert plain["in_stock"].all() and plain["colour"].null_count() == 6

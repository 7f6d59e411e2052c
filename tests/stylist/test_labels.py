from __future__ import annotations

import polars as pl
import pytest

from modiste.stylist.stock import Labels


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

"""A catalogue of many items, made of few."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modiste.catalogue.places import open_catalogue
from modiste.errors import CatalogueError
from modiste.jobs.bench import grow
from modiste.stylist.stylist import Stylist
from tests.conftest import Example


def test_a_run_s_items_are_there_many_times_over(example: Example, tmp_path: Path) -> None:
    plain = Stylist.load(example.run)
    ids = plain.context.stock.table.ids
    where, count = str(tmp_path / "grown"), 2 * len(ids) + 7
    grow(example.run, where, count)
    catalogue = open_catalogue(where)
    assert catalogue.verify() == []
    grown = Stylist.over(example.run, catalogue)
    stock = grown.context.stock
    assert len(stock) == count
    assert set(ids) < set(stock.table.ids)
    first, second = (
        np.asarray(stock.table.features[stock.wardrobe.rows[name]])
        for name in (ids[3], f"{ids[3]} (1)")
    )
    np.testing.assert_array_equal(first, plain.context.stock.table.features[3])
    assert 0 < np.abs(second - first).mean() < np.abs(first).mean()
    worn = [ids[0], ids[-1]]
    assert grown.score(worn).probability == pytest.approx(plain.score(worn).probability, abs=1e-5)
    with pytest.raises(CatalogueError):
        grow(example.run, where, 10)
    catalogue.close()

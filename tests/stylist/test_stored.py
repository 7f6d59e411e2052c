"""A stylist over a store gives the answers of a stylist over the wardrobe that filled it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from modiste.catalogue.base import Batch, Catalogue
from modiste.catalogue.filters import Filter
from modiste.catalogue.places import open_catalogue
from modiste.errors import RunError, UnknownItem
from modiste.jobs.catalogue import build
from modiste.stylist import likeness
from modiste.stylist.find import SearchRequest
from modiste.stylist.stored import rows_before
from modiste.stylist.stylist import Stylist
from tests.conftest import Example


@pytest.fixture(scope="module")
def place(example: Example, tmp_path_factory: pytest.TempPathFactory) -> str:
    where = str(tmp_path_factory.mktemp("store") / "catalogue")
    build(example.run, where)
    return where


@pytest.fixture
def catalogue(place: str) -> Iterator[Catalogue]:
    opened = open_catalogue(place)
    yield opened
    opened.close()


def test_the_same_questions_have_the_same_answers(example: Example, catalogue: Catalogue) -> None:
    stored, plain = Stylist.over(example.run, catalogue), Stylist.load(example.run)
    ids = list(plain.context.stock.table.ids)
    assert set(ids) == set(stored.context.stock.table.ids)
    worn = [garment.id for garment in plain.compose()[0].pieces][:3]
    for category in (None, plain.slots[0]):
        found, expected = (s.complete(worn, category, k=5) for s in (stored, plain))
        assert [s.garment.id for s in found] == [s.garment.id for s in expected]
        assert [s.verdict.probability for s in found] == pytest.approx(
            [s.verdict.probability for s in expected], abs=1e-5
        )
    names = plain.context.stock.wardrobe.items
    for filters in (
        Filter(price_max=names["price"].median(), exclude_categories=(names["fine"][0],)),
        Filter(colours=("black", names["color"][1]), exclude_items=tuple(ids[:9])),
        Filter(exclude_attributes=(("color", names["color"][0]),), in_stock=True),
        Filter(attributes=tuple(("title", title.upper()) for title in names["title"][:200])),
    ):
        found, expected = (s.complete(worn[:1], k=5, filters=filters) for s in (stored, plain))
        assert [s.garment.id for s in found] == [s.garment.id for s in expected]
    assert stored.explain(worn).sentence == plain.explain(worn).sentence
    colour = plain.context.stock.photographs["colour"][plain.context.stock.wardrobe.rows[worn[0]]]
    for request in (
        SearchRequest(text="bag", limit=50),
        SearchRequest(filters=Filter(colours=(colour,)), limit=50),
        SearchRequest(like=worn[0], limit=10),
    ):
        found, expected = (s.find(request) for s in (stored, plain))
        assert found.total == expected.total
        assert {g.id for g in found.garments} == {g.id for g in expected.garments}
    assert stored.item(worn[0]).garment.image == plain.item(worn[0]).garment.image


def test_what_was_removed_is_offered_no_more_and_what_was_opened_stays(
    example: Example, catalogue: Catalogue
) -> None:
    before = Stylist.over(example.run, catalogue)
    gone = before.context.stock.table.ids[3]
    catalogue.delete([gone])
    after = Stylist.over(example.run, catalogue)
    assert before.item(gone).garment.id == gone
    with pytest.raises(UnknownItem):
        after.item(gone)
    shown = [g.id for g in after.find(SearchRequest(limit=100_000)).garments]
    assert gone not in shown and len(shown) == len(before.context.stock) - 1


def test_the_catalogue_of_another_run_is_refused(
    example: Example, place: str, tmp_path: Path
) -> None:
    opened = open_catalogue(place)
    other = tmp_path / "run"
    other.mkdir()
    for name in ("run.toml", "worn.parquet", "weights.safetensors"):
        (other / name).write_bytes((example.run / name).read_bytes())
    with (other / "weights.safetensors").open("ab") as weights:
        weights.write(b"\0")
    with pytest.raises(RunError, match="another run"):
        Stylist.over(other, opened)
    opened.close()


def test_a_stylist_takes_over_what_is_known_of_items_that_stay(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "EXACT", 10)
    where = str(tmp_path / "catalogue")
    build(example.run, where)
    catalogue = open_catalogue(where)
    before = Stylist.over(example.run, catalogue)
    before.ahead.read()
    before.ahead.prepare()
    ids = before.context.stock.table.ids
    rows = before.context.stock.wardrobe.rows
    batch = catalogue.snapshot()
    changed = batch.items.filter(pl.col("id") == ids[5]).with_columns(title=pl.lit("another"))
    catalogue.delete([ids[3]])
    at = np.array([rows[ids[5]]])
    catalogue.add([Batch(changed, batch.vectors(at), batch.features[at])])
    after = Stylist.over(example.run, catalogue, before=before)
    same = rows_before(catalogue.snapshot(), batch)
    known = after.context.stock.table.ids
    assert [ids[row] for row in same if row >= 0] == [i for i in known if i != ids[5]]
    assert (same < 0).sum() == 1 and known[int(np.flatnonzero(same < 0)[0])] == ids[5]

    def refuse(*_: object) -> None:
        raise AssertionError("an item is read again")

    monkeypatch.setattr(after.context.catalogue_model.encodings, "fresh", refuse)
    some = np.flatnonzero(same >= 0)
    found = after.context.catalogue_model.encodings.of(some)
    assert torch.equal(found, before.context.catalogue_model.encodings.of(same[some]))
    monkeypatch.undo()
    alone = Stylist.over(example.run, catalogue)
    worn = [known[0], known[-2]]
    assert after.score(worn).probability == pytest.approx(alone.score(worn).probability)
    looks = alone.context.stock.table.features[:][:, alone.context.query_encoders.looks]
    alike = looks @ looks[0] / np.linalg.norm(looks, axis=1)
    pages = [s.find(SearchRequest(like=known[0], limit=9)).garments for s in (after, alone)]
    found, expected = ([alike[known.index(g.id)] for g in page] for page in pages)
    assert found == pytest.approx(expected, rel=1e-5)  # the drawn ones of a kind are twins
    catalogue.close()


def test_a_store_of_its_own_has_nothing_to_take_over(
    example: Example, catalogue: Catalogue
) -> None:
    now = catalogue.snapshot()
    assert (rows_before(now, now) == np.arange(len(now.keys))).all()
    plain = Stylist.load(example.run)
    assert Stylist.over(example.run, catalogue, before=plain).slots == plain.slots

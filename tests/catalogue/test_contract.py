"""What every store must do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from modiste.catalogue.base import NOTHING, Batch, Catalogue
from modiste.catalogue.facts import FACTS
from modiste.catalogue.filters import Filter, Kind
from modiste.catalogue.places import create_catalogue, open_catalogue
from modiste.errors import CatalogueError, DataError, Misuse
from tests.catalogue.batch import FEATURES, WIDTH, answer, batch, joined, queries, slowly

ITEMS = 400
FILTERS = {
    "none": Filter(),
    "fine category": Filter(categories=("boots",)),
    "coarse category, other case": Filter(categories=("SHOES",)),
    "a fine category of two slots": Filter(categories=("basics",)),
    "one slot of a shared fine category": Filter(categories=("tops",)),
    "two categories": Filter(categories=("bags", "pumps")),
    "no such category": Filter(categories=("hats",)),
    "price from": Filter(price_min=60.0),
    "price to": Filter(price_max=20.0),
    "price range": Filter(price_min=20.0, price_max=40.0),
    "colour said or seen": Filter(colours=("red",)),
    "colours": Filter(colours=("Navy Blue", "green")),
    "brand beyond ASCII, other case": Filter(brands=("éTOILE",)),
    "brand that only folds": Filter(brands=("straße",)),
    "a brand, and by name another": Filter(
        brands=("étoile",), attributes=(("brand", "strasse"), ("brand", "none"))
    ),
    "in stock": Filter(in_stock=True),
    "out of stock": Filter(in_stock=False),
    "attribute": Filter(attributes=(("season", "2023"),)),
    "attributes": Filter(attributes=(("season", "2023"), ("season", "2024"), ("sold by", "THEM"))),
    "no such attribute": Filter(attributes=(("fabric", "silk"),)),
    "without ids": Filter(exclude_items=tuple(f"item {n}" for n in range(0, ITEMS, 2))),
    "without categories": Filter(exclude_categories=("shoes", "Shirts")),
    "without colours": Filter(exclude_colours=("red",)),
    "a colour that is never said": Filter(colours=("GREEN",)),
    "colours of which one is never said": Filter(colours=("green", "navy blue")),
    "without a colour that is never said": Filter(exclude_colours=("green", "Navy Blue")),
    "a colour that only folds": Filter(colours=("WEISS",)),
    "a colour by name that only folds": Filter(attributes=(("colour", "Weiss"),)),
    "without brands": Filter(exclude_attributes=(("brand", "strasse"),)),
    "without attributes": Filter(
        exclude_attributes=(("season", "2023"), ("sold by", "US"), ("fabric", "silk"))
    ),
    "facts by name": Filter(
        attributes=(("in_stock", "Yes"), ("colour", "RED"), ("brand", "étoile"))
    ),
    "titles, other case": Filter(attributes=(("title", "TITLE 7"), ("title", "title 300"))),
    "without titles": Filter(exclude_attributes=(("title", "Title 7"), ("in_stock", "no"))),
    "no such fact": Filter(attributes=(("price", "5"),)),
    "everything at once": Filter(
        categories=("shoes", "tops"),
        price_min=10.0,
        price_max=95.0,
        colours=("red", "navy blue", "green"),
        brands=("étoile", "Strasse"),
        in_stock=True,
        attributes=(("season", "2023"), ("season", "2024")),
        exclude_items=("item 3", "item 5"),
        exclude_categories=("basics",),
        exclude_colours=("green",),
    ),
}


@pytest.fixture
def catalogue(where: str) -> Iterator[Catalogue]:
    """A store without items."""
    made = create_catalogue(where, run="a run", width=WIDTH, feature_width=FEATURES)
    yield made
    made.close()


def _agrees(catalogue: Catalogue, held: Batch, where: Filter, k: int = 9) -> None:
    wanted = queries(4)
    hits = answer(catalogue, wanted, k, where)
    assert hits.scores.shape == (4, k)
    assert hits.scores.dtype == np.float32
    for ids, scores, best in zip(
        hits.ids, hits.scores, slowly(held, wanted, k, where), strict=True
    ):
        assert ids == [item for item, _ in best]
        assert scores[: len(ids)] == pytest.approx([score for _, score in best], abs=1e-5)
        assert np.isneginf(scores[len(ids) :]).all()


@pytest.mark.parametrize("name", FILTERS)
def test_a_search_finds_what_looking_at_every_item_finds(catalogue: Catalogue, name: str) -> None:
    held = batch(ITEMS)
    assert catalogue.add([held]) == (ITEMS, 0)
    _agrees(catalogue, held, FILTERS[name])


def test_items_added_in_several_steps_are_found_together(catalogue: Catalogue) -> None:
    parts = [batch(50, seed, f"part {seed}") for seed in range(6)]
    for part in parts:
        catalogue.add([part])
    _agrees(catalogue, joined(parts), Filter())
    _agrees(catalogue, joined(parts), Filter(categories=("boots",), in_stock=True))


def test_an_item_that_is_added_again_takes_the_place_of_the_old(catalogue: Catalogue) -> None:
    old, new = batch(60), batch(25, seed=1)
    catalogue.add([old])
    assert catalogue.add([new, batch(5, prefix="more")]) == (5, 25)
    catalogue.delete([f"more {n}" for n in range(5)])
    kept = Batch(old.items[25:], old.vectors[25:], old.features[25:])
    _agrees(catalogue, joined([new, kept]), Filter(), k=80)
    snapshot = catalogue.snapshot()
    assert len(snapshot.items) == 60
    titles = dict(zip(snapshot.items["id"], snapshot.items["price"], strict=True))
    assert titles["item 3"] == new.items["price"][3]
    assert catalogue.verify() == []


def test_all_batches_of_one_addition_count_at_once_or_not_at_all(catalogue: Catalogue) -> None:
    held = batch(30)
    catalogue.add([held])
    version = catalogue.version()
    more = [batch(20, seed, f"more {seed}") for seed in range(3)]

    def batches() -> Iterator[Batch]:
        for part in more:
            yield part
            assert catalogue.version() == version
            assert len(catalogue.snapshot().items) == 30
        raise DataError("the disk is gone")

    with pytest.raises(DataError, match="gone"):
        catalogue.add(batches())
    with pytest.raises(DataError, match="twice"):  # one id in two batches
        catalogue.add([more[0], batch(1, prefix="more 0")])
    _agrees(catalogue, held, Filter())
    assert catalogue.version() == version
    assert catalogue.add([]) == (0, 0)
    assert catalogue.version() == version
    assert catalogue.add(more) == (60, 0)
    _agrees(catalogue, joined([held, *more]), Filter())
    assert catalogue.verify() == []


def test_removed_items_are_gone_and_unknown_ids_are_passed_over(catalogue: Catalogue) -> None:
    held = batch(60)
    catalogue.add([held])
    gone = [f"item {n}" for n in range(0, 60, 3)]
    assert catalogue.delete([*gone, "never there", gone[0]]) == len(gone)
    assert catalogue.delete(gone) == 0
    left = ~held.items["id"].is_in(gone).to_numpy()
    _agrees(
        catalogue,
        Batch(held.items.filter(left), held.vectors[left], held.features[left]),
        Filter(),
        k=50,
    )
    assert catalogue.stats().items == 40
    assert catalogue.verify() == []


def test_a_key_is_never_given_to_another_item(catalogue: Catalogue) -> None:
    seen: set[int] = set()
    for seed in range(5):
        catalogue.add([batch(4, seed, f"part {seed}")])
        keys = set(catalogue.snapshot().keys.tolist())
        assert not keys & seen
        seen |= keys
        catalogue.delete(catalogue.snapshot().items["id"].to_list())
    catalogue.replace([batch(4, 9)], run="b", width=WIDTH, feature_width=FEATURES)
    assert not set(catalogue.snapshot().keys.tolist()) & seen


def test_versions_grow_with_every_change_and_with_nothing_else(
    catalogue: Catalogue, where: str
) -> None:
    versions = [catalogue.version()]
    for change in (
        lambda: catalogue.add([batch(5)]),
        lambda: catalogue.add([batch(2)]),
        lambda: catalogue.delete(["item 4"]),
        lambda: catalogue.replace([batch(3)], run="b", width=WIDTH, feature_width=FEATURES),
    ):
        change()
        versions.append(catalogue.version())
    assert versions == sorted(set(versions))
    catalogue.delete(["never there"])
    answer(catalogue, queries(1), 2)
    assert catalogue.version() == versions[-1]
    other = open_catalogue(where)
    assert other.version() == versions[-1]
    other.close()


def test_a_change_is_seen_by_those_who_had_it_open(catalogue: Catalogue, where: str) -> None:
    reader = open_catalogue(where)
    before = reader.version()
    assert answer(reader, queries(1), 3).ids == [[]]
    catalogue.add([batch(30)])
    assert reader.version() > before
    _agrees(reader, batch(30), Filter())
    reader.close()


def test_a_snapshot_stays_what_it_was_while_the_store_changes(catalogue: Catalogue) -> None:
    held = batch(80)
    catalogue.add([held])
    snapshot = catalogue.snapshot()
    before = snapshot.search(queries(2), None, 5)
    catalogue.delete([f"item {n}" for n in range(40)])
    catalogue.add([batch(20, seed=5, prefix="new")])
    catalogue.replace([batch(3, seed=8)], run="b", width=WIDTH, feature_width=FEATURES)
    after = snapshot.search(queries(2), None, 5)
    np.testing.assert_array_equal(before.rows, after.rows)
    np.testing.assert_array_equal(before.scores, after.scores)
    assert sorted(snapshot.items["id"]) == sorted(held.items["id"])
    assert snapshot.run == "a run"
    assert catalogue.snapshot().run == catalogue.run == "b"
    assert snapshot.version < catalogue.snapshot().version


def test_a_snapshot_tells_every_items_facts_vectors_and_features(catalogue: Catalogue) -> None:
    held = batch(90)
    catalogue.add([held])
    catalogue.delete([f"item {n}" for n in range(10)])
    snapshot = catalogue.snapshot()
    assert snapshot.items.columns == [*FACTS, "season", "sold by"]
    assert (np.diff(snapshot.keys) > 0).all()
    assert snapshot.features.shape == (80, FEATURES)
    row_of = {item: row for row, item in enumerate(held.items["id"])}
    origin = np.array([row_of[item] for item in snapshot.items["id"]])
    rows = np.array([70, 3, 3, 12])
    np.testing.assert_array_equal(snapshot.vectors(rows), held.vectors[origin[rows]])
    np.testing.assert_array_equal(snapshot.features[rows], held.features[origin[rows]])
    np.testing.assert_array_equal(snapshot.features[:], held.features[origin])
    np.testing.assert_array_equal(snapshot.features[5], held.features[origin[5]])
    np.testing.assert_array_equal(snapshot.features[rows, 1:], held.features[origin[rows], 1:])
    np.testing.assert_allclose(
        snapshot.features.mean(axis=0), held.features[10:].mean(axis=0), atol=1e-6
    )
    told = held.items[origin.tolist()]
    for name in held.items.columns:
        assert snapshot.items[name].to_list() == told[name].to_list(), name


@pytest.mark.parametrize("kind", [None, ("shoes", "boots"), ("bags", "basics"), ("no", "such")])
@pytest.mark.parametrize("share", [None, 0.5, 0.02, 0.0])
def test_a_snapshot_searches_a_kind_and_a_filter_never_costs_results(
    catalogue: Catalogue, kind: Kind | None, share: float | None
) -> None:
    catalogue.add([batch(250)])
    catalogue.add([batch(50, seed=4, prefix="more")])
    catalogue.delete([f"item {n}" for n in range(0, 250, 5)])
    snapshot = catalogue.snapshot()
    count = len(snapshot.items)
    met = np.random.default_rng(0).random(count) < (1.0 if share is None else share)
    where = Filter(exclude_items=tuple(snapshot.items["id"].filter(~met)))
    if kind is not None:
        same = (pl.col("category") == kind[0]) & (pl.col("fine") == kind[1])
        met = met & snapshot.items.select(same)["category"].to_numpy()
    wanted = queries(3)
    found = snapshot.search(wanted, kind, 7, where)
    assert found.rows.shape == found.scores.shape == (3, 7)
    scores = snapshot.vectors(np.arange(count)) @ wanted.T
    for b in range(3):
        best = np.flatnonzero(met)[np.argsort(-scores[met, b], kind="stable")][:7]
        assert found.rows[b, : len(best)].tolist() == best.tolist()
        assert (found.rows[b, len(best) :] == NOTHING).all()
        np.testing.assert_allclose(found.scores[b, : len(best)], scores[best, b], atol=1e-5)
        assert np.isneginf(found.scores[b, len(best) :]).all()


def test_more_than_there_is_may_be_asked_for(catalogue: Catalogue) -> None:
    held = batch(6)
    catalogue.add([held])
    _agrees(catalogue, held, Filter(), k=20)
    _agrees(catalogue, held, Filter(categories=("shoes",)), k=20)


def test_ties_go_to_the_lower_row(catalogue: Catalogue) -> None:
    held = batch(200)
    catalogue.add([Batch(held.items, np.ones_like(held.vectors), held.features)])
    found = catalogue.snapshot().search(queries(1), None, 12)
    assert found.rows[0].tolist() == list(range(12))


def test_an_empty_store_answers(catalogue: Catalogue) -> None:
    assert answer(catalogue, queries(2), 3).ids == [[], []]
    assert catalogue.delete(["x"]) == 0
    assert catalogue.stats().items == 0
    assert catalogue.verify() == []
    snapshot = catalogue.snapshot()
    assert len(snapshot.items) == len(snapshot.keys) == 0
    assert snapshot.items.columns == list(FACTS)
    assert snapshot.features.shape == (0, FEATURES)
    assert (snapshot.search(queries(1), ("shoes", "boots"), 2).rows == NOTHING).all()


@pytest.mark.parametrize(
    "odd", ["a/b/../c", "'; drop table items; --", "ключ 钥匙 🔑", " leading", "%s {0}", "-1", "\n"]
)
def test_ids_may_hold_odd_characters(catalogue: Catalogue, odd: str) -> None:
    held = batch(4)
    items = held.items.with_columns(id=pl.Series([odd, "a", "b", "c"]), fine=pl.lit(odd))
    catalogue.add([Batch(items, held.vectors, held.features)])
    assert odd in answer(catalogue, queries(1), 4, Filter(categories=(odd,))).ids[0]
    assert odd not in answer(catalogue, queries(1), 4, Filter(exclude_items=(odd,))).ids[0]
    assert catalogue.delete([odd]) == 1
    assert sorted(catalogue.snapshot().items["id"]) == ["a", "b", "c"]


def test_attributes_may_come_later_and_need_not_be_there(catalogue: Catalogue) -> None:
    first, second = batch(20), batch(20, seed=1, prefix="later")
    held = [
        replace_items(first, first.items.drop("season", "sold by", "colour", "in_stock")),
        replace_items(second, second.items.with_columns(cut=pl.lit("Slim"))),
    ]
    for part in held:
        catalogue.add([part])
    assert catalogue.snapshot().items.columns[len(FACTS) :] == ["cut", "season", "sold by"]
    _agrees(catalogue, joined([with_stock(held[0]), held[1]]), Filter(in_stock=True))
    _agrees(catalogue, joined(held), Filter(attributes=(("cut", "slim"),)))


def replace_items(part: Batch, items: pl.DataFrame) -> Batch:
    return Batch(items, part.vectors, part.features)


def with_stock(part: Batch) -> Batch:
    return replace_items(part, part.items.with_columns(in_stock=pl.lit(True)))


def test_replacing_puts_all_batches_in_the_place_of_everything(catalogue: Catalogue) -> None:
    catalogue.add([batch(30, prefix="old")])
    rng = np.random.default_rng(3)
    batches = [
        Batch(
            part.items,
            rng.normal(size=(40, 5)).astype(np.float32),
            rng.normal(size=(40, 2)).astype(np.float32),
        )
        for part in (batch(40, seed, f"new {seed}") for seed in range(3))
    ]
    assert catalogue.replace(batches, run="another", width=5, feature_width=2) == 120
    assert (catalogue.run, catalogue.width, catalogue.feature_width) == ("another", 5, 2)
    wanted = rng.normal(size=(1, 5)).astype(np.float32)
    best = slowly(joined(batches), wanted, 4, Filter())[0]
    assert answer(catalogue, wanted, 4).ids == [[item for item, _ in best]]
    assert catalogue.verify() == []


def test_replacing_that_fails_leaves_everything_as_it_was(catalogue: Catalogue) -> None:
    held = batch(30)
    catalogue.add([held])
    version = catalogue.version()

    def batches() -> Iterator[Batch]:
        yield batch(10, prefix="new")
        raise DataError("the disk is gone")

    with pytest.raises(DataError, match="gone"):
        catalogue.replace(batches(), run="b", width=WIDTH, feature_width=FEATURES)
    assert catalogue.version() == version
    assert catalogue.run == "a run"
    _agrees(catalogue, held, Filter())
    with pytest.raises(DataError, match="twice"):  # one id in two batches
        catalogue.replace([held, batch(1)], run="b", width=WIDTH, feature_width=FEATURES)
    _agrees(catalogue, held, Filter())


def test_what_does_not_fit_is_refused_and_changes_nothing(catalogue: Catalogue) -> None:
    held = batch(5)
    version = catalogue.version()
    with pytest.raises(DataError, match="twice"):
        catalogue.add([joined([held, held])])
    with pytest.raises(Misuse, match="5 x 8"):
        catalogue.add([Batch(held.items, held.vectors[:, :4], held.features)])
    with pytest.raises(Misuse, match="5 x 3"):
        catalogue.add([Batch(held.items, held.vectors, held.features[:4])])
    with pytest.raises(DataError, match="not finite"):
        catalogue.add([Batch(held.items, np.full_like(held.vectors, np.nan), held.features)])
    with pytest.raises(DataError, match="'fine'"):
        catalogue.add([Batch(held.items.drop("fine"), held.vectors, held.features)])
    with pytest.raises(DataError, match="NUL"):
        catalogue.add(
            [Batch(held.items.with_columns(title=pl.lit("a\0b")), held.vectors, held.features)]
        )
    assert catalogue.version() == version


def test_the_statistics_count_by_category(catalogue: Catalogue, where: str) -> None:
    held = batch(100)
    catalogue.add([held])
    catalogue.delete(["item 1"])
    stats = catalogue.stats()
    counts = held.items[[0, *range(2, 100)]].group_by("fine").len().sort("fine").rows()
    assert [(p.name, p.items) for p in stats.partitions] == counts
    assert (stats.items, stats.width, stats.feature_width) == (99, WIDTH, FEATURES)
    assert stats.version == catalogue.version()
    assert stats.bytes > 0
    assert "99 items in 4 categories" in stats.to_text()
    assert stats.to_json()["partitions"][0]["search"] == "exact"


def test_a_place_that_holds_a_catalogue_is_not_made_again(catalogue: Catalogue, where: str) -> None:
    catalogue.add([batch(3)])
    with pytest.raises(CatalogueError, match="already"):
        create_catalogue(where, run="b", width=WIDTH, feature_width=FEATURES)
    assert catalogue.stats().items == 3


def test_a_place_without_a_catalogue_is_not_opened(where: str) -> None:
    with pytest.raises(CatalogueError, match="catalogue build"):
        open_catalogue(where)

from __future__ import annotations

import numpy as np

from modiste.bench.search.files import bench_search
from modiste.bench.search.shop import DrawnShop, ShopSize

SMALL = ShopSize(items=3_000, width=16, categories=8)


def test_the_same_size_draws_the_same_shop_and_queries_unlike_it() -> None:
    first, second = (DrawnShop(SMALL).batch() for _ in range(2))
    np.testing.assert_array_equal(first.vectors, second.vectors)
    assert first.items.equals(second.items)
    sizes = DrawnShop(SMALL).sizes()
    assert sizes.sum() == SMALL.items
    assert (np.diff(sizes) <= 0).all()
    wanted, kinds = DrawnShop(SMALL).queries(50)
    cosine = (first.vectors @ wanted.T).max(axis=0) / np.linalg.norm(wanted, axis=1)
    assert cosine.max() < 0.999
    assert set(kinds) <= set(first.items.select("category", "fine").rows())


def test_a_small_run_measures_everything_beside_its_reference() -> None:
    rows = bench_search(SMALL, postgres=False)
    told = {row.name.partition(", ")[2]: row for row in rows}
    assert told["with a category, recall@10"].value == 1.0  # small categories are searched exactly
    assert told["with no category, recall@10"].value == 1.0
    assert told["everywhere, a filter that keeps 5 %, recall@10"].value == 1.0
    assert told["a category, a filter that keeps 0.1 %, recall@10"].value == 1.0
    assert told["with a category, p50"].reference.startswith("NumPy product over all 3,000")
    assert told["opened and first answer"].reference_value == 1.0
    assert told["1,000 items added"].value > 0
    assert all(np.isfinite([row.value, row.reference_value, row.ratio]).all() for row in rows)

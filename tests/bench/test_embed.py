"""The benchmark compares like with like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modiste.bench.embed import bench_embed, ours, plain_loop
from modiste.encoders.image import lite0
from modiste.errors import DataError, UnknownName
from modiste.jobs.bench import bench


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{n}.jpg" for n in range(5)]
    for path in paths:
        noise = Image.fromarray(rng.integers(0, 256, (12, 9, 3), dtype=np.uint8))
        noise.resize((240, 320)).save(path, quality=95)
    return paths


def test_both_loops_give_the_same_vectors(pictures: list[Path]) -> None:
    encoder = lite0()
    plain = plain_loop(pictures, encoder.module)
    assert plain.shape == (5, 1280)
    np.testing.assert_allclose(ours(pictures, encoder), plain, atol=5e-3)


def test_every_row_is_ours_over_the_reference_of_the_same_run(pictures: list[Path]) -> None:
    rows = bench_embed(pictures * 8, rounds=1)
    assert rows[0].name == "embed"
    for row in rows:
        assert row.reference_value > 0
        assert row.ratio == pytest.approx(row.value / row.reference_value, rel=1e-6)


def test_an_unknown_benchmark_is_named() -> None:
    with pytest.raises(UnknownName, match="embed"):
        bench(["embd"])


def test_a_wardrobe_without_photographs_is_refused(tmp_path: Path) -> None:
    from modiste.data.wardrobe import WardrobeInfo, create_wardrobe
    from modiste.outfit import Item

    items = [Item(id="a", category="tops", fine="shirt")]
    create_wardrobe(tmp_path / "W", items, [], WardrobeInfo(name="W"))
    with pytest.raises(DataError, match="no photographs"):
        bench(["embed"], wardrobe=tmp_path / "W")

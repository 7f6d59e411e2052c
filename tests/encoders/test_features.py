"""Features read back: in item order, and never those of another state of the wardrobe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_embed import Tiny, paint, run

from modiste.arrays import Floats
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.encoders.base import Pixels
from modiste.encoders.embed import BATCH, embed_images, embed_texts
from modiste.encoders.features import current_features, open_features
from modiste.encoders.text import MiniLm
from modiste.errors import FeatureError
from modiste.outfit import Item

INFO = WardrobeInfo(name="W")


@pytest.fixture
def items(tmp_path: Path) -> list[Item]:
    return paint(tmp_path / "W", 6)


@pytest.fixture
def wardrobe(tmp_path: Path, items: list[Item]) -> Wardrobe:
    return create_wardrobe(tmp_path / "W", items, [], INFO)


def test_rows_in_item_order_are_mapped_not_read(wardrobe: Wardrobe) -> None:
    run(wardrobe, Tiny())
    assert isinstance(open_features(wardrobe, Tiny().fingerprint).matrix, np.memmap)


def test_items_in_another_order_keep_their_vectors(wardrobe: Wardrobe, items: list[Item]) -> None:
    run(wardrobe, Tiny())
    before = np.array(open_features(wardrobe, Tiny().fingerprint).matrix)
    turned = create_wardrobe(wardrobe.root, items[::-1], [], INFO, replace=True)
    after = open_features(turned, Tiny().fingerprint).matrix
    np.testing.assert_array_equal(after, before[::-1])


def test_an_interrupted_run_keeps_what_it_encoded(tmp_path: Path) -> None:
    class Stopped(Tiny):
        def encode(self, pixels: Pixels) -> Floats:
            if self.encoded:
                raise KeyboardInterrupt
            return super().encode(pixels)

    wardrobe = create_wardrobe(tmp_path / "X", paint(tmp_path / "X", 40), [], INFO)
    with pytest.raises(KeyboardInterrupt):
        run(wardrobe, Stopped())
    encoder = Tiny()
    run(wardrobe, encoder)
    assert encoder.encoded == 40 - BATCH


def test_a_new_item_asks_for_embed(wardrobe: Wardrobe, items: list[Item]) -> None:
    run(wardrobe, Tiny())
    more = [*items, replace(items[0], id="new")]
    wider = create_wardrobe(wardrobe.root, more, [], INFO, replace=True)
    with pytest.raises(FeatureError, match="1 items .* new or changed .*modiste embed"):
        current_features(wider)
    encoder = Tiny()
    run(wider, encoder)
    assert encoder.encoded == 0  # its picture was known
    assert current_features(wider)["image"].present.all()


def test_a_changed_title_asks_for_embed(wardrobe: Wardrobe, items: list[Item]) -> None:
    embed_texts(wardrobe, MiniLm(), progress=lambda *_: None)
    changed = [replace(items[0], title="a very different thing"), *items[1:]]
    renamed = create_wardrobe(wardrobe.root, changed, [], INFO, replace=True)
    with pytest.raises(FeatureError, match="new or changed"):
        current_features(renamed)


def test_a_picture_too_large_is_skipped_and_not_missed(wardrobe: Wardrobe) -> None:
    report = embed_images(
        wardrobe,
        Tiny(),  # type: ignore[arg-type]
        facts={},
        progress=lambda *_: None,
        max_pixels=20 * 30 - 1,
    )
    assert len(report.skipped) == 6 and "pixels" in report.skipped[0]["reason"]
    assert not open_features(wardrobe, Tiny().fingerprint).present.any()


def test_a_file_that_is_gone_or_outside_is_skipped_by_name(
    wardrobe: Wardrobe, items: list[Item], tmp_path: Path
) -> None:
    (wardrobe.root / "images/2.png").unlink()
    (tmp_path / "outside.png").write_bytes((wardrobe.root / "images/1.png").read_bytes())
    escaping = [*items[:3], replace(items[3], image="../outside.png"), *items[4:]]
    odd = create_wardrobe(wardrobe.root, escaping, [], INFO, replace=True)
    report = run(odd, Tiny())
    assert {skip["id"] for skip in report.skipped} == {"i2", "i3"}
    assert open_features(odd, Tiny().fingerprint).present.tolist() == [1, 1, 0, 0, 1, 1]


@pytest.mark.parametrize("name", ["encoder.toml", "items.parquet", "skipped.json"])
def test_damaged_tables_ask_for_embed(wardrobe: Wardrobe, name: str) -> None:
    run(wardrobe, Tiny())
    (next((wardrobe.root / "features").glob("1111*")) / name).write_bytes(b"\xff rubbish")
    with pytest.raises(FeatureError, match="damaged; run `modiste embed"):
        open_features(wardrobe, Tiny().fingerprint)
    run(wardrobe, Tiny())
    assert open_features(wardrobe, Tiny().fingerprint).present.all()

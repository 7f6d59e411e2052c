"""Features carried into a reduced wardrobe are those that embedding it would make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modiste.data.slots.plan import SlotPlan
from modiste.data.slots.reduce import reduce_wardrobes
from modiste.data.slots.write import write_reduction
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.encoders.embed import embed_images
from modiste.encoders.features import carry_features, current_features, joined_vectors
from modiste.errors import FeatureError
from modiste.outfit import Item, Outfit
from tests.encoders.test_embed import Tiny, paint

CATEGORIES = ("shoes", "tops", "hats")


def make(root: Path, start: int = 0) -> Wardrobe:
    """Twelve items from number `start` on; every third one is a hat."""
    items = [
        Item(id=i.id, category=CATEGORIES[n % 3], fine="any", title="", image=i.image)
        for n, i in enumerate(paint(root, start + 12))
    ][start:]
    looks = [Outfit(id=f"o{start}", items=(items[1].id, items[0].id))]
    return create_wardrobe(root, items, looks, WardrobeInfo(name=root.name))


def embedded(wardrobe: Wardrobe, version: str = "1") -> Tiny:
    encoder = Tiny(version)
    with wardrobe.writing():
        embed_images(wardrobe, encoder, facts={"made": 1}, progress=lambda done, total: None)
    return encoder


def reduce(wardrobes: list[Wardrobe], out: Path) -> Wardrobe:
    plan = SlotPlan(slots=("shoes", "tops"))
    made = write_reduction(out, reduce_wardrobes(wardrobes, plan), wardrobes)
    with made.writing():
        carry_features(wardrobes, made)
    return made


@pytest.mark.parametrize("starts", [(0,), (0, 6)])
def test_nothing_is_encoded_again(tmp_path: Path, starts: tuple[int, ...]) -> None:
    sources = [make(tmp_path / f"W{start}", start) for start in starts]
    for source in sources:
        embedded(source)
    made = reduce(sources, tmp_path / "W2")
    block = current_features(made)["image"]
    assert block.present.all()
    assert block.facts["made"] == 1
    for source in sources:
        there = current_features(source)["image"].matrix
        for item in source.items["id"]:
            if item in made.rows:
                assert np.array_equal(block.matrix[made.rows[item]], there[source.rows[item]])
    assert embedded(made).encoded == 0


def test_embed_one_wardrobe_leaves_the_other_alone(tmp_path: Path) -> None:
    source = make(tmp_path / "W")
    embedded(source)
    made = reduce([source], tmp_path / "W2")
    before = current_features(source)["image"].matrix.copy()
    for path in (made.root / "features").rglob("vectors.f32"):
        path.write_bytes(bytes(path.stat().st_size))
    assert np.array_equal(current_features(source)["image"].matrix, before)


def test_without_features_there_is_nothing_to_carry_and_neighbours_are_refused(
    tmp_path: Path,
) -> None:
    source = make(tmp_path / "W")
    made = reduce([source], tmp_path / "W2")
    assert current_features(made) == {}
    with pytest.raises(FeatureError, match="has no image features to find neighbours by"):
        joined_vectors([source], ["i0"], "image")


def test_features_of_two_encoders_are_not_joined(tmp_path: Path) -> None:
    sources = [make(tmp_path / "A"), make(tmp_path / "B", 6)]
    for source, version in zip(sources, "12", strict=True):
        embedded(source, version)
    made = reduce(sources, tmp_path / "W2")
    assert "image" not in current_features(made)
    with pytest.raises(FeatureError, match="different encoders"):
        joined_vectors(sources, ["i0"], "image")

"""The drawn wardrobe on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from modiste.data.drawn.build import draw_wardrobe, plan_wardrobe
from modiste.data.drawn.cuts import CATEGORIES, CUTS
from modiste.data.drawn.oracle import Oracle
from modiste.data.wardrobe import Wardrobe
from modiste.errors import Misuse, ModisteError, WardrobeError


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Wardrobe:
    return draw_wardrobe(tmp_path_factory.mktemp("drawn") / "w", items=20, outfits=5, seed=3)


def test_the_same_seed_draws_the_same_tables_and_pictures(tiny: Wardrobe, tmp_path: Path) -> None:
    again = draw_wardrobe(tmp_path / "w", items=20, outfits=5, seed=3)
    assert again.content_hash == tiny.content_hash
    assert again.info == tiny.info
    for image in tiny.items["image"]:
        assert (again.root / image).read_bytes() == (tiny.root / image).read_bytes()


def test_another_seed_draws_another_wardrobe(tiny: Wardrobe) -> None:
    other = plan_wardrobe(items=20, outfits=5, seed=4)
    assert [item.title for item in other.items] != tiny.items["title"].to_list()


def test_a_tiny_wardrobe_has_a_picture_of_every_item(tiny: Wardrobe) -> None:
    assert len(tiny.items) == 20 and len(tiny.outfits) == 5
    for image in tiny.items["image"]:
        path = tiny.image_path(image)
        assert path is not None
        with Image.open(path) as picture:
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (300, 300))


@pytest.mark.parametrize("count", [9, 10, 33, 500])
def test_every_category_is_there_whatever_the_size(count: int) -> None:
    plan = plan_wardrobe(items=count, outfits=3, seed=0)
    assert len(plan.items) == count
    assert {item.category for item in plan.items} == set(CATEGORIES)
    assert len({item.id for item in plan.items}) == count


def test_there_are_eight_categories_or_more_with_several_kinds_each() -> None:
    kinds = {name: [f for f, cut in CUTS.items() if cut.category == name] for name in CATEGORIES}
    assert len(kinds) >= 8
    assert all(2 <= len(fines) <= 5 for fines in kinds.values())


def test_an_outfit_is_a_dress_or_a_top_with_bottoms_and_shoes() -> None:
    plan = plan_wardrobe(items=60, outfits=200, seed=1)
    slot = {item.id: item.category for item in plan.items}
    for outfit in plan.outfits:
        worn = [slot[item] for item in outfit.items]
        assert len(set(worn)) == len(worn)
        assert "shoes" in worn
        assert ("dresses" in worn) != ({"tops", "bottoms"} <= set(worn))


def test_title_and_attributes_say_what_is_seen() -> None:
    for item in plan_wardrobe(items=300, outfits=1, seed=2).items:
        seen = item.attributes
        assert set(seen) == {"color", "season", "style", "pattern", "fabric"}
        assert seen["season"] in {"summer", "winter", "all year"}
        assert item.title.startswith(seen["color"]) and item.title.endswith(item.fine)
        assert seen["fabric"] in item.title
        assert seen["pattern"] == "plain" or seen["pattern"] in item.title
        assert item.price is not None and item.price > 0


def test_a_fabric_gives_the_style_of_a_kind_away() -> None:
    for fine, cut in CUTS.items():
        fabrics = [*cut.casual, *cut.smart, *cut.evening]
        assert len(set(fabrics)) == len(fabrics), fine


def test_the_splits_are_eight_to_one_to_one() -> None:
    plan = plan_wardrobe(items=500, outfits=1000, seed=0)
    share = {s: sum(o.split == s for o in plan.outfits) for s in ("train", "valid", "test")}
    assert share["valid"] == pytest.approx(100, abs=3)
    assert share["test"] == pytest.approx(100, abs=3)


def test_the_rule_is_kept_on_disk(tiny: Wardrobe) -> None:
    assert tiny.info.match == ("season",)
    outfit = [tiny.rows[item] for item in tiny.outfits["items"][0]]
    assert Oracle(Wardrobe(tiny.root)).score([outfit]) == Oracle(tiny).score([outfit])


@pytest.mark.parametrize(("items", "outfits", "seed"), [(8, 5, 0), (20, 0, 0), (20, 5, -1)])
def test_what_cannot_be_drawn_is_refused(
    tmp_path: Path, items: int, outfits: int, seed: int
) -> None:
    with pytest.raises(Misuse, match="at least 9 items"):
        draw_wardrobe(tmp_path / "w", items=items, outfits=outfits, seed=seed)
    assert not (tmp_path / "w").exists()


def test_a_wardrobe_is_replaced_only_if_asked(tiny: Wardrobe) -> None:
    before = tiny.content_hash
    with pytest.raises(WardrobeError, match="--replace"):
        draw_wardrobe(tiny.root, items=9, outfits=1)
    assert Wardrobe(tiny.root).content_hash == before
    draw_wardrobe(tiny.root, items=20, outfits=5, seed=3, replace=True)
    assert Wardrobe(tiny.root).content_hash == before


def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("a file")
    with pytest.raises(ModisteError, match="Cannot draw pictures"):
        draw_wardrobe(tmp_path / "w", items=9, outfits=1)

"""Items dealt to splits within each category; photographs exported by split and category."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from modiste.data.image_folders import export_image_folders
from modiste.data.splits import split_items
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.errors import DataError, Misuse
from modiste.outfit import SPLITS, Item, Outfit

CATEGORIES = {f"{name}{n}": name for name, size in (("s", 100), ("t", 25)) for n in range(size)}


def test_every_category_is_split_in_the_same_shares() -> None:
    split_of = split_items(CATEGORIES)
    tally = Counter((CATEGORIES[item], split) for item, split in split_of.items())
    assert [tally["s", split] for split in SPLITS] == [64, 16, 20]
    assert [tally["t", split] for split in SPLITS] == [16, 4, 5]
    assert list(split_of) == list(CATEGORIES)


def test_the_seed_decides_and_the_order_of_items_does_not() -> None:
    first = split_items(CATEGORIES)
    backwards = dict(reversed(CATEGORIES.items()))
    assert split_items(backwards) == first
    assert split_items(CATEGORIES, seed=1) != first


def test_a_category_does_not_change_the_split_of_another() -> None:
    alone = {item: name for item, name in CATEGORIES.items() if name == "t"}
    whole = split_items(CATEGORIES)
    assert split_items(alone) == {item: whole[item] for item in alone}


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7])
def test_small_categories_keep_something_to_train_on(size: int) -> None:
    found = Counter(split_items({str(n): "rare" for n in range(size)}).values())
    assert sum(found.values()) == size
    assert found["train"] >= (size + 1) // 2


def test_shares_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(Misuse, match="sum to 1"):
        split_items(CATEGORIES, shares=(0.5, 0.2, 0.2))


ODD = ("../../etc/passwd", "/etc/passwd", "a/b", "CON\x00", "Ä 1", "same", "SAME")


@pytest.fixture
def wardrobe(tmp_path: Path) -> Wardrobe:
    """Ten shoes, of which eight are worn, and items whose ids or categories are no file names."""
    root = tmp_path / "W"
    (root / "images").mkdir(parents=True)
    items = []
    for n, item_id in enumerate([*(f"s{n}" for n in range(10)), *ODD]):
        image = f"images/{n}.{'png' if n == 9 else 'jpg'}"
        (root / image).write_bytes(item_id.encode())
        category = "shoes" if n < 10 else "../out" if n < 12 else "night wear"
        items.append(Item(id=item_id, category=category, fine=category, image=image))
    items.append(Item(id="bare", category="shoes", fine="shoes"))
    outfits = [Outfit(id="a", items=tuple(f"s{n}" for n in range(8)))]
    return create_wardrobe(root, items, outfits, WardrobeInfo(name="W"))


def exported(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".jpg", ".png")
    }


def test_photographs_go_to_split_and_category_under_their_ids(
    wardrobe: Wardrobe, tmp_path: Path
) -> None:
    made = export_image_folders(wardrobe, tmp_path / "X")
    found = exported(tmp_path / "X")
    assert sorted(found.values()) == sorted(
        i.encode() for i in (*ODD, *(f"s{n}" for n in range(10)))
    )
    shoes = {Path(path).name for path in found if Path(path).parent.name == "shoes"}
    assert shoes == {*(f"s{n}.jpg" for n in range(9)), "s9.png"}
    assert {Path(path).parts[0] for path in found} == set(SPLITS)
    assert "night wear" in {Path(path).parts[1] for path in found}
    assert (made.without_image, made.not_worn) == (1, 0)
    assert dict(made.counts["shoes"]) == {"train": 6, "valid": 2, "test": 2}


def test_no_id_and_no_category_leads_out_of_the_folder(wardrobe: Wardrobe, tmp_path: Path) -> None:
    export_image_folders(wardrobe, tmp_path / "X" / "Y")
    assert {path.name for path in tmp_path.iterdir()} == {"W", "X"}
    assert {path.name for path in (tmp_path / "X").iterdir()} == {"Y"}
    names = [path.casefold() for path in exported(tmp_path / "X" / "Y")]
    assert all(len(Path(name).parts) == 3 for name in names)
    assert len(set(names)) == len(names) == 17  # `same` and `SAME` stay apart on any file system


def test_only_what_outfits_wear_on_demand(wardrobe: Wardrobe, tmp_path: Path) -> None:
    made = export_image_folders(wardrobe, tmp_path / "X", used=True)
    assert sorted(exported(tmp_path / "X").values()) == [f"s{n}".encode() for n in range(8)]
    assert made.not_worn == 10


def test_an_export_that_was_stopped_goes_on(wardrobe: Wardrobe, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done == 5:
            raise Stop

    with pytest.raises(Stop):
        export_image_folders(wardrobe, tmp_path / "X", progress=stop)
    assert len(exported(tmp_path / "X")) == 5
    export_image_folders(wardrobe, tmp_path / "X")
    export_image_folders(wardrobe, tmp_path / "Y")
    assert exported(tmp_path / "X") == exported(tmp_path / "Y")


def test_two_splits_are_never_mixed_in_one_folder(wardrobe: Wardrobe, tmp_path: Path) -> None:
    export_image_folders(wardrobe, tmp_path / "X")
    with pytest.raises(Misuse, match="another wardrobe, seed or --used"):
        export_image_folders(wardrobe, tmp_path / "X", seed=1)
    export_image_folders(wardrobe, tmp_path / "X", seed=1, replace=True)
    export_image_folders(wardrobe, tmp_path / "Y", seed=1)
    assert exported(tmp_path / "X") == exported(tmp_path / "Y")


def test_somebody_elses_folder_is_left_alone(wardrobe: Wardrobe, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(Misuse, match="other files"):
        export_image_folders(wardrobe, tmp_path / "mine", replace=True)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_a_wardrobe_without_photographs_is_one_sentence(tmp_path: Path) -> None:
    items = [Item(id="a", category="shoes", fine="shoes")]
    bare = create_wardrobe(tmp_path / "W", items, [], WardrobeInfo(name="W"))
    with pytest.raises(DataError, match="No item of .* has a photograph"):
        export_image_folders(bare, tmp_path / "X")
    assert not (tmp_path / "X").exists()

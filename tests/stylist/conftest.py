"""A small shop whose rule is plain to see: pieces of one colour go together.

Every photograph is of one colour, and its height tells the slot, so that what the "encoder" sees
is really read from the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modiste.arrays import Floats
from modiste.data.batches import ItemTable, category_index
from modiste.data.photographs import measure_photographs
from modiste.data.pictures import read_image
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.models.controls import MeanCosine
from modiste.outfit import Item, Outfit
from modiste.stylist.stylist import Stylist
from modiste.stylist.wishes import QueryEncoders

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (30, 30, 220)}
FINES = {
    "bags": ["handbags"],
    "bottoms": ["skirts", "trousers"],
    "dresses": ["dresses"],
    "shoes": ["boots", "sandals"],
    "tops": ["shirts", "sweaters"],
}
SLOTS = list(FINES)
EACH = 4  # items of a fine category and colour


def see(path: Path, fine: str = "") -> Floats:
    """(8,) what the test's encoder sees: the colour, and the slot from the height."""
    picture = read_image(path)
    colour = np.asarray(picture, dtype=np.float32).mean(axis=(0, 1)) / 255
    slot = np.zeros(len(SLOTS), dtype=np.float32)
    slot[min(picture.height // 4 - 2, len(SLOTS) - 1)] = 0.5
    return np.concatenate([colour / np.linalg.norm(colour), slot])


def draw(path: Path, colour: str, slot: str, shade: int = 0) -> Path:
    """A photograph of a garment: slightly different for each shade."""
    pixel = np.clip(np.array(COLOURS[colour]) + shade, 0, 255).astype(np.uint8)
    pixels = np.broadcast_to(pixel, (4 * (SLOTS.index(slot) + 2), 8, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(pixels)).save(path)
    return path


def _items(root: Path) -> Iterator[Item]:
    for slot, fines in FINES.items():
        for fine in fines:
            for colour in COLOURS:
                for number in range(EACH):
                    item_id = f"{fine}-{colour}-{number}"
                    shade = 2 * number + fines.index(fine)
                    draw(root / f"images/{item_id}.png", colour, slot, shade)
                    yield Item(
                        id=item_id,
                        category=slot,
                        fine=fine,
                        title=f"{colour} {fine}",
                        image=f"images/{item_id}.png",
                        price=10.0 * number + len(fine) if number else None,
                        attributes={"color": colour.upper(), "season": str(2020 + number % 2)},
                    )


def _outfits() -> Iterator[Outfit]:
    rng = np.random.default_rng(0)
    looks = [("tops", "bottoms", "shoes", "bags")] * 6 + [("dresses", "shoes", "bags")] * 4
    looks += [("tops", "bottoms", "shoes")] * 2
    for number in range(60):
        colour = str(rng.choice(list(COLOURS)))
        slots = looks[number % len(looks)]
        items = tuple(f"{rng.choice(FINES[slot])}-{colour}-{rng.integers(EACH)}" for slot in slots)
        yield Outfit(id=str(number), items=items, split="train")


@pytest.fixture(scope="session")
def wardrobe(tmp_path_factory: pytest.TempPathFactory) -> Wardrobe:
    """96 items in 8 fine categories of 5 slots; 60 training outfits of one colour each."""
    root = tmp_path_factory.mktemp("shop")
    made = create_wardrobe(root, list(_items(root)), list(_outfits()), WardrobeInfo(name="shop"))
    measure_photographs(made)
    return made


@pytest.fixture(scope="session")
def table(wardrobe: Wardrobe) -> ItemTable:
    """What the model sees of them."""
    features = np.stack([see(wardrobe.root / image) for image in wardrobe.items["image"]])
    vocabulary = tuple(sorted(set(wardrobe.items["fine"])))
    return ItemTable(
        ids=tuple(wardrobe.items["id"]),
        features=features.astype(np.float32),
        category=category_index(wardrobe.items["fine"].to_list(), vocabulary),
        vocabulary=vocabulary,
    )


@pytest.fixture(scope="session")
def read(wardrobe: Wardrobe) -> Callable[[str], Floats]:
    """A wish's likeness to every title: the share of its words that the title has."""

    def likeness(text: str) -> Floats:
        words = set(text.lower().split())
        titles = [set(title.split()) for title in wardrobe.items["title"]]
        return np.array([len(words & t) / len(words) for t in titles], dtype=np.float32)

    return likeness


@pytest.fixture(scope="session")
def stylist(wardrobe: Wardrobe, table: ItemTable, read: Callable[[str], Floats]) -> Stylist:
    """The shop's stylist; likes pieces that look alike."""
    query_encoders = QueryEncoders(see=see, looks=slice(0, 8), read=read)
    return Stylist(MeanCosine(), table, wardrobe, query_encoders=query_encoders)

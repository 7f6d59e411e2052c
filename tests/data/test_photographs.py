"""Measuring photographs: once each, whatever happens on the way, and what a person would say."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image, ImageDraw

from modiste.data.colours import to_lab
from modiste.data.photographs import (
    PHOTOGRAPH_SCHEMA,
    backgrounds,
    load_photographs,
    measure_photographs,
    measure_picture,
)
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.outfit import Item, Outfit

CREAM = (240, 236, 228)


def garment(colour: str, ground: str | tuple[int, int, int] = CREAM) -> Image.Image:
    """A shirt of sorts, with a shadow at its edge."""
    picture = Image.new("RGB", (240, 320), ground)
    draw = ImageDraw.Draw(picture)
    outline = [(70, 60), (170, 60), (220, 120), (190, 140), (170, 120), (170, 270), (70, 270)]
    outline += [(70, 120), (50, 140), (20, 120)]
    draw.polygon(outline, fill=colour, outline=(170, 168, 165), width=3)
    return picture


def saved(picture: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def wardrobe_of(root: Path, images: Mapping[str, bytes | None]) -> Wardrobe:
    """Item id -> its image's bytes; None for an item without an image."""
    (root / "images").mkdir(parents=True)
    items = []
    for item_id, data in images.items():
        if data is not None:
            (root / "images" / item_id).write_bytes(data)
        image = None if data is None else f"images/{item_id}"
        items.append(Item(id=item_id, category="tops", fine="shirts", image=image))
    outfits = [Outfit(id="o", items=tuple(images))]
    return create_wardrobe(root, items, outfits, WardrobeInfo(name="w"))


def test_each_item_with_an_image_has_one_row_in_item_order(tmp_path: Path) -> None:
    red = saved(garment("red"))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = saved(garment("red"), exif=exif)
    images = {"b": red, "none": None, "a": red, "turned": turned}
    table = measure_photographs(wardrobe_of(tmp_path / "W", images))
    assert table.schema == pl.Schema(PHOTOGRAPH_SCHEMA)
    assert table["id"].to_list() == ["b", "a", "turned"]
    assert table["image_hash"][0] == table["image_hash"][1] == hashlib.sha256(red).hexdigest()
    assert table.select("width", "height").rows() == [(240, 320), (240, 320), (320, 240)]
    assert table["error"].null_count() == 3
    assert (tmp_path / "W" / "photographs.parquet").is_file()


def test_what_cannot_be_measured_says_why_and_costs_only_itself(tmp_path: Path) -> None:
    good = saved(garment("navy"))
    images = {"good": good, "cut": good[:900], "text": b"no picture", "empty": b"", "gone": good}
    wardrobe = wardrobe_of(tmp_path / "W", images)
    (tmp_path / "W" / "images" / "gone").unlink()
    rows = {row["id"]: row for row in measure_photographs(wardrobe).iter_rows(named=True)}
    assert rows["good"]["error"] is None
    for name in ("cut", "text"):
        assert name in rows[name]["error"]
        assert rows[name]["image_hash"] == hashlib.sha256(images[name]).hexdigest()
    for name in ("empty", "gone"):
        assert rows[name]["error"] and rows[name]["image_hash"] is None
    assert all(rows[name]["background_l"] is None for name in images if name != "good")


def test_an_image_outside_the_wardrobe_is_not_read(tmp_path: Path) -> None:
    wardrobe = wardrobe_of(tmp_path / "W", {"a": b""})
    (tmp_path / "secret.png").write_bytes(saved(garment("red"), "PNG"))
    (tmp_path / "W" / "images" / "a").unlink()
    (tmp_path / "W" / "images" / "a").symlink_to(tmp_path / "secret.png")
    (row,) = measure_photographs(wardrobe).iter_rows(named=True)
    assert row["error"] and row["image_hash"] is None


def planted(root: Path, value: float) -> None:
    """Write a background into the table that nobody would measure."""
    path = root / "photographs.parquet"
    table = pl.read_parquet(path, memory_map=False)
    table.with_columns(background_l=pl.lit(value, pl.Float32)).write_parquet(path)


def test_only_what_changed_is_measured_again(tmp_path: Path) -> None:
    root = tmp_path / "W"
    wardrobe = wardrobe_of(root, {name: saved(garment(name)) for name in ("red", "navy", "green")})
    measure_photographs(wardrobe)
    planted(root, 1.0)
    (root / "images" / "navy").write_bytes(saved(garment("navy", "black")))
    (root / "images" / "green").write_bytes((root / "images" / "red").read_bytes())
    table = measure_photographs(wardrobe)
    assert table["background_l"].to_list() == [1.0, pytest.approx(0, abs=2), 1.0]
    assert table["colour"].to_list() == ["red", "blue", "red"]


def test_loading_measures_what_is_new_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "W"
    wardrobe = wardrobe_of(root, {"red": saved(garment("red")), "navy": saved(garment("navy"))})
    assert load_photographs(wardrobe)["colour"].to_list() == ["red", "blue"]
    planted(root, 1.0)
    before = (root / "photographs.parquet").stat().st_mtime_ns
    assert load_photographs(wardrobe)["background_l"].to_list() == [1.0, 1.0]
    assert (root / "photographs.parquet").stat().st_mtime_ns == before
    (root / "images" / "green").write_bytes(saved(garment("green")))
    items = [
        Item(id=n, category="tops", fine="shirts", image=f"images/{n}")
        for n in ("green", "red", "navy")
    ]
    grown = create_wardrobe(root, items, [], WardrobeInfo(name="w"), replace=True)
    table = load_photographs(grown)
    assert table["id"].to_list() == ["green", "red", "navy"]
    assert table["background_l"].to_list()[1:] == [1.0, 1.0]


@pytest.mark.parametrize("damage", [b"", b"PAR1 nonsense PAR1"])
def test_a_damaged_table_is_measured_afresh(tmp_path: Path, damage: bytes) -> None:
    wardrobe = wardrobe_of(tmp_path / "W", {"red": saved(garment("red"))})
    first = measure_photographs(wardrobe)
    (tmp_path / "W" / "photographs.parquet").write_bytes(damage)
    assert load_photographs(wardrobe).equals(first)


_SLOWLY = """
import sys, time
from pathlib import Path
from modiste.data import photographs
from modiste.data.wardrobe import Wardrobe
photographs._SAVE_EVERY, photographs._CHUNK = 0.0, 4
def progress(done, total):
    if done > 8:
        print("under way", flush=True)
        time.sleep(60)
photographs.measure_photographs(Wardrobe(Path(sys.argv[1])), progress=progress)
"""


def test_a_kill_loses_little_and_the_rest_goes_on(tmp_path: Path) -> None:
    root = tmp_path / "W"
    colours = ["red", "navy", "green", "black"] * 5
    images = {f"{n}": saved(garment(c, (200, n, n))) for n, c in enumerate(colours)}
    wardrobe = wardrobe_of(root, images)
    child = subprocess.Popen(
        [sys.executable, "-c", _SLOWLY, str(root)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    with child, child.stdout:
        assert child.stdout.readline() == "under way\n"
        child.kill()
    kept = pl.read_parquet(root / "photographs.parquet", memory_map=False)
    assert 8 <= len(kept) < 20
    planted(root, 1.0)
    table = measure_photographs(wardrobe)
    assert table["id"].to_list() == list(images)
    assert table["background_l"].to_list()[:8] == [1.0] * 8
    assert table["background_l"][-1] > 1.0


def test_progress_ends_at_the_number_of_images(tmp_path: Path) -> None:
    wardrobe = wardrobe_of(tmp_path / "W", {"a": saved(garment("red")), "b": None, "c": b"?"})
    told: list[tuple[int, int]] = []
    measure_photographs(wardrobe, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (2, 2)


def test_a_wardrobe_without_images_has_an_empty_table(tmp_path: Path) -> None:
    wardrobe = wardrobe_of(tmp_path / "W", {"a": None})
    assert len(load_photographs(wardrobe)) == 0
    assert np.isnan(backgrounds(wardrobe, load_photographs(wardrobe))).all()


def test_backgrounds_stand_at_their_items_rows(tmp_path: Path) -> None:
    images = {"a": None, "b": saved(garment("red", "black")), "c": b"broken"}
    wardrobe = wardrobe_of(tmp_path / "W", images)
    lab = backgrounds(wardrobe, measure_photographs(wardrobe).sort("id", descending=True))
    assert np.isnan(lab).all(axis=1).tolist() == [True, False, True]
    assert lab[1, 0] < 3
    assert np.isnan(backgrounds(wardrobe, None)).all()


@pytest.mark.parametrize("ground", [CREAM, (250, 250, 250), (120, 130, 140), (20, 20, 20)])
def test_the_background_is_the_colour_of_the_border(ground: tuple[int, int, int]) -> None:
    facts = measure_picture(garment("green", ground))
    lab = [facts[f"background_{axis}"] for axis in "lab"]
    np.testing.assert_allclose(lab, to_lab(np.array(ground, dtype=np.uint8)), atol=0.5)


@pytest.mark.parametrize(
    ("paint", "word"),
    [
        ("black", "black"),
        ("white", "white"),
        ("#888888", "grey"),
        ("#c01020", "red"),
        ("#f07010", "orange"),
        ("#f0d020", "yellow"),
        ("#208040", "green"),
        ("#2040a0", "blue"),
        ("#702080", "purple"),
        ("#f0a0b8", "pink"),
        ("#6b4226", "brown"),
        ("#d8c6a8", "beige"),
    ],
)
def test_the_garment_has_the_colour_a_person_would_say(paint: str, word: str) -> None:
    for ground in ((250, 250, 250), (235, 238, 242), CREAM):
        assert measure_picture(garment(paint, ground))["colour"] == word, ground


def test_a_picture_of_one_colour_has_that_colour() -> None:
    facts = measure_picture(Image.new("RGB", (30, 30), "#208040"))
    assert facts["colour"] == "green"
    assert measure_picture(Image.new("RGB", (1, 1), "black"))["colour"] == "black"


def test_the_perceptual_hash_survives_saving_again_and_tells_pictures_apart() -> None:
    rng = np.random.default_rng(0)

    def scene(seed: int) -> Image.Image:
        cells = np.random.default_rng(seed).integers(0, 256, (6, 4, 3), dtype=np.uint8)
        return Image.fromarray(cells).resize((240, 320), Image.Resampling.BICUBIC)

    for seed in rng.integers(0, 1000, 10).tolist():
        picture = scene(seed)
        copy = picture.resize((150, 200))
        again = Image.open(io.BytesIO(saved(copy, quality=50)))
        own, other = measure_picture(picture)["phash"], measure_picture(scene(seed + 1))["phash"]
        assert (own ^ measure_picture(again)["phash"]).bit_count() <= 6
        assert (own ^ other).bit_count() > 12


def test_a_photograph_costs_a_few_milliseconds(shared_data: Path, tmp_path: Path) -> None:
    paths = sorted((shared_data / "mango" / "images").glob("*.jpg"))[:600]
    wardrobe = wardrobe_of(tmp_path / "W", {path.stem: path.read_bytes() for path in paths})
    start = time.process_time()  # of the processor, not the clock: other work does not count
    measure_photographs(wardrobe)
    assert (time.process_time() - start) / len(paths) < 0.008  # 0.002 as a rule

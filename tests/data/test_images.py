"""Photographs come from the folder that was given, and from nowhere else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modiste.data.images import copy_images, find_image, image_names, named_in_catalogue
from modiste.data.importing.mapping import parse_mapping
from modiste.data.importing.published import unpack_images
from modiste.data.importing.table import import_table
from modiste.data.wardrobe import Wardrobe
from modiste.errors import DataError, DatasetNotFound, ModisteError

Photograph = Callable[[str], bytes]


@given(st.lists(st.text(min_size=1), unique=True))
def test_every_id_has_a_file_name_of_its_own_on_every_file_system(ids: list[str]) -> None:
    names = image_names(ids)
    assert len({name.casefold() for name in names}) == len(ids)
    for item_id, name in zip(ids, names, strict=True):
        assert not set(name) & set('/\\:*?"<>|\0') and len(name) < 130 and name[0] != "."
        assert name == item_id or "~" in name


def test_ids_that_differ_in_case_only_do_not_share_a_file() -> None:
    assert image_names(["a", "A", "b"])[2] == "b"
    assert len({name.casefold() for name in image_names(["a", "A", "b"])}) == 3


@pytest.mark.parametrize(
    "value",
    [
        "in/deep.jpg",
        "deep.jpg",
        "/somewhere/else/deep.jpg",
        "../../deep.jpg",
        "C:\\photos\\deep.jpg",
        "in\\deep.jpg",
        "deep",
    ],
)
def test_an_image_is_found_at_its_path_or_by_its_base_name(tmp_path: Path, value: str) -> None:
    (tmp_path / "in").mkdir()
    for path in (tmp_path / "in" / "deep.jpg", tmp_path / "deep.jpg"):
        path.write_bytes(b"x")
    found = find_image(tmp_path.resolve(), named_in_catalogue(value))
    at_its_path = value.startswith("in")
    assert found == tmp_path.resolve() / ("in/deep.jpg" if at_its_path else "deep.jpg")


@pytest.mark.parametrize(
    "value",
    [
        "../secret.jpg", "x/../../secret.jpg", "..\\secret.jpg", "link.jpg", "loop.jpg",
        "folder/secret.jpg", "pipe.jpg", "x\0.jpg", "a" * 5000, "", ".", "..", "/", "in",
    ],
)  # fmt: skip
def test_nothing_outside_the_folder_is_ever_followed(tmp_path: Path, value: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    folder = tmp_path / "images"
    (folder / "in").mkdir(parents=True)
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    (folder / "folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.jpg")
    assert find_image(folder.resolve(), named_in_catalogue(value)) is None
    assert find_image(folder.resolve(), [str(tmp_path / "secret.jpg")]) is None


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    (tmp_path / "b.jpg").symlink_to(tmp_path / "a.jpg")
    assert find_image(tmp_path.resolve(), ["b.jpg"]) == tmp_path.resolve() / "a.jpg"


def test_a_copy_that_is_there_is_left_alone_and_a_changed_one_renewed(tmp_path: Path) -> None:
    folder = tmp_path / "from"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.jpg").write_bytes(name.encode())
    wanted = {name: [f"{name}.jpg"] for name in "abc"}
    placed = copy_images(wanted, folder, tmp_path / "W")
    assert placed == {name: f"images/{name}.jpg" for name in "abc"}
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "W/images").iterdir()}
    (folder / "b.jpg").write_bytes(b"B")
    copy_images(wanted, folder, tmp_path / "W")
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "W/images").iterdir()}
    assert [name for name in before if before[name] != after[name]] == ["b.jpg"]
    assert (tmp_path / "W/images/b.jpg").read_bytes() == b"B"


def test_what_was_copied_is_brought_to_the_disk_and_no_other_file_of_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / "photos" / name).write_bytes(name.encode())
    brought: set[int] = set()
    monkeypatch.setattr(os, "fsync", lambda number: brought.add(os.fstat(number).st_ino))
    monkeypatch.setattr(os, "sync", lambda: pytest.fail("every disk of the host"))
    copy_images({"a": ["a.jpg"], "b": ["b.jpg"]}, tmp_path / "photos", tmp_path / "w")
    images = tmp_path / "w" / "images"
    assert brought == {path.stat().st_ino for path in (images, *images.iterdir())}


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetNotFound, match="No folder .*--images"):
        copy_images({"a": ["a"]}, tmp_path / "nowhere", tmp_path / "W")


def test_a_wardrobe_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    (tmp_path / "W").write_bytes(b"a file")
    with pytest.raises(ModisteError, match="Cannot write .*it goes on where it stopped"):
        copy_images({"a": ["a.jpg"]}, tmp_path, tmp_path / "W")


def test_items_without_a_photograph_are_kept_and_counted(
    tmp_path: Path, photograph: Photograph
) -> None:
    catalogue(tmp_path, {"1": "x/1.jpg", "2": "../2.jpg", "3/4": "3.PNG", "5": ""})
    for name in ("1.jpg", "3.PNG"):
        (tmp_path / "images" / name).write_bytes(photograph("red"))
    wardrobe = imported(tmp_path, "image=file")
    names = dict(wardrobe.items.select("id", "image").rows())
    assert names["1"] == "images/1.jpg"
    assert names["2"] is None and names["5"] is None
    assert names["3/4"].startswith("images/3-4~") and names["3/4"].endswith(".png")
    path = wardrobe.image_path(names["3/4"])
    assert path is not None and path.read_bytes() == photograph("red")
    assert wardrobe.info.notes[-1] == (
        "Items whose photograph is not in images or cannot be read, kept without: 2 "
        "(2: ../2.jpg, 5: no name given)."
    )


def test_without_an_image_column_photographs_are_found_by_id(
    tmp_path: Path, photograph: Photograph
) -> None:
    catalogue(tmp_path, {"1": "", "2": "", "3/4": "", "../5": ""})
    for name in ("1.webp", "2.jpeg", "4.jpg"):
        (tmp_path / "images" / name).write_bytes(photograph("blue"))
    (tmp_path / "5.jpg").write_bytes(b"outside")
    wardrobe = imported(tmp_path)
    images = wardrobe.items["image"].to_list()
    assert [image is not None for image in images] == [True, True, True, False]


def test_an_import_killed_half_way_leaves_no_wardrobe_and_goes_on(tmp_path: Path) -> None:
    ids = {str(i): f"{i}.jpg" for i in range(4000)}
    catalogue(tmp_path, ids)
    for name in ids.values():
        (tmp_path / "images" / name).write_bytes(name.encode() * 50)
    script = f"""
from pathlib import Path
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[2] / "src")!r})
from modiste.data.importing.mapping import parse_mapping
from modiste.data.importing.table import import_table
folder = Path({str(tmp_path)!r})
import_table(folder / "items.csv", folder / "outfits.csv", images=folder / "images",
             mapping=parse_mapping({PAIRS!r}), out=folder / "W")
"""
    process = subprocess.Popen([sys.executable, "-c", script])
    copies = tmp_path / "W" / "images"
    while process.poll() is None and not (copies.is_dir() and any(copies.iterdir())):
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < len(list(copies.iterdir())) < len(ids)
    assert not (tmp_path / "W" / "wardrobe.toml").exists()
    whole = [p for p in copies.iterdir() if p.suffix == ".jpg"]
    assert all(p.read_bytes() == p.name.encode() * 50 for p in whole)
    stamps = {p.name: p.stat().st_mtime_ns for p in whole}
    wardrobe = imported(tmp_path)
    assert wardrobe.items["image"].null_count() == 0
    assert {p.name for p in copies.iterdir()} == set(ids.values())
    assert all((copies / name).stat().st_mtime_ns == stamp for name, stamp in stamps.items())


def test_photographs_are_unpacked_from_parquet(tmp_path: Path) -> None:
    ids = [str(i) for i in range(1200)]
    images = [{"bytes": f"photo {i}".encode(), "path": None} for i in ids]
    images[7] = {"bytes": None, "path": None}
    table = pl.DataFrame({"item_ID": ids, "image": images, "text": ids})
    table[:700].write_parquet(tmp_path / "a.parquet", row_group_size=64)
    table[600:].write_parquet(tmp_path / "b.parquet")
    wanted = [*ids[:1000], "nowhere"]
    placed = unpack_images([tmp_path / "a.parquet", tmp_path / "b.parquet"], wanted, tmp_path / "W")
    assert set(placed) == {*ids[:1000]} - {"7"}
    for item_id, image in placed.items():
        assert (tmp_path / "W" / image).read_bytes() == f"photo {item_id}".encode()


@pytest.mark.parametrize("kind", ["no column", "no Parquet"])
def test_a_parquet_file_without_photographs_is_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1")
    if kind == "no column":
        pl.DataFrame({"id": ["1"]}).write_parquet(path)
    with pytest.raises(DataError, match="no Parquet file with the columns item_id and image"):
        unpack_images([path], ["1"], tmp_path / "W")


PAIRS = ["id=id", "category=slot", "outfit=o", "item=i"]


def catalogue(folder: Path, files: Mapping[str, str]) -> None:
    """A table of items and their image files, and one outfit of the first two."""
    (folder / "images").mkdir()
    rows = "".join(f"{item_id},shoes,{file}\n" for item_id, file in files.items())
    (folder / "items.csv").write_text("id,slot,file\n" + rows)
    worn = list(files)[:2]
    (folder / "outfits.csv").write_text("o,i\n" + "".join(f"A,{item}\n" for item in worn))


def imported(folder: Path, *more: str) -> Wardrobe:
    return import_table(
        folder / "items.csv",
        folder / "outfits.csv",
        images=folder / "images",
        mapping=parse_mapping([*PAIRS, *more]),
        out=folder / "W",
    )

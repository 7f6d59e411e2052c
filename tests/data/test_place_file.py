"""Files put in another place: linked, or copied, whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modiste.data.images import place_file
from modiste.data.slots.write import place_photographs
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.errors import DataError, ModisteError
from modiste.outfit import Item


def test_a_link_where_the_file_system_can(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    place_file(tmp_path / "a", tmp_path / "deep" / "b")
    assert (tmp_path / "a").samefile(tmp_path / "deep" / "b")


def test_a_copy_where_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("another disk")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "a").write_bytes(b"a")
    for _ in range(2):
        place_file(tmp_path / "a", tmp_path / "b")
        assert (tmp_path / "b").read_bytes() == b"a"
    assert not (tmp_path / "a").samefile(tmp_path / "b")
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


def test_what_stands_there_and_what_a_kill_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"new")
    (tmp_path / "b").write_bytes(b"old")
    (tmp_path / ".b.part").write_bytes(b"ha")
    place_file(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"new"
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


def test_a_place_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with pytest.raises(ModisteError, match="Cannot put .* at .*goes on where it stopped"):
        place_file(tmp_path / "a", tmp_path / "a" / "b")


def test_two_photographs_at_one_path_are_refused(tmp_path: Path) -> None:
    def make(name: str, item_id: str) -> Wardrobe:
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(name.encode())
        items = [Item(id=item_id, category="tops", fine="tops", image="1.jpg")]
        return create_wardrobe(tmp_path / name, items, [], WardrobeInfo(name=name))

    wardrobes = [make("A", "a"), make("B", "b")]
    items = [Item(id=i, category="tops", fine="tops", image="1.jpg") for i in "ab"]
    with pytest.raises(DataError, match="item 'b', 1.jpg, has the path of another"):
        place_photographs(items, wardrobes, tmp_path / "W2")

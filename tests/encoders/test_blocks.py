"""Blocks of several models, each there once, and found again by their columns."""

from __future__ import annotations

import numpy as np

from modiste.encoders.blocks import Block, item_block, item_numbers, new_item, same_maker, unite
from modiste.encoders.words import Words

LITE, DEEP = Block("image", "lite0", "a" * 64, 3), Block("image", "deep", "b" * 64, 2)
COLOUR = Block("colour", "colour", "c" * 64, 4)
WORDS = Block("words", "plain", "d" * 64, 2, Words(("red", "blue")))


def test_equal_blocks_are_there_once_and_others_of_a_kind_are_numbered() -> None:
    blocks, columns = unite([[LITE, COLOUR], [DEEP, COLOUR], [COLOUR]])
    assert [block.name for block in blocks] == ["image", "colour", "image@2"]
    assert [block.kind for block in blocks] == ["image", "colour", "image"]
    assert columns == [((0, 7),), ((7, 9), (3, 7)), ((3, 7),)]


def test_words_stay_behind_vectors() -> None:
    blocks, columns = unite([[LITE, WORDS], [DEEP]])
    assert [block.name for block in blocks] == ["image", "image@2", "words"]
    assert columns == [((0, 3), (5, 7)), ((3, 5),)]


def test_item_numbers_stay_behind_vectors_and_a_new_item_has_none() -> None:
    item = item_block(["b", "a"])
    blocks, columns = unite([[LITE, item], [DEEP, item_block(["a", "b"])]])
    assert [block.name for block in blocks] == ["image", "image@2", "item"]
    assert columns == [((0, 3), (5, 6)), ((3, 6),)]
    assert new_item(blocks, {}, np.full(7, 9, dtype=np.float32))[5] == 0
    assert item_numbers(["b", "new", "a"], ["b", "a"]).ravel().tolist() == [2, 0, 1]


def test_what_is_united_can_be_united_again() -> None:
    blocks, _ = unite([[LITE], [DEEP]])
    again, columns = unite([blocks, [DEEP, LITE]])
    assert again == blocks
    assert columns == [((0, 5),), ((3, 5), (0, 3))]


def test_a_name_does_not_make_another_encoder() -> None:
    renamed = Block("image@2", "moved/lite0", LITE.fingerprint, LITE.dim)
    assert same_maker(LITE, renamed)
    assert not same_maker(LITE, DEEP)
    assert len(unite([[LITE], [renamed]])[0]) == 1


def test_a_new_item_is_seen_by_every_encoder() -> None:
    blocks, _ = unite([[LITE, COLOUR], [DEEP]])
    vectors = {
        "image": np.array([2, 0, 0], dtype=np.float32),
        "colour": np.array([5, 6, 7, 8], dtype=np.float32),
        "image@2": np.array([0, 3], dtype=np.float32),
    }
    row = new_item(blocks, vectors, np.full(10, 9, dtype=np.float32))
    np.testing.assert_allclose(row[:9], [1, 0, 0, 5, 6, 7, 8, 0, 1])

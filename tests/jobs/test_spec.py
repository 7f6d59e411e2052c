"""What a new run is made of."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from modiste.data.wardrobe import Wardrobe
from modiste.encoders.words import Words
from modiste.errors import FeatureError, Misuse, UnknownName
from modiste.jobs.finetune import take_settings
from modiste.jobs.spec import category_ranks, new_spec, parse_settings
from modiste.jobs.train import worn_counts
from modiste.models.bilstm import BiLstmConfig
from modiste.models.umbert import UmBertConfig
from modiste.models.wumbert import WumBertConfig
from modiste.training.run import Run, RunSpec, spec_blocks, table_of, write_counts, write_spec
from tests.conftest import Example

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))


@pytest.fixture(scope="module")
def wardrobe(example: Example) -> Wardrobe:
    return Wardrobe(example.wardrobe)


@pytest.fixture
def untitled(example: Example, tmp_path: Path) -> Wardrobe:
    """The same wardrobe without a single title."""
    folder = tmp_path / "untitled"
    shutil.copytree(example.wardrobe, folder, ignore=shutil.ignore_patterns("images"))
    items = pl.read_parquet(folder / "items.parquet")
    items.with_columns(title=pl.lit("")).write_parquet(folder / "items.parquet")
    return Wardrobe(folder)


def bilstm(wardrobe: Wardrobe, **given: Any) -> RunSpec:
    return new_spec(wardrobe, "bilstm", given)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_config_makes_a_spec(wardrobe: Wardrobe, path: Path) -> None:
    given = parse_settings(path, [])
    take_settings(given, asked=False)
    spec = new_spec(wardrobe, given.pop("model"), given)
    assert spec.blocks[0] == "image"


def test_a_bilstm_reads_the_words_of_titles_after_its_blocks(wardrobe: Wardrobe) -> None:
    spec = bilstm(wardrobe, blocks=["image"])
    assert spec.blocks == ("image", "words")
    config = spec.model
    assert isinstance(config, BiLstmConfig)
    words = spec_blocks(spec)[1].words
    assert words is not None
    assert config.words == len(words.vocabulary)
    table = table_of(wardrobe, spec, worn_counts(wardrobe))
    (width,) = config.block_dims
    spoken = table.features[:, width:-1]
    assert spoken.shape[1] == config.word_columns
    title = wardrobe.items["title"][5]
    assert spoken[5][spoken[5] > 0].tolist() == words.known(title)


def test_without_the_visual_semantic_loss_no_words_are_read(wardrobe: Wardrobe) -> None:
    spec = bilstm(wardrobe, blocks=["image", "text"], semantic_weight=0.0)
    assert spec.blocks == ("image", "text")
    assert bilstm(wardrobe, blocks="image,text", semantic_weight=0.0) == spec


def test_words_come_back_from_disk(wardrobe: Wardrobe, tmp_path: Path) -> None:
    spec = bilstm(wardrobe)
    write_counts(tmp_path, worn_counts(wardrobe))
    write_spec(tmp_path, spec)
    assert Run(tmp_path).spec == spec


def test_a_published_vocabulary_is_split_as_published(wardrobe: Wardrobe, tmp_path: Path) -> None:
    word = wardrobe.items["title"][0].split()[0]
    file = tmp_path / "words.txt"
    file.write_text(f"{word} 31\nzebra 30\n")
    words = spec_blocks(bilstm(wardrobe, word_file=str(file)))[-1].words
    assert words == Words((word, "zebra"), "published")
    file.write_text("zebra 30\n")
    with pytest.raises(Misuse, match="No title"):
        bilstm(wardrobe, word_file=str(file))


def test_every_category_has_its_place_in_the_order_of_reading(wardrobe: Wardrobe) -> None:
    config = bilstm(wardrobe).model
    assert isinstance(config, BiLstmConfig)
    assert sorted(config.category_rank) == list(range(config.categories + 1))
    assert config.category_rank[0] == config.categories


def test_every_category_has_the_slot_of_its_items(wardrobe: Wardrobe) -> None:
    spec = new_spec(wardrobe, "umbert", {})
    assert isinstance(spec.model, UmBertConfig)
    unknown, *slots = spec.model.slots
    assert unknown == 0
    names = sorted(set(wardrobe.items["category"]))
    pairs = dict(wardrobe.items.select("fine", "category").rows())
    assert [names[slot - 1] for slot in slots] == [pairs[fine] for fine in spec.vocabulary]


def test_a_model_that_learns_items_reads_their_numbers(wardrobe: Wardrobe, tmp_path: Path) -> None:
    spec = new_spec(wardrobe, "wumbert", {"blocks": ["image"]})
    assert spec.blocks == ("image", "item")
    counts = worn_counts(wardrobe)
    assert isinstance(spec.model, WumBertConfig)
    assert spec.model.known_items == len(counts)
    numbers = table_of(wardrobe, spec, counts).features[:, -2].astype(int)
    worn = sorted(counts)
    for item_id, number in zip(wardrobe.items["id"], numbers.tolist(), strict=True):
        assert number == (worn.index(item_id) + 1 if item_id in counts else 0)
    write_counts(tmp_path, counts)
    write_spec(tmp_path, spec)
    assert Run(tmp_path).spec == spec


@pytest.mark.parametrize("model", ["bilstm", "visual_semantic"])
def test_a_wardrobe_without_titles_is_explained(untitled: Wardrobe, model: str) -> None:
    with pytest.raises(Misuse, match="titles"):
        new_spec(untitled, model, {"blocks": ["image"]})
    spec = bilstm(untitled, blocks=["image"], semantic_weight=0)
    assert spec.blocks == ("image",)


def test_blocks_that_are_not_there_are_explained(wardrobe: Wardrobe, untitled: Wardrobe) -> None:
    with pytest.raises(UnknownName, match="picture"):
        bilstm(wardrobe, blocks=["picture"])
    shutil.rmtree(untitled.root / "features")
    with pytest.raises(FeatureError, match="modiste embed"):
        bilstm(untitled, blocks=["text"])


def test_what_the_wardrobe_says_is_no_setting(wardrobe: Wardrobe) -> None:
    for key in ("block_dims", "words", "category_rank"):
        with pytest.raises(UnknownName, match=key):
            bilstm(wardrobe, **{key: 3})


def test_near_names_come_first() -> None:
    known = [*(f"a{number}" for number in range(20)), "lr"]
    assert "known: lr, " in str(UnknownName("setting", "learning_rate", known))


def test_outfits_are_read_from_tops_to_shoes_to_what_is_added() -> None:
    slot_of = {
        "ankle boots": "shoes",
        "blouses": "tops",
        "coats": "outerwear",
        "gowns": "all-body",
        "jeans": "bottoms",
        "rings": "jewellery",
        "totes": "bags",
        "umbrellas": "rain",
    }
    fine = tuple(slot_of)
    ranks = dict(zip(fine, category_ranks(fine, slot_of)[1:], strict=True))
    assert sorted(fine, key=lambda name: ranks[name]) == [
        "coats", "blouses", "gowns", "jeans", "ankle boots", "totes", "rings", "umbrellas",
    ]  # fmt: skip


def test_unknown_categories_come_last_and_no_two_ranks_are_alike() -> None:
    ranks = category_ranks(("a", "b", "c"), {"a": "tops", "b": "tops", "c": "x"})
    assert ranks == (3, 0, 1, 2)

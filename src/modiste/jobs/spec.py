"""What a new run is made of: from a wardrobe, a model's name and settings to a `RunSpec`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from modiste.data.training_batches import BatchConfig
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.blocks import NAMES, Block, block_facts, item_block, model_blocks, words_block
from modiste.encoders.words import count_words, read_words
from modiste.errors import DataError, FeatureError, Misuse, UnknownName
from modiste.models.build import CONFIGS, ModelConfig, model_config
from modiste.training.loop import TrainConfig
from modiste.training.run import RunSpec


def parse_settings(config: Path | None, pairs: Sequence[str]) -> dict[str, Any]:
    """Join a TOML file's settings with `key=value` pairs, which win.

    A value is read as TOML (`0.001`, `true`, `[1, 2]`), and as text where it is none.

    Raises:
        DataError: the file is missing or no TOML.
        Misuse: a pair has no `=`.
    """
    settings = _read(config) if config else {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.strip():
            raise Misuse(f"--set {pair!r}: write it as key=value, such as --set lr=0.001.")
        settings[key.strip()] = _value(text.strip())
    return settings


def check_types(kind: type, settings: Mapping[str, Any]) -> None:
    """Make sure that numbers are numbers before a config compares them.

    Raises:
        Misuse: a whole number or a number of `kind` was given as something else.
    """
    wanted = get_type_hints(kind)
    for name, value in settings.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if wanted[name] is int and not (number and float(value).is_integer()):
            raise Misuse(f"{name}={value!r}: give a whole number, such as --set {name}=2.")
        if wanted[name] is float and not number:
            raise Misuse(f"{name}={value!r}: give a number, such as --set {name}=0.5.")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"No file {path}; give a TOML file of settings.") from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as TOML ({error}).") from error


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


WARDROBE_FACTS = {
    "block_dims",
    "categories",
    "words",
    "word_columns",
    "category_rank",
    "slots",
    "known_items",
}
"""What a model's config takes from the wardrobe rather than from settings."""


@dataclass(frozen=True, kw_only=True)
class ItemSettings:
    """What of an item a model reads."""

    blocks: tuple[str, ...] = ()
    """Feature blocks, of image, text and colour; all that the wardrobe has if empty."""
    word_file: str = ""
    """A vocabulary as Han et al. 2017 published theirs, for models that learn words; counted
    from the titles if empty."""


def new_spec(wardrobe: Wardrobe, name: str, given: Mapping[str, Any]) -> RunSpec:
    """The spec of a run that is yet to be trained.

    Args:
        wardrobe: with features.
        name: of the model.
        given: settings of the model, the loop, the batches, and what of an item is read.

    Raises:
        UnknownName: no such model or setting.
        Misuse: a setting cannot be, or the wardrobe lacks what the model learns from.
        FeatureError: the wardrobe has no features.
    """
    if name not in CONFIGS:
        raise UnknownName("model", name, CONFIGS)
    if name == "fusion":
        raise Misuse("A fusion is not trained: train other models, then `modiste fuse` their runs.")
    loop, batching, items, rest = _split_settings(given, name)
    blocks = _vector_blocks(wardrobe, items.blocks)
    vocabulary = tuple(sorted(set(wardrobe.items["fine"])))
    words = _words(wardrobe, name, rest, items.word_file)
    known = {field.name for field in fields(CONFIGS[name])}
    worn = wardrobe.worn("train")
    numbers = [*words, *([item_block(worn)] if "known_items" in known else [])]
    facts: dict[str, Any] = {
        "block_dims": [b.dim for b in blocks],
        "categories": len(vocabulary),
        "words": len(words[0].words.vocabulary) if words and words[0].words else 0,
        "word_columns": sum(b.dim for b in words),
        "category_rank": list(category_ranks(vocabulary, _slots(wardrobe))),
        "slots": _slot_numbers(vocabulary, _slots(wardrobe)),
        "known_items": len(worn),
    }
    config: ModelConfig = model_config(
        name, {key: value for key, value in facts.items() if key in known} | rest
    )
    return RunSpec(
        model=config,
        blocks=tuple(b.name for b in [*blocks, *numbers]),
        encoders={b.name: block_facts(b) for b in [*blocks, *numbers]},
        vocabulary=vocabulary,
        wardrobe={
            "name": wardrobe.info.name,
            "path": str(wardrobe.root.resolve()),
            "content_hash": wardrobe.content_hash,
        },
        training={"loop": asdict(loop), "batches": asdict(batching)},
    )


def _vector_blocks(wardrobe: Wardrobe, names: Sequence[str]) -> list[Block]:
    """The wardrobe's current blocks, all or those named."""
    for name in names:
        if name not in NAMES:
            raise UnknownName("block", name, NAMES)
    blocks = [b for b in model_blocks(wardrobe) if not names or b.name in names]
    if lacking := [name for name in names if name not in {b.name for b in blocks}]:
        raise FeatureError(
            f"{wardrobe.root} has no {lacking[0]} features; run `modiste embed {wardrobe.root}`, "
            "or name other blocks."
        )
    return blocks


def _words(
    wardrobe: Wardrobe, name: str, settings: Mapping[str, Any], word_file: str
) -> list[Block]:
    """The block of words, for a model that learns them; none where it does not, or has none."""
    reads = "words" in {field.name for field in fields(CONFIGS[name])}
    if not reads or not settings.get("semantic_weight", 1):
        return []
    titles = wardrobe.items["title"].to_list()
    known = read_words(Path(word_file)) if word_file else count_words(titles)
    if known.vocabulary and any(known.known(title) for title in titles):
        return [words_block(wardrobe, known)]
    if word_file:
        raise Misuse(f"No title of {wardrobe.root} has a word of {word_file}; give another file.")
    return []


def _slots(wardrobe: Wardrobe) -> dict[str, str]:
    """Fine category -> the slot of its first item."""
    pairs = wardrobe.items.select("fine", "category").unique("fine", keep="first")
    return dict(pairs.rows())


def _slot_numbers(vocabulary: Sequence[str], slot_of: Mapping[str, str]) -> list[int]:
    """The slot of each fine category, numbered from 1 by name; 0 for unknown categories, first."""
    number = {slot: place for place, slot in enumerate(sorted(set(slot_of.values())), start=1)}
    return [0, *(number[slot_of[fine]] for fine in vocabulary)]


def _split_settings(
    given: Mapping[str, Any], model: str
) -> tuple[TrainConfig, BatchConfig, ItemSettings, dict[str, Any]]:
    """Sort settings into the loop's, the batches', the items' and the model's."""
    kinds: tuple[type, ...] = (TrainConfig, BatchConfig, ItemSettings, CONFIGS[model])
    names = [{f.name for f in fields(kind)} - WARDROBE_FACTS for kind in kinds]
    for key in given:
        if not any(key in some for some in names):
            raise UnknownName("setting", key, set().union(*names))
    parts = [{key: given[key] for key in given if key in some} for some in names]
    for kind, part in zip(kinds, parts, strict=True):
        check_types(kind, part)
    blocks: str | Sequence[str] = given.get("blocks", ())
    items = ItemSettings(
        # also --set blocks=image,text
        blocks=tuple(blocks.split(",") if isinstance(blocks, str) else blocks),
        word_file=str(given.get("word_file", "")),
    )
    return TrainConfig(**parts[0]), BatchConfig(**parts[1]), items, parts[3]


PLACES: tuple[tuple[str, ...], ...] = (
    ("outer", "coat", "jacket"),
    ("top", "shirt", "knit"),
    ("dress", "all-body", "jumpsuit"),
    ("swim",),
    ("underwear", "hosiery"),
    ("bottom", "trouser", "skirt", "jean"),
    ("shoe", "boot"),
    ("bag",),
    ("hat",),
    ("sunglass", "glass"),
    ("jewel",),
    ("scar",),
    ("accessor",),
)
"""Parts of the names of slots, in the order of Han et al. 2017, section 3.1: tops to bottoms,
shoes, accessories."""


def category_ranks(fine: Sequence[str], slot_of: Mapping[str, str]) -> tuple[int, ...]:
    """The place of every fine category in the order of reading, no two alike.

    Args:
        fine: the fine categories that a model knows.
        slot_of: fine category -> its slot (coarse category).

    Returns:
        One number for each, after that of unknown categories, which come last.
    """
    order = sorted(range(len(fine)), key=lambda i: (_place(slot_of[fine[i]]), fine[i]))
    ranks = {number: rank for rank, number in enumerate(order)}
    return (len(fine), *(ranks[number] for number in range(len(fine))))


def _place(slot: str) -> tuple[int, str]:
    """Where a slot stands; slots of unknown names come last, by name."""
    name = slot.casefold()
    for place, parts in enumerate(PLACES):
        if any(part in name for part in parts):
            return place, name
    return len(PLACES), name

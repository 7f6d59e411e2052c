"""The data set on disk: Parquet tables, images, counts and a content hash.

    W/wardrobe.toml          name, source, licence, counts, what was skipped, content hash
    W/items.parquet          id, category, fine, title, image, price, then the attributes as text
    W/outfits.parquet        id, items (list of item ids), split
    W/questions/NAME.parquet questions, one file a protocol and split (see `questions.py`)
    W/images/                the photographs
    W/photographs.parquet    what was measured on them (see `photographs.py`)
    W/features/              vectors (see `encoders/features.py`)

Tables are written to a temporary file and renamed: a reader sees the old one or the new one.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import tomli_w
from filelock import FileLock, Timeout

from modiste.data.atomic import atomic_path
from modiste.errors import UnknownItem, WardrobeError
from modiste.outfit import SPLITS, Item, Outfit, Split

ITEM_SCHEMA: dict[str, Any] = {
    "id": pl.String,
    "category": pl.String,
    "fine": pl.String,
    "title": pl.String,
    "image": pl.String,
    "price": pl.Float64,
}
OUTFIT_SCHEMA: dict[str, Any] = {"id": pl.String, "items": pl.List(pl.String), "split": pl.String}


@dataclass(frozen=True, kw_only=True)
class WardrobeInfo:
    """Where a wardrobe comes from; kept in `wardrobe.toml`."""

    name: str
    source: str = ""
    licence: str = "not stated"
    match: tuple[str, ...] = ()
    """Item columns that wrong answers share with right ones, beside the fine category."""
    notes: tuple[str, ...] = ()
    """What the importer found absent or skipped, one sentence each."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What only one source has: the rule and the ceiling of the drawn wardrobe, for example."""


class Wardrobe:
    """A data set on disk, opened for reading; its tables are read on first use.

    Raises:
        WardrobeError: `root` is no wardrobe, or a table is missing or damaged.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        toml = self.root / "wardrobe.toml"
        if not toml.is_file():
            raise WardrobeError(
                f"No wardrobe at {self.root} (no wardrobe.toml); make one with `modiste data`."
            )
        try:
            facts = tomllib.loads(toml.read_text("utf-8"))
            self.content_hash: str = facts["content_hash"]
            known = {k: facts[k] for k in WardrobeInfo.__dataclass_fields__ if k in facts}
            for name in ("match", "notes"):
                known[name] = tuple(known.get(name, ()))
            self.info = WardrobeInfo(**known)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise WardrobeError(f"{toml} is damaged ({error}); import the data again.") from error

    @cached_property
    def items(self) -> pl.DataFrame:
        """One row an item, in a fixed order: the row number is the item's row everywhere."""
        return self._table("items.parquet", ITEM_SCHEMA)

    @cached_property
    def outfits(self) -> pl.DataFrame:
        """One row an outfit: id, items, split."""
        return self._table("outfits.parquet", OUTFIT_SCHEMA)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Item id -> row in `items`."""
        return {item_id: row for row, item_id in enumerate(self.items["id"])}

    @cached_property
    def slots(self) -> dict[str, str]:
        """Item id -> its category."""
        return dict(zip(self.items["id"], self.items["category"], strict=True))

    @property
    def attributes(self) -> list[str]:
        """Names of the item columns beyond the fixed ones."""
        return [name for name in self.items.columns if name not in ITEM_SCHEMA]

    def item(self, item_id: str) -> Item:
        """Look up one item.

        Raises:
            UnknownItem: no such id.
        """
        row = self.rows.get(item_id)
        if row is None:
            raise UnknownItem(item_id, self.root, self.rows)
        facts = self.items.row(row, named=True)
        fixed = {name: facts.pop(name) for name in ITEM_SCHEMA}
        return Item(**fixed, attributes={k: v for k, v in facts.items() if v is not None})

    def outfits_of(self, split: Split) -> list[Outfit]:
        """The outfits of one split, in file order."""
        chosen = self.outfits.filter(pl.col("split") == split)
        return [
            Outfit(id=i, items=tuple(items), split=split)
            for i, items in zip(chosen["id"], chosen["items"], strict=True)
        ]

    def outfit_rows(self, split: Split) -> list[list[int]]:
        """The outfits of one split, in file order, as rows of `items`."""
        return [[self.rows[item] for item in outfit.items] for outfit in self.outfits_of(split)]

    def worn(self, split: Split) -> Counter[str]:
        """How often each item is worn in the outfits of one split, in the order of their lines."""
        return Counter(item for outfit in self.outfits_of(split) for item in outfit.items)

    def image_path(self, image: str | None) -> Path | None:
        """The file behind an item's `image`, or None where there is none inside the wardrobe."""
        if image is None:
            return None
        path = (self.root / image).resolve()
        inside = path.is_relative_to(self.root.resolve())
        return path if inside and path.is_file() else None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the wardrobe against other writers.

        Raises:
            WardrobeError: another process is writing, or the folder is read-only.
        """
        with wardrobe_lock(self.root):
            yield

    def _table(self, name: str, schema: Mapping[str, Any]) -> pl.DataFrame:
        path = self.root / name
        try:
            table = pl.read_parquet(path, memory_map=False)
        except FileNotFoundError as error:
            raise WardrobeError(f"No file {path}; import the data again.") from error
        except (pl.exceptions.PolarsError, OSError) as error:
            raise WardrobeError(f"{path} is damaged ({_first(error)}); import again.") from error
        for column, dtype in schema.items():
            if table.schema.get(column) != dtype:
                raise WardrobeError(f"{path} has no column {column} of type {dtype}; import again.")
        return table


def create_wardrobe(
    root: Path,
    items: Sequence[Item],
    outfits: Sequence[Outfit],
    info: WardrobeInfo,
    *,
    replace: bool = False,
    questions: Collection[str] = (),
) -> Wardrobe:
    """Write a wardrobe's tables; images are already where `Item.image` says, below `root`.

    All is written before anything is replaced: a full disk leaves what stood there, a kill
    either that, or the new wardrobe, or none that could be taken for a whole one.

    Args:
        root: the folder; made where absent.
        items: unique ids, in the order that rows are to have.
        outfits: unique ids; every item known.
        info: where the data comes from.
        replace: write over a wardrobe that stands there (its images and features stay).
        questions: names of the question sets already written that belong to this content; all
            others in `root`/questions were made for other content and are removed.

    Raises:
        WardrobeError: a wardrobe stands there already and `replace` is False.
    """
    root = Path(root)
    toml = root / "wardrobe.toml"
    item_table, outfit_table = item_frame(items), outfit_frame(outfits)
    with wardrobe_lock(root):
        refuse_existing(root, replace=replace)
        # Renamed in reverse order: the items first, wardrobe.toml last.
        with (
            atomic_path(toml) as facts_file,
            atomic_path(root / "outfits.parquet") as outfit_file,
            atomic_path(root / "items.parquet") as item_file,
        ):
            _write_parquet(item_table, item_file)
            _write_parquet(outfit_table, outfit_file)
            _write_toml(facts_file, info, item_table, outfit_table)
            toml.unlink(missing_ok=True)
            for path in (root / "questions").glob("*.parquet"):
                if path.stem not in questions:
                    path.unlink()
    return Wardrobe(root)


def refuse_existing(root: Path, *, replace: bool) -> None:
    """Stop before a wardrobe is written over by mistake."""
    if (root / "wardrobe.toml").exists() and not replace:
        raise WardrobeError(
            f"{root} holds a wardrobe already; give another --out, or --replace to write over it."
        )


@contextmanager
def wardrobe_lock(root: Path) -> Iterator[None]:
    """Hold `root`, made where absent, against other writers; refuses at once rather than wait.

    A thread that holds it may take it again.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(root / ".lock", is_singleton=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise WardrobeError(
            f"Another process is writing {root}; wait until it has ended and try again."
        ) from error
    except OSError as error:
        raise WardrobeError(
            f"Cannot write in {root} ({error.strerror}); choose a folder that can be written."
        ) from error
    try:
        yield
    finally:
        lock.release()


def item_frame(items: Sequence[Item]) -> pl.DataFrame:
    """Items as a table: the fixed columns, then every attribute that any item has."""
    names = sorted({name for item in items for name in item.attributes})
    fixed = {n: [getattr(item, n) for item in items] for n in ITEM_SCHEMA}
    extra = {n: [item.attributes.get(n) for item in items] for n in names}
    return pl.DataFrame(fixed | extra, schema=ITEM_SCHEMA | dict.fromkeys(names, pl.String))


def outfit_frame(outfits: Sequence[Outfit]) -> pl.DataFrame:
    """Outfits as a table."""
    columns = {
        "id": [o.id for o in outfits],
        "items": [list(o.items) for o in outfits],
        "split": [o.split for o in outfits],
    }
    return pl.DataFrame(columns, schema=OUTFIT_SCHEMA)


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write a Parquet file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        _write_parquet(table, temporary)


def _write_parquet(table: pl.DataFrame, path: Path) -> None:
    """Through memory, so that a full disk is the OSError that `atomic_path` explains.

    Polars itself reports it as a ComputeError, like a damaged table.
    """
    buffer = BytesIO()
    table.write_parquet(buffer)
    path.write_bytes(buffer.getbuffer())


def _write_toml(path: Path, info: WardrobeInfo, items: pl.DataFrame, outfits: pl.DataFrame) -> None:
    splits = {s: int((outfits["split"] == s).sum()) for s in SPLITS}
    facts: dict[str, Any] = {
        "name": info.name,
        "source": info.source,
        "licence": info.licence,
        "match": list(info.match),
        "notes": list(info.notes),
        "content_hash": _content_hash(items, outfits),
        "counts": {"items": len(items), "outfits": len(outfits), **splits},
        "extra": dict(info.extra),
    }
    path.write_text(tomli_w.dumps(facts), "utf-8")


def _content_hash(items: pl.DataFrame, outfits: pl.DataFrame) -> str:
    """SHA-256 of what the tables say, whatever the Parquet version that wrote them."""
    digest = hashlib.sha256()
    for table in (items, outfits):
        digest.update(json.dumps(table.columns).encode())
        for row in table.iter_rows():
            digest.update(json.dumps(row, ensure_ascii=False).encode())
    return digest.hexdigest()


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

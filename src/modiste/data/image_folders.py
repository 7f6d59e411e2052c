"""Photographs as DIR/{train,valid,test}/<category>/<item id>.jpg, as image classifiers read them.

DIR/export.toml   of which wardrobe, seed and choice, and whether the export came to its end
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tomli_w

from modiste.data.atomic import write_text
from modiste.data.images import SUFFIXES, Progress, flush, image_names, place_file
from modiste.data.splits import split_items
from modiste.data.wardrobe import Wardrobe, wardrobe_lock
from modiste.errors import DataError, Misuse
from modiste.outfit import SPLITS, Split

MANIFEST = "export.toml"
_PLAIN = re.compile(r"[A-Za-z0-9_-]([A-Za-z0-9 ._-]{0,98}[A-Za-z0-9_-])?")
_KNOWN = {suffix.lower() for suffix in SUFFIXES}


@dataclass(frozen=True, kw_only=True)
class ImageFolders:
    """What was exported."""

    folder: Path
    counts: Mapping[str, Mapping[Split, int]]
    """Category -> split -> photographs."""
    without_image: int
    """Items that have none, or whose file is not there."""
    not_worn: int
    """Items left out because no outfit has them."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"folder": str(self.folder)}

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Column names and rows: a category each, then all."""
        total = {s: sum(counts[s] for counts in self.counts.values()) for s in SPLITS}
        rows = [
            [name, *(f"{counts[s]:,}" for s in SPLITS)]
            for name, counts in (*sorted(self.counts.items()), ("all", total))
        ]
        return ["category", *SPLITS], rows

    def sentences(self) -> list[str]:
        """What was left out."""
        said = []
        if self.not_worn:
            said.append(f"{self.not_worn:,} items that no outfit has are left out.")
        if self.without_image:
            said.append(f"{self.without_image:,} items without a photograph are left out.")
        return said


def export_image_folders(
    wardrobe: Wardrobe,
    out: Path,
    *,
    used: bool = False,
    seed: int = 0,
    replace: bool = False,
    progress: Progress | None = None,
) -> ImageFolders:
    """Link the photographs into folders, or copy them; stopped, it goes on when run again.

    Items are split within each category, 64 / 16 / 20 (see `item_splits.py`), those without a
    photograph left out before. Names are the ids where those are safe as file names.

    Args:
        wardrobe: whose photographs.
        out: a folder that is not there, empty, or holds an export of the same choice.
        used: only of items that an outfit has.
        seed: of the split.
        replace: remove an export of another choice that stands at `out`.
        progress: told about every photograph.

    Raises:
        DataError: no item has a photograph.
        Misuse: `out` holds something else.
        ModisteError: it cannot be written.
    """
    items = wardrobe.items.select("id", "category", "image")
    if used:
        worn = set(wardrobe.outfits["items"].explode().drop_nulls().to_list())
        items = items.filter([item in worn for item in items["id"]])
    found = {
        item: (category, path)
        for item, category, image in items.iter_rows()
        if (path := wardrobe.image_path(image)) is not None
    }
    if not found:
        raise DataError(
            f"No item of {wardrobe.root}{' that an outfit has' if used else ''} has a photograph "
            "to export; import it again with --images."
        )
    split_of = split_items({item: category for item, (category, _) in found.items()}, seed=seed)
    choice = {"content_hash": wardrobe.content_hash, "seed": seed, "used": used}
    with wardrobe_lock(out):
        _begin(out, choice, replace=replace)
        _place(out, found, split_of, progress)
        write_text(out / MANIFEST, tomli_w.dumps(choice | {"finished": True}))
    tally = Counter((category, split_of[item]) for item, (category, _) in found.items())
    return ImageFolders(
        folder=out,
        counts={c: {s: tally[c, s] for s in SPLITS} for c, _ in sorted(tally)},
        without_image=len(items) - len(found),
        not_worn=len(wardrobe.items) - len(items),
    )


def _begin(out: Path, choice: Mapping[str, Any], *, replace: bool) -> None:
    """Refuse a folder of other content: files of two splits in one would leak."""
    manifest = out / MANIFEST
    if not manifest.is_file():
        others = [path.name for path in out.iterdir() if not path.name.startswith(".")]
        if others:
            raise Misuse(f"{out} holds other files ({others[0]}, ...); give an empty --out.")
    elif not _same(manifest, choice):
        if not replace:
            raise Misuse(
                f"{out} holds an export of another wardrobe, seed or --used; give another --out, "
                "or --replace to remove it."
            )
        for split in SPLITS:
            shutil.rmtree(out / split, ignore_errors=True)
    write_text(manifest, tomli_w.dumps(dict(choice) | {"finished": False}))


def _same(manifest: Path, choice: Mapping[str, Any]) -> bool:
    try:
        facts = tomllib.loads(manifest.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return all(facts.get(name) == value for name, value in choice.items())


def _place(
    out: Path,
    found: Mapping[str, tuple[str, Path]],
    split_of: Mapping[str, Split],
    progress: Progress | None,
) -> None:
    categories = sorted({category for category, _ in found.values()})
    folder_of = _folder_names(categories)
    names = image_names(list(found))
    for done, (item, name) in enumerate(zip(found, names, strict=True), start=1):
        category, path = found[item]
        suffix = path.suffix.lower() if path.suffix.lower() in _KNOWN else ".jpg"
        place_file(path, out / split_of[item] / folder_of[category] / (name + suffix))
        if progress:
            progress(done, len(found))
    flush(out)


def _folder_names(categories: Sequence[str]) -> dict[str, str]:
    """Category -> a folder's name: as for files, but inner blanks may stay."""
    seen = Counter(category.casefold() for category in categories)
    safe = dict(zip(categories, image_names(categories), strict=True))
    return {
        category: category
        if _PLAIN.fullmatch(category) and seen[category.casefold()] == 1
        else safe[category]
        for category in categories
    }

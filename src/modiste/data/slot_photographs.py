"""Photographs of some items of one wardrobe or several, put into another at the same paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from modiste.data.images import Progress, flush
from modiste.data.placing import place_file
from modiste.data.wardrobe import Wardrobe
from modiste.errors import DataError
from modiste.outfit import Item

_OURS = {"wardrobe.toml", "items.parquet", "outfits.parquet", "photographs.parquet", "slots.csv"}


def place_photographs(
    items: Sequence[Item],
    wardrobes: Sequence[Wardrobe],
    out: Path,
    progress: Progress | None = None,
) -> int:
    """Link the photographs of `items` into `out`, or copy them where that cannot be.

    Args:
        items: of the wardrobes; the first wardrobe that names an item's path has its file.
        wardrobes: where the photographs are.
        out: a wardrobe's folder.
        progress: told about every photograph.

    Returns:
        How many are named and not there; what is there already counts as there.

    Raises:
        DataError: two different photographs would be at one path.
        ModisteError: `out` cannot be written.
    """
    pictured = [item for item in items if item.image is not None]
    source_of: dict[str, Path] = {}
    missing = 0
    for done, item in enumerate(pictured, start=1):
        image = item.image or ""
        found = next(_files(item.id, image, wardrobes), None)
        if found is None or not _stays_inside(image):
            missing += 1
        elif source_of.setdefault(image.casefold(), found) != found:
            raise DataError(
                f"The photograph of item {item.id!r}, {image}, has the path of another item's; "
                "reduce the wardrobes one by one."
            )
        else:
            place_file(found, out / image)
        if progress:
            progress(done, len(pictured))
    flush()
    return missing


def _files(item_id: str, image: str, wardrobes: Sequence[Wardrobe]) -> Iterator[Path]:
    for wardrobe in wardrobes:
        row = wardrobe.rows.get(item_id)
        if row is not None and wardrobe.items["image"][row] == image:
            path = wardrobe.image_path(image)
            if path is not None:
                yield path


def _stays_inside(image: str) -> bool:
    """Whether a path is below any folder that it is put in, and none of a wardrobe's tables."""
    path = PurePosixPath(image)
    return not path.is_absolute() and ".." not in path.parts and path.parts[0] not in _OURS


__all__ = ["place_photographs"]

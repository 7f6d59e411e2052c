"""Where the photographs of a published data set are, and bringing them into a wardrobe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modiste.data.images import Progress, copy_images
from modiste.data.notes import Notes
from modiste.data.packed_images import unpack_images
from modiste.outfit import Item


@dataclass(frozen=True)
class Photographs:
    """Photographs as files in a folder, or packed in Parquet files; or neither.

    Args:
        folder: holds one file a photograph.
        packed: Parquet files as `unpack_images` reads them.
    """

    folder: Path | None = None
    packed: tuple[Path, ...] = ()


def find_photographs(given: Path | None, base: Path, pattern: str) -> Photographs:
    """What the user gave, else `base`/images, else the Parquet files that match `pattern`."""
    if given is not None:
        packed = sorted(given.glob("*.parquet"))
        return Photographs(packed=tuple(packed)) if packed else Photographs(folder=given)
    if (base / "images").is_dir():
        return Photographs(folder=base / "images")
    return Photographs(packed=tuple(sorted(base.glob(pattern))))


def with_photographs(
    items: Sequence[Item],
    photographs: Photographs,
    names_of: Callable[[str], Sequence[str]],
    out: Path,
    notes: Notes,
    progress: Progress | None = None,
) -> list[Item]:
    """The items with their images, copied into the wardrobe at `out`; the missing are noted.

    Args:
        items: without images.
        photographs: where they are.
        names_of: item id -> the paths below `photographs.folder` where its file may be.
        out: the wardrobe's folder.
        notes: gets how many are missing.
        progress: told about every photograph.
    """
    ids = [item.id for item in items]
    placed: dict[str, str] = {}
    if photographs.folder is not None:
        wanted = {item_id: names_of(item_id) for item_id in ids}
        placed = copy_images(wanted, photographs.folder, out, progress=progress)
    elif photographs.packed:
        placed = unpack_images(photographs.packed, ids, out, progress=progress)
    if not placed:
        notes.say("There are no photographs.")
        return list(items)
    for item_id in ids:
        if item_id not in placed:
            notes.add("Items without a photograph, kept", item_id)
    return [replace(item, image=placed.get(item.id)) for item in items]

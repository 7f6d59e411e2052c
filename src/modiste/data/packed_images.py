"""Photographs that Parquet files hold, as data sets on the Hugging Face hub keep them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from modiste.data.images import Progress, flush, image_names, store
from modiste.errors import DataError

_BATCH = 500  # images held in memory at a time


def unpack_images(
    files: Sequence[Path], ids: Sequence[str], root: Path, *, progress: Progress | None = None
) -> dict[str, str]:
    """Write the photographs of some items into `root`/images.

    Args:
        files: with a column `item_id` (or `item_ID`) and a column `image` of structs whose
            field `bytes` is an encoded image.
        ids: the items wanted; others are passed over.
        root: a wardrobe's folder.
        progress: told about every photograph.

    Returns:
        Item id -> path below `root`.

    Raises:
        DataError: a file has no such columns or is damaged.
        ModisteError: the disk is full or `root` cannot be written.
    """
    name_of = dict(zip(ids, image_names(ids), strict=True))
    placed: dict[str, str] = {}
    for path in files:
        for item_id, data in _packed_images(path):
            if item_id in name_of and item_id not in placed and data:
                placed[item_id] = store(data, root, name_of[item_id] + ".jpg")
                if progress:
                    progress(len(placed), len(ids))
    flush()
    return placed


def _packed_images(path: Path) -> Iterator[tuple[str, bytes | None]]:
    try:
        table = pl.scan_parquet(path)
        names = [n for n in table.collect_schema().names() if n.lower() == "item_id"]
        rows = table.select(pl.col(names[0]).cast(pl.String), pl.col("image").struct.field("bytes"))
        count = int(table.select(pl.len()).collect().item())
        for start in range(0, count, _BATCH):
            yield from rows.slice(start, _BATCH).collect().iter_rows()
    except (pl.exceptions.PolarsError, OSError, IndexError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(
            f"{path} is no Parquet file with the columns item_id and image ({reason})."
        ) from error

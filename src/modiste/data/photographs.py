"""What is measured on the photographs: hash, size, background and colour of each.

Kept in W/photographs.parquet, one row for each item that has an image:

    id, image_hash (SHA-256 of the bytes), width, height (pixels, upright), phash (64 bits),
    background_l/a/b (CIE Lab, median of the border), colour (a word of `colours.COLOURS`),
    colour_l/a/b (CIE Lab of the garment's pixels of that colour), error (why it is unknown)
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from PIL import Image
from scipy import ndimage
from scipy.fft import dctn

from modiste.arrays import Bools, Floats
from modiste.data.colours import COLOURS, colour_index, to_lab
from modiste.data.pictures import decode_image, image_size, read_bytes
from modiste.data.wardrobe import Wardrobe, write_table
from modiste.errors import ImageError

Mask = Bools

_BORDER = 3  # pixels


def measure_picture(picture: Image.Image) -> dict[str, Any]:
    """Facts about an RGB picture, by the column names of `photographs.py`."""
    background = _background(np.asarray(picture))
    colour, lab = _garment_colour(picture)
    facts: dict[str, Any] = {"phash": _phash(picture), "colour": colour}
    for axis, back, main in zip("lab", background.tolist(), lab.tolist(), strict=True):
        facts |= {f"background_{axis}": back, f"colour_{axis}": main}
    return facts


def _phash(picture: Image.Image) -> int:
    """Which low frequencies are strong: pictures that look alike differ in few of 64 bits.

    After Zauner 2010, with a threshold above zero instead of the median: garments are symmetric,
    so half of their frequencies are nearly none, and the signs of those are noise.
    """
    grey = picture.convert("L").resize((32, 32), Image.Resampling.BOX)
    low = dctn(np.asarray(grey, dtype=np.float64), norm="ortho")[:8, :8].ravel()
    low = low.round(3)  # so that a flat picture has one hash, not its rounding errors'
    strength = np.sqrt((low[1:] ** 2).mean())
    return int.from_bytes(np.packbits(low > 0.05 * strength).tobytes())


def _background(rgb: npt.NDArray[np.uint8]) -> Floats:
    edges = (rgb[:_BORDER], rgb[-_BORDER:], rgb[:, :_BORDER], rgb[:, -_BORDER:])
    border = np.concatenate([edge.reshape(-1, 3) for edge in edges])
    return np.asarray(np.median(to_lab(border), axis=0), dtype=np.float32)


def _garment_colour(picture: Image.Image) -> tuple[str, Floats]:
    """The commonest colour word among the pixels that are not background, and their Lab."""
    small = picture.copy()
    small.thumbnail((64, 64), Image.Resampling.BOX)
    lab = to_lab(np.asarray(small))
    words = colour_index(lab)
    mask = _foreground(lab)
    best = int(np.bincount(words[mask], minlength=len(COLOURS)).argmax())
    if COLOURS[best] in ("white", "grey", "beige"):
        # Something light on a light ground shows at its outline, in shadow: look inside.
        mask = np.asarray(ndimage.binary_fill_holes(ndimage.binary_closing(mask))) | mask
        best = int(np.bincount(words[mask], minlength=len(COLOURS)).argmax())
    colour = np.median(lab[mask & (words == best)], axis=0)
    return COLOURS[best], np.asarray(colour, dtype=np.float32)


def _foreground(lab: Floats) -> Mask:
    """(H, W) True where a pixel differs from the ground between its row's two ends.

    Row by row because studio backgrounds run from light to dark. Never empty: if all is alike,
    the middle of the picture counts.
    """
    height, width = lab.shape[:2]
    left, right = np.median(lab[:, :2], axis=1), np.median(lab[:, -2:], axis=1)
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    ground = left[:, None] * (1 - across) + right[:, None] * across
    apart = np.sqrt(((lab - ground) ** 2).sum(axis=-1))
    mask: Mask = apart > 5
    if mask.mean() < 0.02:
        mask = apart > 3
    if mask.mean() < 0.005:
        mask = np.zeros((height, width), dtype=bool)
        mask[height // 3 : height - height // 3, width // 3 : width - width // 3] = True
    return mask


PHOTOGRAPH_SCHEMA: dict[str, Any] = {
    "id": pl.String,
    "image_hash": pl.String,
    "width": pl.Int32,
    "height": pl.Int32,
    "phash": pl.UInt64,
    "background_l": pl.Float32,
    "background_a": pl.Float32,
    "background_b": pl.Float32,
    "colour": pl.String,
    "colour_l": pl.Float32,
    "colour_a": pl.Float32,
    "colour_b": pl.Float32,
    "error": pl.String,
}
BACKGROUND = ("background_l", "background_a", "background_b")

Progress = Callable[[int, int], None]
"""Called with how many photographs are done, and how many there are."""

_ENOUGH = 96  # pixels on the smaller edge: what is measured here survives decoding at 1/2 or 1/4
_CHUNK = 256  # photographs between two looks at the clock
_SAVE_EVERY = 10.0  # seconds of work that a kill may cost


def measure_photographs(
    wardrobe: Wardrobe, *, workers: int = 2, progress: Progress | None = None
) -> pl.DataFrame:
    """Measure every photograph whose bytes are new; write W/photographs.parquet.

    Reads all files, so that one that changed is noticed by its hash. Goes on from what was saved
    if it was killed.

    Args:
        wardrobe: whose images to measure.
        workers: threads; decoding leaves Python's lock alone.
        progress: told every few hundred photographs.

    Returns:
        The table described at the top of this file, in item order.

    Raises:
        WardrobeError: another process is writing, or the folder is read-only.
    """
    images = wardrobe.items.filter(pl.col("image").is_not_null()).select("id", "image")
    with wardrobe.writing(), ThreadPoolExecutor(workers) as pool:
        old = {row["id"]: row for row in _read(wardrobe).iter_rows(named=True)}
        known = {row["image_hash"]: row for row in old.values() if row["image_hash"] is not None}
        measure = partial(_measure_file, wardrobe, known)
        rows: list[dict[str, Any]] = []
        saved = time.monotonic()
        for chunk in images.iter_slices(_CHUNK):
            rows += pool.map(measure, chunk["id"], chunk["image"])
            if progress is not None:
                progress(len(rows), len(images))
            if time.monotonic() - saved > _SAVE_EVERY:
                so_far = old | {row["id"]: row for row in rows}
                _write(wardrobe, list(so_far.values()))
                saved = time.monotonic()
        return _write(wardrobe, rows)


def load_photographs(wardrobe: Wardrobe) -> pl.DataFrame:
    """The measurements of all images; those of items without one are made now.

    Trusts what was measured before: a file that changed is noticed by `measure_photographs`.
    """
    table = _read(wardrobe)
    wanted = wardrobe.items.filter(pl.col("image").is_not_null())["id"]
    if table["id"].equals(wanted):
        return table
    return measure_photographs(wardrobe)


def backgrounds(wardrobe: Wardrobe, photographs: pl.DataFrame | None) -> Floats:
    """Background colour of each item: (M, 3) float32 CIE Lab by item row, NaN where unknown."""
    if photographs is None:
        return np.full((len(wardrobe.items), 3), np.nan, dtype=np.float32)
    measured = photographs.select("id", *BACKGROUND)
    joined = wardrobe.items.select("id").join(measured, on="id", how="left", maintain_order="left")
    return joined.select(BACKGROUND).fill_null(float("nan")).to_numpy().astype(np.float32)


def _measure_file(
    wardrobe: Wardrobe, known: Mapping[str, dict[str, Any]], item_id: str, image: str
) -> dict[str, Any]:
    row: dict[str, Any] = {**dict.fromkeys(PHOTOGRAPH_SCHEMA), "id": item_id}
    path = wardrobe.image_path(image)
    if path is None:
        return row | {"error": f"There is no file {image} in the wardrobe."}
    try:
        data = read_bytes(path)
        row["image_hash"] = digest = hashlib.sha256(data).hexdigest()
        if digest in known:
            return known[digest] | {"id": item_id}
        width, height = image_size(data, path.name)
        picture = decode_image(data, path.name, draft=_ENOUGH)
        return row | {"width": width, "height": height} | measure_picture(picture)
    except ImageError as error:
        return row | {"error": str(error)}


def _read(wardrobe: Wardrobe) -> pl.DataFrame:
    """What was measured before; nothing where the file is absent, damaged or of another shape."""
    path: Path = wardrobe.root / "photographs.parquet"
    try:
        return pl.read_parquet(path, memory_map=False).select(
            pl.col(name).cast(dtype) for name, dtype in PHOTOGRAPH_SCHEMA.items()
        )
    except (OSError, pl.exceptions.PolarsError):
        return pl.DataFrame(schema=PHOTOGRAPH_SCHEMA)


def _write(wardrobe: Wardrobe, rows: list[dict[str, Any]]) -> pl.DataFrame:
    table = pl.DataFrame(rows, schema=PHOTOGRAPH_SCHEMA, orient="row")
    write_table(table, wardrobe.root / "photographs.parquet")
    return table

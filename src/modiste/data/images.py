"""Photographs, copied into a wardrobe from a folder, and from nowhere outside it.

Nothing here decodes an image (see `pictures.py`): bytes are copied as they are, or a hard link is
made where the file system can.
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from modiste.errors import DatasetNotFound, ModisteError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".JPG", ".JPEG", ".PNG", ".WEBP")
"""Tried in this order where a name has none."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many are done and how many there are."""

_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")


def image_names(ids: Sequence[str]) -> list[str]:
    """A file name for each id, without a suffix, safe on every file system and never shared.

    An id of letters, digits, `.`, `_` and `-` is its own name. Any other, and ids that differ in
    case only, get a digest after a `~`, which no plain name has.
    """
    seen = Counter(item_id.casefold() for item_id in ids)
    return [
        item_id
        if _PLAIN.fullmatch(item_id) and seen[item_id.casefold()] == 1
        else _digest_name(item_id)
        for item_id in ids
    ]


def named_in_catalogue(value: str) -> list[str]:
    """Where an image that a catalogue calls `value` may be: at that path, or by its base name."""
    path = value.replace("\\", "/")
    return list(dict.fromkeys((path, PurePosixPath(path).name)))


def find_image(folder: Path, names: Sequence[str]) -> Path | None:
    """The first of `names` that is a regular file inside `folder`, links resolved.

    A name may lack its suffix. An absolute path, one with `..` and a link that leads out of the
    folder are never followed.

    Args:
        folder: a resolved path.
        names: paths below it.
    """
    for name in names:
        parts = PurePosixPath(name).parts
        if not parts or parts[0] == "/" or ".." in parts:
            continue
        for suffix in ("", *SUFFIXES):
            if found := _regular_file(folder, name + suffix):
                return found
    return None


def copy_images(
    wanted: Mapping[str, Sequence[str]],
    folder: Path,
    root: Path,
    *,
    progress: Progress | None = None,
) -> dict[str, str]:
    """Copy photographs into `root`/images, skipping those that are there already.

    Killed at any moment it leaves whole files only, and goes on from there when run again.

    Args:
        wanted: item id -> the names under which its photograph may be in `folder`.
        folder: where they are.
        root: a wardrobe's folder.
        progress: told about every photograph.

    Returns:
        Item id -> path below `root`, for those that were found and could be read.

    Raises:
        DatasetNotFound: no such folder.
        ModisteError: the disk is full or `root` cannot be written.
    """
    if not folder.is_dir():
        raise DatasetNotFound(f"No folder {folder}; give the folder of the photographs (--images).")
    resolved = folder.resolve()
    placed: dict[str, str] = {}
    names = image_names(list(wanted))
    for done, (item_id, name) in enumerate(zip(wanted, names, strict=True), start=1):
        source = find_image(resolved, wanted[item_id])
        data = _read(source) if source else None
        if source and data:
            placed[item_id] = store(data, root, name + _suffix(source.name))
        if progress:
            progress(done, len(wanted))
    flush(root / "images")
    return placed


def _regular_file(folder: Path, name: str) -> Path | None:
    path = folder / name
    try:
        if not path.is_file():
            return None
        resolved = path.resolve()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, a loop of links
        return None
    return resolved if resolved.is_relative_to(folder) else None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def store(data: bytes, root: Path, name: str) -> str:
    """Put one photograph in `root`/images, whole; does nothing where it is there already.

    Returns:
        Its path below `root`.

    Raises:
        ModisteError: the disk is full or `root` cannot be written.
    """
    target = root / "images" / name
    # The name is the same every time, so that what a kill leaves behind is written over.
    temporary = target.with_name(f".{name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _holds(target, data):
            temporary.write_bytes(data)
            temporary.replace(target)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise ModisteError(
            f"Cannot write {target} ({error.strerror or error}); free some space or choose a "
            "folder that can be written, then run it again: it goes on where it stopped."
        ) from error
    return f"images/{name}"


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def flush(folder: Path) -> None:
    """Bring all below a folder to the disk, before a table says that it is there.

    At the end and side by side, so that the disk writes many at once: 5,000 files of 20 kB took
    0.6 s on ext4, one fsync after each 30 s. Other folders and disks are left alone.
    """
    with ThreadPoolExecutor(16, "modiste-flush") as pool:
        for _ in pool.map(_flush, [path for path in (folder, *folder.rglob("*")) if path.exists()]):
            pass


def _flush(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ".img"


def _digest_name(item_id: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", item_id)[:40].strip("-")
    return f"{plain}~{hashlib.sha256(item_id.encode()).hexdigest()[:20]}"


def place_file(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, whole or not at all; nothing where it is already.

    Raises:
        ModisteError: the disk is full, or one of them cannot be reached.
    """
    # The name is the same every time, so that what a kill leaves behind is written over.
    temporary = target.with_name(f".{target.name}.part")
    try:
        if _same(source, target):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        try:
            os.link(source, temporary)
        except OSError:  # another disk, or a file system without links
            shutil.copyfile(source, temporary)
        temporary.replace(target)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise ModisteError(
            f"Cannot put {source} at {target} ({error.strerror or error}); free some space or "
            "choose a folder that can be written, then run it again: it goes on where it stopped."
        ) from error


def _same(source: Path, target: Path) -> bool:
    if not target.is_file():
        return False
    return source.samefile(target) or filecmp.cmp(source, target, shallow=False)

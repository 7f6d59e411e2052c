"""A file put in another place, as a hard link where the file system can, else as a copy."""

from __future__ import annotations

import filecmp
import os
import shutil
from contextlib import suppress
from pathlib import Path

from modiste.errors import ModisteError


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


__all__ = ["place_file"]

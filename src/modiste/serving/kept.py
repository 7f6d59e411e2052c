"""Where photographs lie.

Those of a visit lie in a private folder that goes with the process; those that a key asked to keep
in the service's own, where they are found again on start:

DATA/photographs/<32 hex>.jpg     the clean JPEG
DATA/photographs/<32 hex>.json    {"category": fine category, "sent": SHA-256 of what came}
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from modiste.data.atomic import atomic_path
from modiste.serving.problems import Problem

MOST = 500
"""Photographs that are kept: each is looked at again when the service starts."""
_VISIT = "modiste-visit-"
_NAME = re.compile(r"[0-9a-f]{32}")


def visit_folder() -> Path:
    """A new folder for this user alone; those of processes that were killed are removed.

    Named after the process, so that another can tell whether its owner still lives.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_VISIT}*"):
        process = left.name.removeprefix(_VISIT).partition("-")[0]
        with suppress(OSError):  # another process may be removing it as well
            if (
                process.isdigit()
                and left.lstat().st_uid == os.getuid()
                and not _lives(int(process))
            ):
                shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_VISIT}{os.getpid()}-"))


def keep_photograph(data: Path | None, path: Path, category: str, sent: str) -> Path:
    """Put a clean photograph where it stays; its new path.

    Raises:
        Problem: there is no such place, or it is full.
    """
    if data is None:
        raise Problem(
            "conflict", "This service keeps no photographs; start it with --data DIR.", "keep"
        )
    folder = data / "photographs"
    folder.mkdir(parents=True, exist_ok=True)
    if sum(1 for _ in kept_photographs(data)) >= MOST:
        raise Problem("conflict", f"{MOST} photographs are kept already; remove one.", "keep")
    kept = folder / path.name
    with atomic_path(kept.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps({"category": category, "sent": sent}), "utf-8")
    with atomic_path(kept) as temporary:
        shutil.copyfile(path, temporary)
    return kept


def kept_photographs(data: Path | None) -> Iterator[tuple[Path, str, str]]:
    """Path, fine category and hash of what was sent, of every photograph that was kept."""
    if data is None:
        return
    for path in sorted((data / "photographs").glob("*.jpg")):
        try:
            facts = json.loads(path.with_suffix(".json").read_text("utf-8"))
            found = path, str(facts["category"]), str(facts["sent"])
        except (OSError, ValueError, KeyError, TypeError):  # half removed, or none of ours
            continue
        if _NAME.fullmatch(path.stem):
            yield found


def remove_photograph(path: Path) -> None:
    """Take a photograph away, and what was noted of it."""
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)


def _lives(process: int) -> bool:
    """Whether a process of that number runs."""
    try:
        os.kill(process, 0)  # asks, and sends nothing
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True

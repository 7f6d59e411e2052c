"""Photographs of visitors: decoded, made clean, kept for the length of the visit.

What was sent is decoded by the careful reader of `data/pictures.py` and drawn again as a plain
JPEG: nothing of the file that came is kept, neither its metadata nor what else it may be.

Those of a visit lie in a private folder that goes with the process; those that a key asked to keep
in the service's own, where they are found again on start:

DATA/photographs/<32 hex>.jpg     the clean JPEG
DATA/photographs/<32 hex>.json    {"category": fine category, "sent": SHA-256 of what came}
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from modiste.data.atomic import atomic_path
from modiste.data.pictures import decode_image
from modiste.errors import ImageError, ModisteError
from modiste.serving.problems import Problem
from modiste.serving.version import ServedVersion
from modiste.stylist.pieces import Piece

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


EDGE = 1024
"""Pixels of the longer edge that is kept."""
SMALLEST = 8
"""Pixels of the shorter edge: less shows no garment."""
QUALITY = 90
VISITOR = re.compile(r"[A-Za-z0-9_-]{20,64}")
_VOTES = re.compile(r"as \d+ of the \d+ items that look most alike are")


def new_visitor() -> str:
    """A name for somebody new: 192 random bits."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Clean:
    """A photograph drawn again.

    Args:
        path: the JPEG.
        sent: SHA-256 of the bytes that came, by which the catalogue knows the same photograph.
    """

    path: Path
    sent: str


@dataclass(frozen=True, kw_only=True)
class StoredUpload:
    """One photograph that was sent.

    Args:
        id: `photo-` and 32 hexadecimal digits.
        visitor: whose it is; None: everybody's, kept by wish of a key.
        clean: what is left of what came.
        piece: what the stylist sees.
        version: of the catalogue that `piece.twins` are rows of.
    """

    id: str
    visitor: str | None
    clean: Clean
    piece: Piece
    version: int

    @property
    def path(self) -> Path:
        """The file."""
        return self.clean.path

    def piece_in(self, served: ServedVersion) -> Piece:
        """The piece among the items of a version."""
        if served.version == self.version:
            return self.piece
        return replace(self.piece, twins=twins_of(served, self.clean))


class UploadStore:
    """All photographs that were sent, in a private folder that goes with this object.

    Args:
        each: photographs of one visitor at most; the oldest goes.
        total: of all visitors.
        seconds: a visitor who asks for nothing this long has gone.
        pixels: of a photograph at most.
        data: where photographs stay that are kept for everybody; None: nowhere.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        *,
        each: int = 30,
        total: int = 2000,
        seconds: float = 7200.0,
        pixels: int = 40_000_000,
        data: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.each, self.total, self.seconds, self.pixels = each, total, seconds, pixels
        self.data, self.clock = data, clock
        self.folder = visit_folder()
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)  # without `close`
        self._kept: dict[str, StoredUpload] = {}  # the oldest first
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def clean(self, data: bytes) -> Clean:
        """Draw a photograph again: upright, small, without metadata.

        Raises:
            Problem: it cannot be read, has too many pixels or hardly any.
        """
        try:
            picture = decode_image(data, "photograph", max_pixels=self.pixels)
        except ImageError as error:
            raise Problem("image_unreadable", str(error), "file") from error
        if min(picture.size) < SMALLEST:
            raise Problem("image_unreadable", "The photograph is too small to see.", "file")
        picture.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
        path = self.folder / f"{secrets.token_hex(16)}.jpg"
        picture.info.clear()  # Pillow would write what it knows of the old file's into the new
        picture.save(path, "JPEG", quality=QUALITY)
        return Clean(path, hashlib.sha256(data).hexdigest())

    def keep(
        self, served: ServedVersion, visitor: str | None, clean: Clean, piece: Piece
    ) -> StoredUpload:
        """Keep what `clean` drew, with what the stylist sees in it.

        Args:
            served: whose stylist saw it.
            visitor: whose it is; None: everybody's, and it outlives the process.
            clean: what `clean` gave.
            piece: what `Stylist.photograph` gave.

        Raises:
            Problem: it is to outlive the process, and there is no place for it.
        """
        if visitor is None:
            fine = piece.garment.fine
            clean = replace(clean, path=keep_photograph(self.data, clean.path, fine, clean.sent))
        return self._hold(served, visitor, clean, piece)

    def restore(self, served: ServedVersion) -> int:
        """Find again what was kept for everybody; how many photographs."""
        found = 0
        for path, category, sent in kept_photographs(self.data):
            with suppress(ModisteError):  # the catalogue has nothing of that category any more
                piece = served.stylist.photograph(path, category)
                self._hold(served, None, Clean(path, sent), piece)
                found += 1
        return found

    def _hold(
        self, served: ServedVersion, visitor: str | None, clean: Clean, piece: Piece
    ) -> StoredUpload:
        name = f"photo-{clean.path.stem}"
        upload = StoredUpload(
            id=name,
            visitor=visitor,
            clean=clean,
            piece=replace(
                piece,
                garment=replace(piece.garment, id=name),
                twins=twins_of(served, clean),
                note=told(piece),
            ),
            version=served.version,
        )
        with self._lock:
            self._kept[name] = upload
            if visitor is not None:
                self._seen[visitor] = self.clock()
            self._make_room(visitor)
        return upload

    def find(self, name: str, visitor: str | None) -> StoredUpload | None:
        """A visitor's own photograph, or one that was kept for everybody."""
        with self._lock:  # `expire` goes through what is seen
            upload = self._kept.get(name)
            if upload is None or upload.visitor not in (None, visitor):
                return None
            if visitor is not None:
                self._seen[visitor] = self.clock()
            return upload

    def remove(self, upload: StoredUpload) -> None:
        """Forget a photograph."""
        with self._lock:
            self._forget(upload.id)

    def expire(self) -> int:
        """Forget the photographs of visitors who have gone; how many."""
        with self._lock:
            long_ago = self.clock() - self.seconds
            gone = {visitor for visitor, seen in self._seen.items() if seen < long_ago}
            names = [name for name, upload in self._kept.items() if upload.visitor in gone]
            for name in names:
                self._forget(name)
            for visitor in gone:
                del self._seen[visitor]
            return len(names)

    def close(self) -> None:
        """Forget everything that belongs to a visit."""
        with self._lock:
            self._kept.clear()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _make_room(self, visitor: str | None) -> None:
        visiting = [name for name, upload in self._kept.items() if upload.visitor is not None]
        mine = [name for name in visiting if self._kept[name].visitor == visitor]
        for name in mine[: max(len(mine) - self.each, 0)]:
            self._forget(name)
        for name in visiting[: max(len(visiting) - self.total, 0)]:
            self._forget(name)

    def _forget(self, name: str) -> None:
        upload = self._kept.pop(name, None)
        if upload is not None:
            remove_photograph(upload.path)


def twins_of(served: ServedVersion, clean: Clean) -> tuple[int, ...]:
    """Rows of the very same photograph in the catalogue."""
    return tuple(served.stock.same_photograph(clean.sent).tolist())


def told(piece: Piece) -> str:
    """What was guessed of a photograph, a sentence; "" where nothing was."""
    if not piece.note:
        return ""
    slot, fine = piece.garment.category, piece.garment.fine
    what = slot if fine == slot else f"{slot} ({fine})"
    votes = _VOTES.search(piece.note)
    why = f", {votes.group()}" if votes else ""
    return f"Your photograph is taken for {what}{why}; say so if it is something else."

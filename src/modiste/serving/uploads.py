"""Photographs of visitors: decoded, made clean, kept for the length of the visit.

What was sent is decoded by the careful reader of `data/pictures.py` and drawn again as a plain
JPEG: nothing of the file that came is kept, neither its metadata nor what else it may be.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from modiste.data.pictures import decode_image
from modiste.errors import ImageError, ModisteError
from modiste.serving.kept import (
    keep_photograph,
    kept_photographs,
    remove_photograph,
    visit_folder,
)
from modiste.serving.problems import Problem
from modiste.serving.served import Served
from modiste.stylist.pieces import Piece

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
class Upload:
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

    def piece_in(self, served: Served) -> Piece:
        """The piece among the items of a version."""
        if served.version == self.version:
            return self.piece
        return replace(self.piece, twins=twins_of(served, self.clean))


class Uploads:
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
        self._kept: dict[str, Upload] = {}  # the oldest first
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

    def keep(self, served: Served, visitor: str | None, clean: Clean, piece: Piece) -> Upload:
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

    def restore(self, served: Served) -> int:
        """Find again what was kept for everybody; how many photographs."""
        found = 0
        for path, category, sent in kept_photographs(self.data):
            with suppress(ModisteError):  # the catalogue has nothing of that category any more
                piece = served.stylist.photograph(path, category)
                self._hold(served, None, Clean(path, sent), piece)
                found += 1
        return found

    def _hold(self, served: Served, visitor: str | None, clean: Clean, piece: Piece) -> Upload:
        name = f"photo-{clean.path.stem}"
        upload = Upload(
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

    def find(self, name: str, visitor: str | None) -> Upload | None:
        """A visitor's own photograph, or one that was kept for everybody."""
        upload = self._kept.get(name)
        if upload is None or upload.visitor not in (None, visitor):
            return None
        if visitor is not None:
            self._seen[visitor] = self.clock()
        return upload

    def remove(self, upload: Upload) -> None:
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


def twins_of(served: Served, clean: Clean) -> tuple[int, ...]:
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

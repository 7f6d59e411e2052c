"""Photographs of visitors: decoded, made clean, kept for the length of the visit.

What was sent is decoded by the careful reader of `data/pictures.py` and drawn again as a plain
JPEG: nothing of the file that came is kept, neither its metadata nor what else it may be.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from modiste.data.pictures import decode_image
from modiste.errors import ImageError
from modiste.serving.problems import Problem
from modiste.serving.served import Served
from modiste.stylist.pieces import Piece

EDGE = 1024
"""Pixels of the longer edge that is kept."""
QUALITY = 90
ID = re.compile(r"photo-[0-9a-f]{32}")
VISITOR = re.compile(r"[A-Za-z0-9_-]{20,64}")


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One photograph that was sent.

    Args:
        id: `photo-` and 32 hexadecimal digits.
        visitor: whose it is; None: everybody's, kept by wish of a key.
        path: the clean JPEG.
        piece: what the stylist sees.
        version: of the catalogue that `piece.twins` are rows of.
        sent: SHA-256 of the bytes that came.
    """

    id: str
    visitor: str | None
    path: Path
    piece: Piece
    version: int
    sent: str

    def piece_in(self, served: Served) -> Piece:
        """The piece among the items of a version."""
        if served.version == self.version:
            return self.piece
        twins = served.stock.same_photograph(self.sent).tolist()
        return replace(self.piece, twins=tuple(twins))


class Uploads:
    """All photographs that were sent, in a folder of their own that goes with this object.

    Args:
        each: photographs of one visitor at most; the oldest goes.
        total: of all visitors.
        seconds: a visitor who asks for nothing this long has gone.
        pixels: of a photograph at most.
    """

    def __init__(
        self, *, each: int = 30, total: int = 2000, seconds: float = 7200, pixels: int = 40_000_000
    ) -> None:
        self.each, self.total, self.seconds, self.pixels = each, total, seconds, pixels
        self.folder = Path(tempfile.mkdtemp(prefix="modiste-visit-"))
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def clean(self, data: bytes) -> Path:
        """Draw a photograph again, upright and without metadata.

        Raises:
            Problem: it cannot be read, or is too large.
        """
        try:
            picture = decode_image(data, "photograph", max_pixels=self.pixels)
        except ImageError as error:
            raise Problem("image_unreadable", str(error), "file") from error
        picture.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
        path = self.folder / f"{secrets.token_hex(16)}.jpg"
        picture.save(path, "JPEG", quality=QUALITY)
        return path

    def keep(
        self, served: Served, visitor: str | None, path: Path, data: bytes, piece: Piece
    ) -> Upload:
        """Keep what `clean` drew, with what the stylist sees in it."""
        name = f"photo-{path.stem}"
        sent = hashlib.sha256(data).hexdigest()
        garment = replace(piece.garment, id=name)
        twins = tuple(served.stock.same_photograph(sent).tolist())
        upload = Upload(
            id=name,
            visitor=visitor,
            path=path,
            piece=replace(piece, garment=garment, twins=twins, note=told(piece)),
            version=served.version,
            sent=sent,
        )
        with self._lock:
            self._kept[name] = upload
            if visitor is not None:
                self._seen[visitor] = time.monotonic()
            self._make_room(visitor)
        return upload

    def find(self, name: str, visitor: str | None) -> Upload | None:
        """A visitor's own photograph, or one that was kept for everybody."""
        upload = self._kept.get(name)
        if upload is None or upload.visitor not in (None, visitor):
            return None
        if visitor is not None:
            self._seen[visitor] = time.monotonic()
        return upload

    def remove(self, name: str, visitor: str | None) -> bool:
        """Forget a visitor's own photograph; False where there is none."""
        with self._lock:
            upload = self._kept.get(name)
            if upload is None or upload.visitor != visitor:
                return False
            self._forget(name)
            return True

    def expire(self) -> int:
        """Forget the photographs of visitors who have gone; how many."""
        with self._lock:
            long_ago = time.monotonic() - self.seconds
            gone = {visitor for visitor, seen in self._seen.items() if seen < long_ago}
            names = [name for name, upload in self._kept.items() if upload.visitor in gone]
            for name in names:
                self._forget(name)
            for visitor in gone:
                self._seen.pop(visitor, None)
            return len(names)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            shutil.rmtree(self.folder, ignore_errors=True)

    def __len__(self) -> int:
        return len(self._kept)

    def _make_room(self, visitor: str | None) -> None:
        mine = [name for name, upload in self._kept.items() if upload.visitor == visitor]
        for name in mine[: max(len(mine) - self.each, 0)] if visitor is not None else ():
            self._forget(name)
        while len(self._kept) > self.total:
            self._forget(next(iter(self._kept)))

    def _forget(self, name: str) -> None:
        upload = self._kept.pop(name)
        upload.path.unlink(missing_ok=True)


def told(piece: Piece) -> str:
    """What was guessed of a photograph, a sentence; "" where nothing was."""
    if not piece.note:
        return ""
    garment = piece.garment
    kind = garment.category
    what = kind if garment.fine == kind else f"{kind} ({garment.fine})"
    return f"Your photograph is taken for {what}; say so if it is something else."

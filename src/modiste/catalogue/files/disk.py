"""Files of the local store: on the disk before they count, held open while they are read."""

from __future__ import annotations

import math
import mmap
import os
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from modiste.errors import CatalogueError

_CHUNK = 1 << 22  # bytes read at once


@dataclass(frozen=True)
class FileFacts:
    """What a file must be to be the one that was written."""

    bytes: int
    crc32: int


class OpenFile:
    """A file that stays readable though it may be deleted meanwhile.

    Raises:
        FileNotFoundError: there is none.
        CatalogueError: it is longer or shorter than it was written.
    """

    def __init__(self, path: Path, facts: FileFacts) -> None:
        self.path = path
        self.facts = facts
        self._number = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._closing = weakref.finalize(self, os.close, self._number)
        if os.fstat(self._number).st_size != facts.bytes:
            self.close()
            raise damaged(path)

    def array(self, dtype: str, shape: tuple[int, ...], offset: int = 0) -> np.ndarray[Any, Any]:
        """Its bytes as a memory-mapped array."""
        if 0 in shape:  # nothing cannot be mapped
            return np.zeros(shape, dtype=dtype)
        mapped = mmap.mmap(self._number, 0, access=mmap.ACCESS_READ)
        count = math.prod(shape)
        return np.frombuffer(mapped, dtype=dtype, count=count, offset=offset).reshape(shape)

    def reader(self) -> Callable[[int], bytes]:
        """A function that reads on from the beginning, so many bytes at a time."""
        at = 0

        def read(count: int) -> bytes:
            nonlocal at
            data = os.pread(self._number, count, at)
            at += len(data)
            return data

        return read

    def read(self) -> bytes:
        """All bytes.

        Raises:
            CatalogueError: they are not those that were written.
        """
        self.check()
        return self.reader()(self.facts.bytes)

    def check(self) -> None:
        """Raise CatalogueError unless the bytes are those that were written."""
        read, crc = self.reader(), 0
        while data := read(_CHUNK):
            crc = zlib.crc32(data, crc)
        if crc != self.facts.crc32:
            raise damaged(self.path)

    def close(self) -> None:
        """Let go of the file; arrays that were mapped stay."""
        self._closing()


class ChecksummedWriter:
    """A file being written, its length and checksum known at the end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._bytes = self._crc = 0

    def write(self, data: Any) -> int:
        """Append bytes, or anything that gives its bytes."""
        view = memoryview(data).cast("B")
        self._file.write(view)
        self._bytes += len(view)
        self._crc = zlib.crc32(view, self._crc)
        return len(view)

    @property
    def facts(self) -> FileFacts:
        """Of what was written so far."""
        return FileFacts(self._bytes, self._crc)


@contextmanager
def durable(path: Path) -> Iterator[ChecksummedWriter]:
    """Yield a new file to write; when the block ends, its bytes are on the disk.

    Raises:
        CatalogueError: the disk is full or cannot be written; nothing that counts has changed.
    """
    try:
        with path.open("xb") as file:
            yield ChecksummedWriter(file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise unwritable(path, error) from error


def sync_folder(folder: Path) -> None:
    """See that the names in a folder are on the disk; does nothing where folders cannot be."""
    with suppress(OSError, AttributeError):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def damaged(path: Path) -> CatalogueError:
    """The error that says so."""
    return CatalogueError(
        f"{path} is missing or damaged; build the catalogue again with --replace."
    )


def unwritable(path: Path, error: OSError) -> CatalogueError:
    """The error that says so."""
    return CatalogueError(
        f"Cannot write {path} ({error.strerror or error}); free some space or choose a folder that "
        "can be written. The catalogue is as it was."
    )

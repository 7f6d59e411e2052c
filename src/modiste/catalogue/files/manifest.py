"""The one small file that says what a local catalogue consists of: CAT/catalogue.json.

Everything else is written before and never changed; a version of the catalogue begins when this
file is renamed into place.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from modiste.catalogue.files.disk import FileFacts, damaged, sync_folder
from modiste.data.atomic import write_text
from modiste.errors import CatalogueError

NAME = "catalogue.json"
FORMAT = 2
_OLDER = {"shelves": "partitions", "dead": "tombstones"}
"""What format 1 calls the fields of a segment; it is read as well, and written no more."""


@dataclass(frozen=True, kw_only=True)
class PartitionEntry:
    """Rows of a segment that share their categories.

    Args:
        category: coarse.
        fine: fine.
        start: the first of its rows.
        stop: the row after its last.
        index: name of the file of its index, None where it is searched exactly.
    """

    category: str
    fine: str
    start: int
    stop: int
    index: str | None


@dataclass(frozen=True, kw_only=True)
class SegmentEntry:
    """A folder of files that were written together and never change.

    Args:
        number: grows from segment to segment; orders the rows of the catalogue.
        folder: name below CAT/segments.
        rows: how many.
        files: file name -> what it must be.
        partitions: cover all rows, in order.
        index: name of the file of the index over all rows, None where there is none.
        tombstones: name of the file that lists the rows removed since, None where there are none.
        removed: how many these are.
    """

    number: int
    folder: str
    rows: int
    files: dict[str, FileFacts]
    partitions: tuple[PartitionEntry, ...]
    index: str | None
    tombstones: str | None = None
    removed: int = 0

    @property
    def live(self) -> int:
        """Rows that are not removed."""
        return self.rows - self.removed


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One version of a catalogue."""

    version: int
    run: str
    width: int
    feature_width: int
    segments: tuple[SegmentEntry, ...] = ()
    """By number."""

    @property
    def next_number(self) -> int:
        """For a new segment: never one that was used before, since each version has one at most."""
        return self.version + 1

    @property
    def items(self) -> int:
        """How many items there are."""
        return sum(segment.live for segment in self.segments)

    def after(self, segments: tuple[SegmentEntry, ...], **changes: Any) -> Manifest:
        """The next version, of these segments."""
        ordered = tuple(sorted(segments, key=lambda segment: segment.number))
        return replace(self, version=self.version + 1, segments=ordered, **changes)


def write_manifest(root: Path, manifest: Manifest) -> None:
    """Make this the version of the catalogue, on the disk, in one step."""
    facts = asdict(manifest)
    document = {"format": FORMAT, "crc32": _sum(facts), "catalogue": facts}
    write_text(root / NAME, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    sync_folder(root)


def read_manifest(root: Path) -> Manifest:
    """The version that there is now.

    Raises:
        CatalogueError: there is no catalogue, it is damaged, or a later Modiste wrote it.
    """
    path = root / NAME
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["format"] not in (1, FORMAT):
            raise CatalogueError(
                f"{path} was written by another version of Modiste (format {document['format']}); "
                "build the catalogue again with --replace."
            )
        facts = document["catalogue"]
        if document["crc32"] != _sum(facts):
            raise damaged(path)
        return Manifest(**facts | {"segments": tuple(map(_entry, facts["segments"]))})
    except FileNotFoundError as error:
        raise CatalogueError(
            f"No catalogue at {root} (no {NAME}); make one with `modiste catalogue build`."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(path) from error


def _entry(facts: dict[str, Any]) -> SegmentEntry:
    facts = {_OLDER.get(name, name): value for name, value in facts.items()}
    files = {name: FileFacts(**each) for name, each in facts["files"].items()}
    partitions = tuple(PartitionEntry(**partition) for partition in facts["partitions"])
    return SegmentEntry(**facts | {"files": files, "partitions": partitions})


def _sum(facts: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(facts, sort_keys=True).encode())

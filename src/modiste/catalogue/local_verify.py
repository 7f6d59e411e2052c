"""Whether a local catalogue is what was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from modiste.catalogue.local_manifest import Manifest, SegmentEntry, read_manifest
from modiste.catalogue.local_segment import SEGMENTS, Segment, open_dead
from modiste.errors import CatalogueError

_CHUNK = 65_536  # rows that are looked at together


def verify(root: Path) -> list[str]:
    """Read everything; damage that was found, one sentence each.

    Begins again where a writer has taken files away meanwhile.
    """
    while True:
        try:
            manifest = read_manifest(root)
        except CatalogueError as error:
            return [str(error)]
        found = _damage(root, manifest)
        if not found or read_manifest(root).version == manifest.version:
            return found


def _damage(root: Path, manifest: Manifest) -> list[str]:
    found: list[str] = []
    owner: dict[str, int] = {}
    for entry in manifest.segments:
        try:
            segment = Segment(root, manifest, entry)
            dead = open_dead(root, entry)
        except (OSError, CatalogueError) as error:
            missing = error.filename if isinstance(error, FileNotFoundError) else None
            found.append(f"{missing} is missing." if missing else str(error))
            continue
        bad = segment.check()
        found += [f"{path} is damaged: its checksum is another." for path in bad]
        if not bad:
            found += _contradictions(root, entry, segment, dead)
            living = np.ones(entry.rows, dtype=np.bool_)
            living[dead] = False
            for item in segment.all_ids().filter(living).to_list():
                if owner.setdefault(item, entry.number) != entry.number:
                    found.append(f"The item {item!r} is there twice.")
    return found


def _contradictions(
    root: Path,
    entry: SegmentEntry,
    segment: Segment,
    dead: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> list[str]:
    """What whole files say against one another."""
    where = root / SEGMENTS / entry.folder
    found = []
    if len(segment.facts) != entry.rows or segment.ids(np.arange(entry.rows)) != (
        segment.facts["id"].to_list()
    ):
        found.append(f"{where}: the facts are of other items than the vectors.")
    if len(dead) != entry.removed or (len(dead) and not 0 <= dead[0] <= dead[-1] < entry.rows):
        found.append(f"{where}: the list of removed rows does not fit.")
    stops = [0, *(shelf.stop for shelf in entry.shelves)]
    if [shelf.start for shelf in entry.shelves] != stops[:-1] or stops[-1] != entry.rows:
        found.append(f"{where}: the categories do not cover all rows.")
    for name in ("vectors", "features"):
        rows = getattr(segment, name)
        if not all(np.isfinite(rows[at : at + _CHUNK]).all() for at in range(0, len(rows), _CHUNK)):
            found.append(f"{where}: the {name} hold a number that is not finite.")
    return found

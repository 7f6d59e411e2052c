"""What to know about a wardrobe before training, with progress on standard error."""

from __future__ import annotations

from pathlib import Path

from modiste.data.audit import AuditReport
from modiste.data.audit import audit as find
from modiste.data.wardrobe import Wardrobe
from modiste.jobs.progress import progress
from modiste.jobs.threads import available_cores


def audit(wardrobe: Path, *, threads: int | None = None) -> AuditReport:
    """Check a wardrobe.

    Args:
        wardrobe: its folder.
        threads: how many photographs are decoded at once; None: one a core.

    Raises:
        WardrobeError: there is no wardrobe, or it cannot be written.
    """
    with progress("measuring photographs") as report:
        return find(Wardrobe(wardrobe), workers=threads or available_cores(), progress=report)

"""What to know about a wardrobe before training, with progress on standard error."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from modiste.data.audit.outfits import outfit_findings
from modiste.data.audit.photographs import photograph_findings
from modiste.data.audit.report import AuditReport, sorted_report
from modiste.data.photographs import PHOTOGRAPH_SCHEMA, Progress, measure_photographs
from modiste.data.wardrobe import Wardrobe
from modiste.jobs.progress import progress
from modiste.jobs.threads import available_cores
from modiste.outfit import SPLITS


def audit_wardrobe(
    wardrobe: Wardrobe, *, workers: int = 2, progress: Progress | None = None
) -> AuditReport:
    """Check a wardrobe; photographs whose bytes are new are measured on the way.

    Args:
        wardrobe: with or without images.
        workers: threads that decode photographs.
        progress: told how many photographs are measured.

    Returns:
        One finding a check, the worst first.

    Raises:
        WardrobeError: photographs must be measured, and the wardrobe cannot be written.
    """
    photographs = pl.DataFrame(schema=PHOTOGRAPH_SCHEMA)
    if wardrobe.items["image"].null_count() < len(wardrobe.items):
        photographs = measure_photographs(wardrobe, workers=workers, progress=progress)
    findings = [*photograph_findings(wardrobe, photographs), *outfit_findings(wardrobe)]
    counts = {"items": len(wardrobe.items), "outfits": len(wardrobe.outfits)}
    counts |= {split: int((wardrobe.outfits["split"] == split).sum()) for split in SPLITS}
    return sorted_report(wardrobe.info.name, counts, findings)


def audit(wardrobe: Path, *, threads: int | None = None) -> AuditReport:
    """Check a wardrobe.

    Args:
        wardrobe: its folder.
        threads: how many photographs are decoded at once; None: one a core.

    Raises:
        WardrobeError: there is no wardrobe, or it cannot be written.
    """
    with progress("measuring photographs") as report:
        return audit_wardrobe(
            Wardrobe(wardrobe), workers=threads or available_cores(), progress=report
        )

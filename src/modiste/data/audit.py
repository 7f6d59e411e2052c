"""What to know about a wardrobe before training: missing, duplicate, leaking, unbalanced."""

from __future__ import annotations

import polars as pl

from modiste.data.audit_outfits import outfit_findings
from modiste.data.audit_photographs import photograph_findings
from modiste.data.findings import AuditReport, Finding, sorted_report
from modiste.data.photographs import PHOTOGRAPH_SCHEMA, Progress, measure_photographs
from modiste.data.wardrobe import Wardrobe
from modiste.outfit import SPLITS


def audit(wardrobe: Wardrobe, *, workers: int = 2, progress: Progress | None = None) -> AuditReport:
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


__all__ = ["AuditReport", "Finding", "audit"]

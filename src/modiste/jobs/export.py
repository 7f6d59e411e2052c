"""A wardrobe's photographs in another layout, with progress on standard error."""

from __future__ import annotations

from pathlib import Path

from modiste.data.image_folders import ImageFolders, export_image_folders
from modiste.data.wardrobe import Wardrobe
from modiste.jobs.progress import progress


def export(
    wardrobe: Path, out: Path, *, used: bool = False, seed: int = 0, replace: bool = False
) -> ImageFolders:
    """Export photographs as folders of splits and categories.

    Raises:
        ModisteError: as of `data.image_folders.export_image_folders`.
    """
    with progress("photographs") as report:
        return export_image_folders(
            Wardrobe(wardrobe), out, used=used, seed=seed, replace=replace, progress=report
        )

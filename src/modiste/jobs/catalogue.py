"""Catalogues: built from a run and its wardrobe, added to, removed from, looked over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import polars as pl
import torch

from modiste.arrays import Floats, Ints
from modiste.catalogue.base import Batch, Catalogue, CatalogueStats
from modiste.catalogue.facts import typed
from modiste.catalogue.places import create_catalogue, forget_damaged, open_catalogue
from modiste.data.batches import ItemTable
from modiste.data.photographs import load_photographs
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.build import build_image_encoder, build_text_encoder
from modiste.encoders.embed import embed_images, embed_texts
from modiste.errors import CatalogueError, CatalogueUnavailable, DataError, FeatureError, Misuse
from modiste.jobs.progress import Report, progress
from modiste.models.base import OutfitModel
from modiste.training.run import Run, spec_blocks, table_of


def catalogue_items(wardrobe: Wardrobe) -> pl.DataFrame:
    """(M) the items as `facts.typed` has them, with absolute paths of their images.

    How an item looks was measured on its photograph, or is now.
    """
    measured = load_photographs(wardrobe).select("id", "colour", "image_hash")
    ids = wardrobe.items.select("id")
    photographs = ids.join(measured, on="id", how="left", maintain_order="left")
    images = [
        None if (path := wardrobe.image_path(image)) is None else str(path.absolute())
        for image in wardrobe.items["image"]
    ]
    return typed(wardrobe.items).with_columns(
        pl.Series("image", images, dtype=pl.String),
        photographs["colour"].alias("looks"),
        photographs["image_hash"].alias("photo"),
    )


def embed_like(run: Run, wardrobe: Wardrobe) -> None:
    """Make the features of a wardrobe by the very encoders that made those of a run.

    Raises:
        FeatureError: an encoder is not to be had any more.
        WardrobeError: another process is writing the wardrobe.
    """
    blocks = spec_blocks(run.spec)
    pictured = wardrobe.items["image"].null_count() < len(wardrobe.items)
    seeing = [block for block in blocks if block.kind == "image"]
    with wardrobe.writing():
        for block in (block for block in blocks if block.kind == "text"):
            with progress("titles") as report:
                embed_texts(wardrobe, build_text_encoder(block.encoder), progress=report)
        if not pictured:
            return
        coloured = any(block.kind == "colour" for block in blocks)
        encoders = [build_image_encoder(block.encoder) for block in seeing]
        for encoder in encoders or ([build_image_encoder("lite0")] if coloured else []):
            with progress("photographs") as report:
                embed_images(wardrobe, encoder, facts={}, progress=report)


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What a change to a catalogue did."""

    where: str
    added: int
    replaced: int
    """Items that took the place of one with their id."""
    removed: int
    items: int
    """How many there are now."""
    version: int

    def to_json(self) -> dict[str, Any]:
        """All fields."""
        return asdict(self)

    def to_text(self) -> str:
        """One sentence."""
        done = {"added": self.added, "replaced": self.replaced, "removed": self.removed}
        told = ", ".join(f"{count:,} {word}" for word, count in done.items() if count)
        return (
            f"{self.where}: {told or 'nothing changed'}; {self.items:,} items, "
            f"version {self.version:,}."
        )


@dataclass(frozen=True, kw_only=True)
class Verified:
    """Whether a catalogue is sound."""

    where: str
    damage: tuple[str, ...]
    """One sentence each; empty: sound."""

    def to_json(self) -> dict[str, Any]:
        """All fields, and whether it is sound."""
        return {"where": self.where, "sound": not self.damage, "damage": list(self.damage)}

    def to_text(self) -> str:
        """A line for each damage, and what to do."""
        if not self.damage:
            return f"{self.where} is sound."
        advice = f"Build it again: `modiste catalogue build RUN --out {self.where} --replace`."
        return "\n".join((*self.damage, advice))


_BATCH = 4096  # items that the model sees at once


def build(
    run: Path, where: str, *, wardrobe: Path | None = None, replace: bool = False
) -> CatalogueStats:
    """Put the items of a wardrobe, as a run sees them, into a catalogue.

    Killed at any moment, it leaves what was there before; run it again.

    Args:
        run: a trained run.
        where: a folder or a `postgresql://` address.
        wardrobe: with features of the run's encoders; None: the one it was trained on.
        replace: take the place of a catalogue that is there; those who read it see the old items
            until all new ones are in.

    Raises:
        CatalogueError: there is a catalogue already, or the place cannot be written.
        Misuse: the model has no dense vectors to search by.
        ModisteError: see the parts.
    """
    catalogue = _usable(where, replace=replace)
    opened = Run.open(run)
    clothes = opened.wardrobe(wardrobe)
    model, table = opened.model(), table_of(clothes, opened.spec, opened.counts)
    widths = {"width": _width(model, table), "feature_width": table.features.shape[1]}
    if catalogue is None:
        catalogue = create_catalogue(where, run=opened.fingerprint, **widths)
    faiss.omp_set_num_threads(torch.get_num_threads())  # for the indexes of large categories
    try:
        with progress("items") as report:
            batch = _batches(clothes, model, table, report)
            catalogue.replace(batch, run=opened.fingerprint, **widths)
        return catalogue.stats()
    finally:
        catalogue.close()


def add(where: str, wardrobe: Path, *, run: Path) -> Changed:
    """Add the items of another wardrobe, or those that have changed, to a catalogue, in one step.

    Args:
        where: the catalogue.
        wardrobe: with the items; embedded first by the run's encoders where it is not.
        run: that the catalogue was built for.

    Raises:
        CatalogueError: there is no catalogue, or it was built for another run.
        ModisteError: see the parts.
    """
    catalogue = open_catalogue(where)
    try:
        opened = Run.open(run)
        if catalogue.run != opened.fingerprint:
            raise CatalogueError(
                f"{where} was built for another run than {run}; give that one with --run, or "
                "build it again with --replace."
            )
        clothes = Wardrobe(wardrobe)
        try:
            table = table_of(clothes, opened.spec, opened.counts)
        except FeatureError:
            embed_like(opened, clothes)
            table = table_of(clothes, opened.spec, opened.counts)
        with progress("items") as report:
            done = catalogue.add(_batches(clothes, opened.model(), table, report))
        return _changed(catalogue, *done)
    finally:
        catalogue.close()


def remove(where: str, ids: Sequence[str] = (), *, listed: Path | None = None) -> Changed:
    """Remove items from a catalogue; ids that it does not have are passed over.

    Args:
        where: the catalogue.
        ids: of items.
        listed: a text file with one id a line.

    Raises:
        Misuse: there is no id.
        DataError: the file cannot be read.
        CatalogueError: there is no catalogue, or it is damaged.
    """
    named = [*ids, *(() if listed is None else _lines(listed))]
    if not named:
        raise Misuse("No item is named; give ids, or --from a file with one a line.")
    catalogue = open_catalogue(where)
    try:
        return _changed(catalogue, removed=catalogue.delete(named))
    finally:
        catalogue.close()


def stats(where: str) -> CatalogueStats:
    """What a catalogue holds."""
    catalogue = open_catalogue(where)
    try:
        return catalogue.stats()
    finally:
        catalogue.close()


def verify(where: str) -> Verified:
    """Read a whole catalogue and look for damage."""
    catalogue = open_catalogue(where)
    try:
        return Verified(where=where, damage=tuple(catalogue.verify()))
    finally:
        catalogue.close()


def item_vectors(model: OutfitModel, features: Floats, category: Ints) -> Floats:
    """(n, H) float32 what items are searched by, of (n, D) features and (n,) fine categories.

    Raises:
        Misuse: the model counts words or items, and its vectors are as long as there are items.
    """
    with torch.no_grad():
        rows = torch.from_numpy(np.ascontiguousarray(features))
        vectors = model.item_vectors(rows, torch.from_numpy(category))
    if vectors.is_sparse:
        raise Misuse(
            f"A {type(model).__name__} counts, and has no vectors that a catalogue could be "
            "searched by; give a run of a trained model."
        )
    found: Floats = vectors.float().numpy()
    return found


def _batches(
    wardrobe: Wardrobe, model: OutfitModel, table: ItemTable, report: Report
) -> Iterator[Batch]:
    items = catalogue_items(wardrobe)
    for start in range(0, len(items), _BATCH):
        report(start, len(items))
        stop = min(start + _BATCH, len(items))
        features = table.features[start:stop]
        vectors = item_vectors(model, features, table.category[start:stop])
        yield Batch(items[start:stop], vectors, features)
    report(len(items), len(items))


def _width(model: OutfitModel, table: ItemTable) -> int:
    if not len(table.ids):
        raise Misuse("The wardrobe has no items; a catalogue needs some.")
    return int(item_vectors(model, table.features[:1], table.category[:1]).shape[1])


def _usable(where: str, *, replace: bool) -> Catalogue | None:
    """The catalogue to fill, before all the work; None where one has to be made."""
    try:
        catalogue = open_catalogue(where)
        if replace or not catalogue.stats().items:  # one without items is left of a build
            return catalogue
    except CatalogueUnavailable:
        raise
    except CatalogueError:
        if replace:
            forget_damaged(where)
        return None
    where = catalogue.stats().where  # without a password
    catalogue.close()
    raise CatalogueError(
        f"{where} holds a catalogue already; give another --out, or --replace "
        "to put this one in its place."
    )


def _changed(
    catalogue: Catalogue, added: int = 0, replaced: int = 0, *, removed: int = 0
) -> Changed:
    now = catalogue.stats()
    return Changed(
        where=now.where,
        added=added,
        replaced=replaced,
        removed=removed,
        items=now.items,
        version=now.version,
    )


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        told = f"Cannot read {path} ({error}); give a text file with one id a line."
        raise DataError(told) from error

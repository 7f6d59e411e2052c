"""Pieces as people give them: an item's id, or a photograph of something that they own.

41085800-02          an item of the catalogue
photo.jpg            a photograph; its category is guessed from the items that look most alike
shoes=photo.jpg      a photograph of a category, coarse or fine
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from modiste.arrays import Floats, Ints
from modiste.data.pictures import read_bytes
from modiste.errors import Misuse, UnknownItem
from modiste.stylist.likeness import Aspect
from modiste.stylist.results import ShownPiece
from modiste.stylist.scorer import ExternalItem
from modiste.stylist.stock import Stock
from modiste.stylist.wishes import QueryEncoders

MOST_PIECES = 60
"""No outfit is larger; beyond it someone has given a catalogue."""
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
NEIGHBOURS = 15
"""Items that vote on what a photograph shows."""


@dataclass(frozen=True)
class Piece:
    """One piece of an outfit, found.

    Args:
        garment: what is shown of it.
        row: its catalogue row, None for a photograph.
        external: what the model sees of a photograph.
        twins: catalogue rows with the very same photograph.
        note: what was guessed, a sentence; "" where nothing was.
    """

    garment: ShownPiece
    row: int | None = None
    external: ExternalItem | None = None
    twins: tuple[int, ...] = ()
    note: str = ""


class Finder:
    """Finds pieces in the stock, or makes them of photographs."""

    def __init__(self, stock: Stock, query_encoders: QueryEncoders) -> None:
        self._stock = stock
        self._senses = query_encoders
        self.pictures = Aspect(stock.table.features, query_encoders.looks, cosine=True)

    def find_all(self, given: Sequence[str | Path | Piece]) -> tuple[Piece, ...]:
        """Find every piece.

        Raises:
            UnknownItem: an id that the catalogue does not have.
            UnknownName: the category given with a photograph does not exist.
            ImageError: a photograph cannot be read.
            Misuse: a piece is given twice, there are too many, or photographs mean nothing to
                this model.
        """
        if len(given) > MOST_PIECES:
            raise Misuse(f"{len(given)} pieces are no outfit; give {MOST_PIECES} or fewer.")
        pieces = tuple(p if isinstance(p, Piece) else self.find(p) for p in given)
        seen: set[object] = set()
        for piece in pieces:
            name = piece.garment.id
            key = piece.row if piece.external is None else Path(name).resolve()
            if key in seen:
                raise Misuse(f"The piece {name!r} is given more than once; give it once.")
            seen.add(key)
        return pieces

    def find(self, given: str | Path) -> Piece:
        """One piece; see the top of this file."""
        if isinstance(given, Path):
            return self.photograph(given)
        if given in self._stock.wardrobe.rows:
            return self.item(given)
        category, _, name = given.partition("=")
        if _is_file(given) or not name:
            category, name = "", given
        if not _is_photograph(name):
            raise UnknownItem(given, self._stock.wardrobe.root, self._stock.wardrobe.rows)
        return self.photograph(Path(name), category or None)

    def item(self, item_id: str) -> Piece:
        """An item of the catalogue."""
        wardrobe = self._stock.wardrobe
        row = wardrobe.rows.get(item_id)
        if row is None:
            raise UnknownItem(item_id, wardrobe.root, wardrobe.rows)
        return Piece(replace(self._stock.garment(row), given=True), row=row)

    def photograph(self, path: Path, category: str | None = None) -> Piece:
        """A photograph of something that is in no catalogue.

        Args:
            path: the image file.
            category: coarse or fine; None to guess it.
        """
        if self._senses.see is None:
            raise Misuse(
                f"This run does not look at photographs, so {path.name!r} tells it nothing; give "
                "item ids, or train with image features."
            )
        twins = self._stock.same_photograph(hashlib.sha256(read_bytes(path)).hexdigest())
        partitions = self._stock.shelves_of(category) if category else ()
        kinds = {(partition.slot, partition.fine) for partition in partitions}
        note = ""
        if len(kinds) == 1:
            slot, fine = next(iter(kinds))
        else:
            looks = self._senses.see(path, "")
            pool = [partition.rows for partition in partitions]
            slot, fine, note = self._guess(path.name, looks, category, pool)
        garment = ShownPiece(
            id=str(path), category=slot, fine=fine, image=str(path), given=True, guessed=bool(note)
        )
        external = ExternalItem(self._senses.see(path, fine), fine, slot)
        return Piece(garment, external=external, twins=tuple(twins.tolist()), note=note)

    def _guess(
        self, name: str, features: Floats, category: str | None, pool: Sequence[Ints]
    ) -> tuple[str, str, str]:
        """Slot, fine category and a note, by vote of the items of a pool that look most alike."""
        stock = self._stock
        among = stock.has_photograph & (stock.mask(np.concatenate(pool)) if pool else True)
        likeness = self.pictures.to(features[self._senses.looks])
        nearest = likeness.best(np.flatnonzero(among), NEIGHBOURS)
        nearest = nearest[np.isfinite(likeness.at(nearest))]  # else nothing is known of them
        if not len(nearest):
            raise Misuse(f"No item looks like {name!r}; say what it is: CATEGORY={name}.")
        slot, votes = Counter(stock.slot[row] for row in nearest).most_common(1)[0]
        fines = Counter(stock.fine[row] for row in nearest if stock.slot[row] == slot)
        fine = fines.most_common(1)[0][0]
        if category:
            return slot, fine, ""
        what = slot if fine == slot else f"{slot} ({fine})"
        return (
            slot,
            fine,
            (
                f"{name} is taken for {what}, as {votes} of the {len(nearest)} items that look "
                f"most alike are; if it is not, say what it is: CATEGORY={name}."
            ),
        )


def _is_photograph(name: str) -> bool:
    return Path(name).suffix.lower() in SUFFIXES or "/" in name or _is_file(name)


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # too long, a NUL
        return False

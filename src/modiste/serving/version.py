"""One version of what is served: a stylist, and what is said of its items, counted once.

A request takes the version that is current when it comes and keeps it to its end.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import polars as pl

from modiste.data.photographs import load_photographs
from modiste.data.questions.files import load_questions, question_names
from modiste.data.questions.make import QuestionSettings, ask
from modiste.data.wardrobe import Wardrobe
from modiste.errors import ModisteError
from modiste.evaluation.calibration import wilson
from modiste.outfit import FitbQuestion
from modiste.serving.api.requests import (
    MOST_CHARACTERS,
    MOST_LOOKS,
    MOST_ON_PAGE,
    MOST_PIECES,
    MOST_SUGGESTIONS,
)
from modiste.serving.photographs.thumbnails import SIZES
from modiste.stylist.context import PartialOutfit
from modiste.stylist.pieces import Piece
from modiste.stylist.results import Judgement, ShownPiece
from modiste.stylist.stored import StoredWardrobe
from modiste.stylist.stylist import Stylist

Made = TypeVar("Made")
Z = 1.96
"""Standard deviations of a 95 % interval."""
ALIKE = 10
"""The calibration was seen in this many parts: a tenth of its outfits speaks for one verdict."""

CANDIDATES = 4
"""That a question of the game has."""
SMALLEST = 2
"""Pieces that it shows beside the blank."""


class ServedVersion:
    """A stylist as it is served.

    Args:
        stylist: who answers.
        version: of the catalogue; grows with every change.
        hidden: folders that no answer may name.
    """

    def __init__(self, stylist: Stylist, version: int = 1, hidden: Sequence[Path] = ()) -> None:
        self.stylist, self.version = stylist, version
        self.stock = stylist.context.stock
        self.items = self.stock.wardrobe.items
        self.rows: Mapping[str, int] = self.stock.wardrobe.rows
        self._hidden = _names_of({self.stock.wardrobe.root, *hidden})
        self._made: dict[str, Any] = {}
        self._making: dict[str, threading.Lock] = {}
        self.piece = lru_cache(maxsize=4096)(self._piece)
        self.image_path = lru_cache(maxsize=4096)(self._image_path)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What is made on first use and then stays, by name."""
        with self._making.setdefault(name, threading.Lock()):
            if name not in self._made:
                self._made[name] = make()
            found: Made = self._made[name]
            return found

    def __contains__(self, item_id: str) -> bool:
        return item_id in self.rows

    def _piece(self, item_id: str) -> Piece:
        return self.stylist.item(item_id)

    def _image_path(self, item_id: str) -> Path | None:
        row = self.rows.get(item_id)
        if row is None:
            return None
        return self.stock.wardrobe.image_path(self.items["image"][row])

    @cached_property
    def colours(self) -> list[str | None]:
        """(M) what the catalogue calls each item's colour, else what its photograph shows."""
        said = self.stock.facts.items["colour"]
        if said.null_count() and self._measured:
            looks = self.stock.photographs["colour"]
            said = pl.select(pl.coalesce(said.alias("said"), looks)).to_series()
        return said.to_list()

    @property
    def _measured(self) -> bool:
        """Whether the photographs have been measured; to do so now would take minutes."""
        wardrobe = self.stock.wardrobe
        stored = isinstance(wardrobe, StoredWardrobe)
        return stored or (wardrobe.root / "photographs.parquet").is_file()

    @cached_property
    def brands(self) -> list[str | None]:
        """(M) the brand of each item."""
        return self.stock.facts.items["brand"].to_list()

    def attributes(self, item_id: str) -> dict[str, str]:
        """All that the catalogue says of an item beyond the fields of a piece."""
        facts = self.stock.wardrobe.item(item_id).attributes
        return {name: str(value) for name, value in facts.items()}

    def discreet(self, text: str) -> str:
        """A sentence that names no folder of this machine."""
        return self._hidden.sub(lambda _: self.stock.wardrobe.info.name, text)

    def notes(self, notes: Sequence[str]) -> list[str]:
        """Notes as they may be shown."""
        return [self.discreet(note) for note in notes]

    def shown(self, garment: ShownPiece) -> dict[str, Any]:
        """A piece as version 1 of the API says it."""
        row = self.rows.get(garment.id)
        kind = "items" if row is not None else "uploads"
        pictured = garment.image is not None
        return {
            "id": garment.id,
            "category": garment.category,
            "fine": garment.fine,
            "title": garment.title,
            "price": _finite(garment.price),
            "colour": None if row is None else self.colours[row],
            "brand": None if row is None else self.brands[row],
            "image": f"/v1/{kind}/{quote(garment.id, safe='')}/image" if pictured else None,
            "given": garment.given,
            "guessed": garment.guessed,
        }

    def judged(self, verdict: Judgement) -> dict[str, Any]:
        """A verdict as version 1 of the API says it."""
        facts = verdict.to_json()
        if "interval" not in facts:
            facts["interval"] = self._interval(verdict)
        return facts

    def _interval(self, verdict: Judgement) -> list[float] | None:
        """Between what the probability probably is: Wilson's interval over outfits judged alike."""
        n = self.stylist.context.calibration.n / ALIKE
        if not verdict.calibrated or n < 1:
            return None
        return [round(end, 4) for end in wilson(verdict.probability, n, Z)]


def _names_of(folders: Iterable[Path]) -> re.Pattern[str]:
    """Where a sentence names one of some folders, alone or before what lies in it.

    A single word is nobody's folder: it may be the name of an item that was asked for.
    """
    named = {name for folder in folders for name in (folder, folder.absolute(), folder.resolve())}
    longest_first = sorted((str(name) for name in named if len(name.parts) > 1), key=len)[::-1]
    names = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<![\w./-])(?:{names})(?![\w-]|\.\w)")


def _finite(price: float | None) -> float | None:
    return price if price is not None and isfinite(price) else None


MOST_WORDS = 60
"""Colours and brands that are listed; the most frequent ones."""
TRIED = 200
"""Outfits among which the example is chosen."""


def shop_of(served: ServedVersion) -> dict[str, Any]:
    """Counts of slots, colours, brands and prices; what the run can do; an example look."""
    stock, items = served.stock, served.items
    query_encoders = served.stylist.context.query_encoders
    price = stock.facts.items["price"].drop_nulls()
    return {
        "name": stock.wardrobe.info.name,
        "items": len(items),
        "version": served.version,
        "slots": [_slot(served, name) for name in stock.partitions],
        "colours": _counted(served.colours),
        "brands": _counted(served.brands),
        "price": {"min": price.min(), "max": price.max()} if len(price) else None,
        "reads_words": query_encoders.read is not None,
        "sees_photographs": query_encoders.see is not None,
        "example": example_look(served),
        "limits": {
            "pieces": MOST_PIECES,
            "suggestions": MOST_SUGGESTIONS,
            "looks": MOST_LOOKS,
            "page": MOST_ON_PAGE,
            "words": MOST_CHARACTERS,
            "sizes": [int(size) for size in SIZES],
        },
    }


def example_look(served: ServedVersion) -> list[str]:
    """A look that invites: made by people, pieces of different slots, photographs of all of them.

    Of `TRIED` such outfits the one that the model likes best; empty where there is none.
    """
    stock, outfits = served.stock, served.stock.wardrobe.outfits
    wearable = [
        rows
        for items in outfits["items"].to_list()
        if 4 <= len(items) <= 6 and all(item in served.rows for item in items)
        for rows in [[served.rows[item] for item in items]]
        if len({stock.slot[row] for row in rows}) == len(rows)
    ]
    step = max(len(wearable) // TRIED, 1)
    ids = stock.table.ids
    some = [
        rows for rows in wearable[::step][:TRIED] if all(served.image_path(ids[r]) for r in rows)
    ]
    if not some:
        return []
    board = PartialOutfit(served.stylist.context, [])
    best = max(zip(board.score(some).tolist(), range(len(some)), strict=True))[1]
    return [ids[row] for row in some[best]]


def _slot(served: ServedVersion, name: str) -> dict[str, Any]:
    partitions = served.stock.partitions[name]
    fines = [{"name": partition.fine, "items": len(partition.rows)} for partition in partitions]
    return {
        "name": name,
        "items": sum(len(partition.rows) for partition in partitions),
        "fines": fines,
        "worn": round(served.stylist.context.slot_prior.usual.get(name, 0.0), 4),
    }


def _counted(words: Iterable[str | None]) -> list[dict[str, Any]]:
    counts = Counter(word for word in words if word)
    return [{"name": word, "items": n} for word, n in counts.most_common(MOST_WORDS)]


def fitb_questions(served: ServedVersion) -> list[FitbQuestion]:
    """The questions in their order; only those whose pieces are all sold and have a photograph.

    The game is played by looking.
    """
    wardrobe = served.stock.wardrobe
    try:
        found = wardrobe_questions(wardrobe.root, Wardrobe(wardrobe.root).content_hash)
    except ModisteError:  # without outfits there are no questions
        return []
    return [question for question in found if _playable(served, question)]


@lru_cache(maxsize=2)
def wardrobe_questions(root: Path, content_hash: str) -> tuple[FitbQuestion, ...]:
    """A wardrobe's questions about its test outfits: from its file, else by the matched rules.

    Args:
        root: the wardrobe.
        content_hash: of it; other content has other questions.

    Raises:
        ModisteError: there are no test outfits, or a file is damaged.
    """
    wardrobe = Wardrobe(root)
    names = [name for name in question_names(root) if name.endswith("test")]
    written = [question for name in names[:1] for question in load_questions(root, name)]
    if found := tuple(q for q in written if isinstance(q, FitbQuestion)):
        return found
    measured = (root / "photographs.parquet").is_file()  # nothing is measured or written here
    photographs = load_photographs(wardrobe) if measured else None
    asked = ask(wardrobe, "test", QuestionSettings(kinds=("fitb",)), photographs=photographs)
    return tuple(q for q in asked.questions if isinstance(q, FitbQuestion))


def _playable(served: ServedVersion, question: FitbQuestion) -> bool:
    pieces = (*question.question, *question.candidates)
    return (
        len(question.candidates) == CANDIDATES
        and len(question.question) >= SMALLEST
        and all(item_id in served and served.image_path(item_id) for item_id in pieces)
    )

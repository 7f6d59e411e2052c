"""What the stylist answers: data, JSON, and words for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modiste.data.wardrobe import Wardrobe
from modiste.outfit import Item


@dataclass(frozen=True, kw_only=True)
class ShownPiece:
    """One piece as it is shown.

    Args:
        id: the item's id, or the path of a photograph.
        category: its slot.
        fine: its fine category.
        title: what the catalogue calls it; "" for photographs.
        price: in the catalogue's currency, None where unknown.
        image: path of its photograph, None where there is none.
        given: whether the person gave it.
        guessed: whether its category was guessed from its photograph.
    """

    id: str
    category: str
    fine: str
    title: str = ""
    price: float | None = None
    image: str | None = None
    given: bool = False
    guessed: bool = False

    @classmethod
    def of(cls, item: Item, wardrobe: Wardrobe, *, given: bool = False) -> ShownPiece:
        """The garment that a catalogue item is."""
        path = wardrobe.image_path(item.image)
        return cls(
            id=item.id,
            category=item.category,
            fine=item.fine,
            title=item.title,
            price=item.price,
            image=None if path is None else str(path),
            given=given,
        )

    def to_json(self) -> dict[str, Any]:
        """All fields."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __str__(self) -> str:
        kind = self.category if self.fine == self.category else f"{self.category}: {self.fine}"
        return f"{self.id} ({kind})" + (f" {self.title}" if self.title else "")


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """How well an outfit goes together.

    Args:
        probability: calibrated, 0 to 1: that people would make this outfit, among as many made
            as spoilt ones.
        logit: what the model says, unbounded.
        words: "goes together", "daring" or "fights itself".
        calibrated: False where the run has no calibration and the logit is taken at its word.
    """

    probability: float
    logit: float
    words: str
    calibrated: bool = True

    def to_json(self) -> dict[str, Any]:
        """All fields, numbers with four decimals."""
        return {
            "probability": rounded(self.probability),
            "logit": rounded(self.logit),
            "words": self.words,
            "calibrated": self.calibrated,
        }

    def __str__(self) -> str:
        return f"{for_people(self.probability)} {self.words}"


def for_people(probability: float) -> str:
    """Two decimals, from 0.01 to 0.99: nobody is certain."""
    return f"{min(max(probability, 0.01), 0.99):.2f}"


def rounded(number: float) -> float | None:
    """Four decimals; None for what JSON cannot say."""
    return round(number, 4) if math.isfinite(number) else None


def shown(pieces: Sequence[ShownPiece]) -> dict[str, Any]:
    """The field `pieces` of a JSON document."""
    return {"pieces": [piece.to_json() for piece in pieces]}


def in_lines(lines: Sequence[str], notes: Sequence[str]) -> str:
    """Text of lines and notes."""
    return "\n".join([*lines, *notes])


@dataclass(frozen=True, kw_only=True)
class ScoreResult:
    """The verdict on some pieces.

    Args:
        pieces: as given.
        verdict: on all of them together.
        notes: what a person should know about the answer, a sentence each.
    """

    pieces: tuple[ShownPiece, ...]
    verdict: Judgement
    notes: tuple[str, ...] = ()

    @property
    def probability(self) -> float:
        """The verdict's."""
        return self.verdict.probability

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {**self.verdict.to_json(), **shown(self.pieces), "notes": list(self.notes)}

    def to_text(self) -> str:
        """One line, then the notes."""
        return in_lines([str(self.verdict)], self.notes)


@dataclass(frozen=True, kw_only=True)
class SuggestedItem:
    """An item that would complete the outfit.

    Args:
        garment: the item.
        score: what it is ranked by: fit and verdict, blended; comparable within one answer only.
        verdict: on the outfit with it.
        why: a few words.
    """

    garment: ShownPiece
    score: float
    verdict: Judgement
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """The item, its score, and the probability and logit of the outfit with it."""
        facts = {**self.garment.to_json(), "score": rounded(self.score)}
        return facts | self.verdict.to_json() | {"why": self.why}

    def to_text(self) -> str:
        """One line."""
        why = f" - {self.why}" if self.why else ""
        return f"{for_people(self.verdict.probability)}  {self.garment}{why}"


@dataclass(frozen=True, kw_only=True)
class CompleteResult(Sequence[SuggestedItem]):
    """Suggestions, best first; a sequence of them.

    Args:
        pieces: as given.
        category: the category asked for, None for any.
        suggestions: best first.
        notes: what a person should know about the answer, a sentence each.
    """

    pieces: tuple[ShownPiece, ...]
    category: str | None
    suggestions: tuple[SuggestedItem, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.suggestions)

    def __getitem__(self, place: Any) -> Any:
        return self.suggestions[place]

    def __iter__(self) -> Iterator[SuggestedItem]:
        return iter(self.suggestions)

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "category": self.category,
            **shown(self.pieces),
            "suggestions": [s.to_json() for s in self.suggestions],
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """A line a suggestion, then the notes."""
        return in_lines([s.to_text() for s in self.suggestions], self.notes)


@dataclass(frozen=True, kw_only=True)
class ReviseResult:
    """Which piece to change, and for what.

    Args:
        pieces: as given.
        before: the verdict on them.
        change: the piece to change, None if nothing in the catalogue would be better.
        swaps: what to wear instead, best first; the verdict of each is on the outfit with it.
        notes: what a person should know about the answer, a sentence each.
    """

    pieces: tuple[ShownPiece, ...]
    before: Judgement
    change: ShownPiece | None
    swaps: tuple[SuggestedItem, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "before": self.before.to_json(),
            "change": None if self.change is None else self.change.to_json(),
            "swaps": [swap.to_json() for swap in self.swaps],
            **shown(self.pieces),
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """What to change, a line a swap."""
        if self.change is None:
            return in_lines([str(self.before)], self.notes)
        head = [str(self.before), f"Change {self.change} for one of these:"]
        return in_lines([*head, *(swap.to_text() for swap in self.swaps)], self.notes)


@dataclass(frozen=True, kw_only=True)
class ComposedLook:
    """A whole outfit.

    Args:
        pieces: the given ones first, then those that were added.
        verdict: on all of them together.
        wish: how well the added pieces answer the text wish, in standard deviations above the
            catalogue's mean; None without a wish.
        value: what looks are ranked by: verdict, wish, and how usual the slots are together.
    """

    pieces: tuple[ShownPiece, ...]
    verdict: Judgement
    wish: float | None
    value: float

    @property
    def added(self) -> tuple[ShownPiece, ...]:
        """The pieces that were not given."""
        return tuple(piece for piece in self.pieces if not piece.given)

    def to_json(self) -> dict[str, Any]:
        """The pieces, the verdict, the wish."""
        wish = None if self.wish is None else rounded(self.wish)
        return {
            **self.verdict.to_json(),
            "value": rounded(self.value),
            "wish": wish,
            **shown(self.pieces),
        }

    def to_text(self) -> str:
        """The verdict, then a line a piece; `*` marks the given ones."""
        return "\n".join([str(self.verdict), *(_marked(piece) for piece in self.pieces)])


@dataclass(frozen=True, kw_only=True)
class ComposeResult(Sequence[ComposedLook]):
    """Several distinct looks, best first; a sequence of them.

    Args:
        looks: best first.
        notes: what a person should know about the answer, a sentence each.
    """

    looks: tuple[ComposedLook, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.looks)

    def __getitem__(self, place: Any) -> Any:
        return self.looks[place]

    def __iter__(self) -> Iterator[ComposedLook]:
        return iter(self.looks)

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {"looks": [look.to_json() for look in self.looks], "notes": list(self.notes)}

    def to_text(self) -> str:
        """The looks, numbered, then the notes."""
        looks = [f"Look {n}: {look.to_text()}" for n, look in enumerate(self.looks, start=1)]
        return in_lines(["\n\n".join(looks)], self.notes)


def _marked(garment: ShownPiece) -> str:
    return f"  {'*' if garment.given else ' '} {garment}"


@dataclass(frozen=True, kw_only=True)
class PieceShare:
    """What one piece does to an outfit.

    Args:
        garment: the piece.
        logit: how much higher the model's logit is with it; below 0 it costs.
        probability: the same in the calibrated probability, -1 to 1.
    """

    garment: ShownPiece
    logit: float
    probability: float

    def to_json(self) -> dict[str, Any]:
        """All fields."""
        return {
            **self.garment.to_json(),
            "adds": {"logit": rounded(self.logit), "probability": rounded(self.probability)},
        }


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """How two pieces get on, in this outfit.

    Args:
        first: one of them.
        second: the other.
        logit: what having both does beyond what each does alone; below 0 they clash.
    """

    first: ShownPiece
    second: ShownPiece
    logit: float

    def to_json(self) -> dict[str, Any]:
        """Their ids and the logit."""
        return {"pieces": [self.first.id, self.second.id], "logit": rounded(self.logit)}

    def __str__(self) -> str:
        return f"{_named(self.first)} and {_named(self.second)}"


@dataclass(frozen=True, kw_only=True)
class ExplainResult:
    """Why an outfit is judged as it is.

    Args:
        verdict: on the whole.
        shares: what each piece adds or costs, in the order given.
        compared: what a piece's share is measured against, in words.
        pairs: all pairs, the worst first.
        sentence: the gist, for people.
        notes: what a person should know about the answer, a sentence each.
    """

    verdict: Judgement
    shares: tuple[PieceShare, ...]
    compared: str
    pairs: tuple[Pairing, ...]
    sentence: str
    notes: tuple[str, ...] = ()

    @property
    def clash(self) -> Pairing | None:
        """The pair that gets on worst, if it costs anything."""
        return self.pairs[0] if self.pairs and self.pairs[0].logit < 0 else None

    @property
    def match(self) -> Pairing | None:
        """The pair that gets on best, if it adds anything."""
        return self.pairs[-1] if self.pairs and self.pairs[-1].logit > 0 else None

    def to_json(self) -> dict[str, Any]:
        """One JSON document."""
        clash, match = self.clash, self.match
        return {
            **self.verdict.to_json(),
            "pieces": [share.to_json() for share in self.shares],
            "compared": self.compared,
            "clash": None if clash is None else clash.to_json(),
            "match": None if match is None else match.to_json(),
            "pairs": [pair.to_json() for pair in self.pairs],
            "sentence": self.sentence,
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """The verdict, a line a piece, the gist."""
        lines = [f"{share.probability:+.2f}  {share.garment}" for share in self.shares]
        return in_lines([str(self.verdict), *lines, self.sentence], self.notes)


def _named(garment: ShownPiece) -> str:
    return f"the {garment.fine} {garment.id}"

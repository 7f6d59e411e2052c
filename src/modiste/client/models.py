"""What the service answers, as frozen dataclasses; the fields are those of docs/api.md.

A number is None where the model gave none that is finite.

A JSON document to a dataclass; what a newer server adds is passed over.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from modiste.client.transport import UNREADABLE, ModisteApiError


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece as it is shown.

    Args:
        id: of the item, or of an uploaded photograph; either can be asked with.
        category: its slot, such as `shoes`.
        fine: its fine category.
        title: what the catalogue calls it; "" for photographs.
        price: in the catalogue's currency, None where unknown.
        colour: in words, None where unknown.
        brand: None where unknown.
        image: path of its photograph on the server, None where there is none; `Client.image`
            fetches it.
        given: whether it was part of the question.
        guessed: whether its category was guessed from its photograph.
    """

    id: str
    category: str
    fine: str
    title: str = ""
    price: float | None = None
    colour: str | None = None
    brand: str | None = None
    image: str | None = None
    given: bool = False
    guessed: bool = False


@dataclass(frozen=True, kw_only=True)
class Item(Piece):
    """A piece of the catalogue with all that is known of it.

    Args:
        attributes: further facts, such as its season.
    """

    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Upload(Piece):
    """A photograph of one's own.

    Args:
        note: what a person should know about it, "" if nothing.
        expires: when it is forgotten, as ISO 8601 has it; None where it is kept.
    """

    note: str = ""
    expires: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How well an outfit goes together.

    Args:
        probability: calibrated, 0 to 1.
        logit: what the model says, unbounded.
        words: "goes together", "daring" or "fights itself".
        calibrated: False where the logit was taken at its word.
        interval: lowest and highest probability that the calibration allows for, None if unknown.
    """

    probability: float
    logit: float | None
    words: str
    calibrated: bool = True
    interval: tuple[float, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Score(Verdict):
    """The verdict on some pieces.

    Args:
        pieces: as given.
        notes: what a person should know about the answer, a sentence each; so in all answers.
    """

    pieces: tuple[Piece, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Suggestion(Piece):
    """A piece that would complete or mend the outfit.

    Args:
        score: what it is ranked by; comparable within one answer only.
        verdict: on the outfit with it.
        why: a few words.
    """

    score: float | None
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What to wear with some pieces.

    Args:
        pieces: as given.
        category: the one asked for, None for any.
        suggestions: the best first.
        notes: a sentence each.
    """

    pieces: tuple[Piece, ...]
    category: str | None
    suggestions: tuple[Suggestion, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Look(Verdict):
    """A whole outfit and the verdict on it.

    Args:
        pieces: the given ones first.
        value: what looks are ranked by.
        wish: how well it answers the wish, in standard deviations above the catalogue's mean;
            None without a wish.
    """

    pieces: tuple[Piece, ...]
    value: float | None
    wish: float | None = None


@dataclass(frozen=True, kw_only=True)
class Composition:
    """Several distinct looks.

    Args:
        looks: the best first.
        notes: a sentence each.
    """

    looks: tuple[Look, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Adds:
    """What one piece does to an outfit.

    Args:
        logit: how much higher the model's logit is with it; below 0 it costs.
        probability: the same in the calibrated probability, -1 to 1.
    """

    logit: float | None
    probability: float | None


@dataclass(frozen=True, kw_only=True)
class Share(Piece):
    """A piece and what it does to the outfit."""

    adds: Adds


@dataclass(frozen=True, kw_only=True)
class Pair:
    """How two pieces get on in an outfit.

    Args:
        pieces: their ids.
        logit: what having both does beyond what each does alone; below 0 they clash.
    """

    pieces: tuple[str, ...]
    logit: float | None


@dataclass(frozen=True, kw_only=True)
class Explanation(Verdict):
    """Why an outfit is judged as it is.

    Args:
        pieces: what each adds or costs, in the order given.
        sentence: the gist, for people.
        compared: what a piece's share is measured against, in words.
        clash: the pair that gets on worst, if it costs anything.
        match: the pair that gets on best, if it adds anything.
        pairs: all of them, the worst first.
        notes: a sentence each.
    """

    pieces: tuple[Share, ...]
    sentence: str
    compared: str
    clash: Pair | None = None
    match: Pair | None = None
    pairs: tuple[Pair, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Revision:
    """Which piece to change, and for what.

    Args:
        pieces: as given.
        before: the verdict on them.
        change: the piece to change, None if nothing would be better.
        swaps: what to wear instead, the best first.
        notes: a sentence each.
    """

    pieces: tuple[Piece, ...]
    before: Verdict
    change: Piece | None
    swaps: tuple[Suggestion, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some of the items that a search found.

    Args:
        items: the best first.
        total: how many there are on all pages.
        offset: how many come before these.
        next: path of the next page, None on the last one.
        notes: a sentence each.
    """

    items: tuple[Piece, ...]
    total: int
    offset: int = 0
    next: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Count:
    """A name and how many items have it."""

    name: str
    items: int


@dataclass(frozen=True, kw_only=True)
class Slot(Count):
    """A coarse category, how many items it has, and its fine ones.

    Args:
        fines: its fine categories.
        worn: the share of outfits that have it, 0 to 1.
    """

    fines: tuple[Count, ...] = ()
    worn: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Price:
    """The lowest and the highest price, in the catalogue's currency."""

    min: float
    max: float


@dataclass(frozen=True, kw_only=True)
class Shop:
    """What the service dresses from.

    Args:
        name: of the catalogue.
        items: how many.
        version: grows with every change of the catalogue.
        slots: the coarse categories and their fine ones.
        colours: that can be filtered by.
        brands: that can be filtered by.
        price: None where no price is known.
        reads_words: whether wishes and search texts are understood beyond the exact words.
        sees_photographs: whether photographs can be uploaded.
        example: ids of an inviting look.
        limits: what a request may ask for at most.
        questions: how many fill-in-the-blank questions there are.
    """

    name: str
    items: int
    version: int
    slots: tuple[Slot, ...]
    colours: tuple[Count, ...] = ()
    brands: tuple[Count, ...] = ()
    price: Price | None = None
    reads_words: bool = False
    sees_photographs: bool = False
    example: tuple[str, ...] = ()
    limits: Mapping[str, Any] = field(default_factory=dict)
    questions: int = 0


@dataclass(frozen=True, kw_only=True)
class Question:
    """Fill in the blank: which candidate belongs to the outfit?

    Args:
        number: of this question, from 0.
        of: how many there are.
        question: the outfit without one piece.
        candidates: four; one of them was in the outfit.
    """

    number: int
    of: int
    question: tuple[Piece, ...]
    candidates: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a choice.

    Args:
        right: whether it was the piece of the outfit.
        answer: which candidate that is, from 0.
        model: which one the model chose.
        scores: the model's share for each candidate, 1 together.
    """

    right: bool
    answer: int
    model: int
    scores: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Health:
    """That the process lives, and the version of Modiste it runs."""

    status: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """That questions are answered, over how many items, of which version of the catalogue."""

    status: str
    items: int = 0
    catalogue_version: int = 0


Read = TypeVar("Read")


def read_answer(kind: type[Read], document: object) -> Read:
    """A dataclass out of an answer.

    Args:
        kind: the dataclass; its fields are plain values, dataclasses, tuples of them or None.
        document: what the service answered; fields that `kind` does not have are passed over.

    Raises:
        ModisteApiError: (`unreadable_answer`) a field is missing or of another type.
    """
    return _object(kind, document, kind.__name__)


def _object(kind: type[Read], document: object, where: str) -> Read:
    if not isinstance(document, Mapping):
        raise _unreadable(f"{where} is no object")
    values = {}
    for each, hint in _fields(kind):  # type: ignore[arg-type]  # a type is hashable
        if each.name in document:
            values[each.name] = _value(hint, document[each.name], f"{where}.{each.name}")
        elif each.default is MISSING and each.default_factory is MISSING:
            raise _unreadable(f"{where}.{each.name} is missing")
    return kind(**values)


@cache
def _fields(kind: Any) -> list[tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return [(field, hints[field.name]) for field in fields(kind)]


def _value(hint: Any, value: object, where: str) -> object:
    if isinstance(hint, types.UnionType):
        if value is None and types.NoneType in get_args(hint):
            return None
        hint = next(each for each in get_args(hint) if each is not types.NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise _unreadable(f"{where} is no list")
        (each, _) = get_args(hint)
        return tuple(_value(each, one, f"{where}.{n}") for n, one in enumerate(value))
    if is_dataclass(hint):
        return _object(hint, value, where)  # type: ignore[arg-type]
    if get_origin(hint) is not None:  # Mapping[str, ...]
        return dict(_checked(dict, value, where))
    return _plain(hint, value, where)


def _plain(hint: Any, value: object, where: str) -> object:
    if hint is float and type(value) is int:
        return float(value)
    if hint is int and isinstance(value, bool):
        raise _unreadable(f"{where} is no int")
    return _checked(hint, value, where)


def _checked(kind: type[Read], value: object, where: str) -> Read:
    if not isinstance(value, kind):
        raise _unreadable(f"{where} is no {kind.__name__}")
    return value


def _unreadable(what: str) -> ModisteApiError:
    return ModisteApiError(
        f"The answer cannot be read, {what}; is this the address of a Modiste service, and no "
        "older than this client?",
        code=UNREADABLE,
        status=200,
    )

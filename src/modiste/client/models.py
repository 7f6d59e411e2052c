"""What is answered: the documents of version 1, as the service describes them and the client reads.

The routes build them as plain values (`serving/api/answers.py`) and do not check them once more;
the client does, and so do the tests. A number is null where the model gave none that is finite.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

_CLOSED = ConfigDict(extra="forbid", frozen=True)
_IDS = ("shirts-014", "skirts-003")

Portion = Annotated[float, Field(ge=0, le=1)]
Notes = Annotated[
    tuple[str, ...], Field(description="What one should know about the answer.", examples=[[]])
]


class ApiAnswer(BaseModel):
    """An answer; every field is there, and no other."""

    model_config = _CLOSED


class Piece(ApiAnswer):
    """An item of the catalogue, or a photograph of the visitor."""

    id: str = Field(description="Either can be asked with.", examples=["boots-007"])
    category: str = Field(description="The slot, such as `shoes`.", examples=["shoes"])
    fine: str = Field(description="The fine category, such as `ankle boots`.", examples=["boots"])
    title: str = Field(
        description='What the catalogue calls it; "" for photographs.',
        examples=["Black leather boots"],
    )
    price: float | None = Field(description="In the catalogue's currency.", examples=[49.9])
    colour: str | None = Field(
        description="In words: the catalogue's, else the photograph's.", examples=["black"]
    )
    brand: str | None = Field(examples=[None])
    image: str | None = Field(
        description="Address of the photograph, below this host.",
        examples=["/v1/items/boots-007/image"],
    )
    given: bool = Field(description="Whether the request named it.", examples=[False])
    guessed: bool = Field(
        description="Whether its category was guessed from its photograph.", examples=[False]
    )


class Verdict(ApiAnswer):
    """How well an outfit goes together."""

    probability: Portion = Field(
        description="That people would make it, among as many made as spoilt ones.",
        examples=[0.81],
    )
    logit: float | None = Field(description="What the model says, unbounded.", examples=[1.42])
    words: str = Field(
        description="goes together, daring, or fights itself.", examples=["goes together"]
    )
    calibrated: bool = Field(description="false: the logit was taken at its word.", examples=[True])
    interval: Annotated[tuple[float, ...], Field(min_length=2, max_length=2)] | None = Field(
        description="Between what the probability probably is; null where nobody knows.",
        examples=[[0.71, 0.87]],
    )


class Score(Verdict):
    """The verdict on some pieces."""

    pieces: tuple[Piece, ...] = Field(description="As given.")
    notes: Notes


class Suggestion(Piece):
    """An item to wear with the pieces."""

    score: float | None = Field(description="Ranks within one answer.", examples=[1.93])
    verdict: Verdict = Field(description="On the outfit with it.")
    why: str = Field(description="A few words.", examples=["goes with the skirt"])


class Completion(ApiAnswer):
    """Items to wear with the pieces, best first."""

    pieces: tuple[Piece, ...] = Field(description="As given.")
    category: str | None = Field(description="The one asked for; null: any.", examples=["shoes"])
    suggestions: tuple[Suggestion, ...]
    notes: Notes


class Look(Verdict):
    """A whole outfit."""

    wish: float | None = Field(
        description="How well it answers the wish, in standard deviations above the catalogue's "
        "mean; null without one.",
        examples=[0.5],
    )
    value: float | None = Field(description="Ranks within one answer.", examples=[2.31])
    pieces: tuple[Piece, ...] = Field(description="The given ones first.")


class Composition(ApiAnswer):
    """Whole looks, best first."""

    looks: tuple[Look, ...]
    notes: Notes


class Adds(ApiAnswer):
    """What a piece does to an outfit; below 0 it costs."""

    logit: float | None = Field(
        description="How much higher the model's logit is with it.", examples=[0.41]
    )
    probability: float | None = Field(
        description="The same in the probability, -1 to 1.", examples=[0.09]
    )


class Share(Piece):
    """A piece, and what it does to the outfit."""

    adds: Adds


class Pair(ApiAnswer):
    """How two pieces get on, beyond what each does alone; below 0 they clash."""

    pieces: Annotated[tuple[str, ...], Field(min_length=2, max_length=2)] = Field(
        description="Their ids.", examples=[_IDS]
    )
    logit: float | None = Field(examples=[0.42])


class Explanation(Verdict):
    """Why an outfit is judged as it is."""

    pieces: tuple[Share, ...] = Field(description="In the order given.")
    clash: Pair | None = Field(
        description="The pair that gets on worst, if it costs.", examples=[None]
    )
    match: Pair | None = Field(description="The pair that gets on best, if it adds.")
    pairs: tuple[Pair, ...] = Field(description="All pairs, the worst first.")
    sentence: str = Field(description="The gist.", examples=["The boots lift it most."])
    compared: str = Field(
        description="What a piece's share is measured against.",
        examples=["against the usual piece of its kind"],
    )
    notes: Notes


class Revision(ApiAnswer):
    """The piece to change, and what to wear instead."""

    pieces: tuple[Piece, ...] = Field(description="As given.")
    before: Verdict = Field(description="On them.")
    change: Piece | None = Field(description="null: nothing would be better.")
    swaps: tuple[Suggestion, ...] = Field(description="The best first.")
    notes: Notes


class Page(ApiAnswer):
    """A page of the catalogue."""

    items: tuple[Piece, ...] = Field(description="The best first.")
    total: int = Field(description="How many there are on all pages.", examples=[312])
    offset: int = Field(description="How many come before these.", examples=[0])
    next: str | None = Field(
        description="Address of the next page; null at the end.",
        examples=["/v1/items?category=shoes&offset=24"],
    )
    notes: Notes


class Item(Piece):
    """An item, with all that the catalogue says of it."""

    attributes: dict[str, str] = Field(examples=[{"season": "2023"}])


class Upload(Piece):
    """A photograph that was sent."""

    note: str = Field(description='What was guessed of it; "" where nothing was.', examples=[""])
    expires: str | None = Field(
        description="When it goes if nobody asks for it, ISO 8601; null: it stays.",
        examples=["2027-01-01T18:00:00+00:00"],
    )


class Removed(ApiAnswer):
    """How much has gone."""

    removed: int = Field(examples=[1])


class Count(ApiAnswer):
    """A word to filter by, and how many items it leaves."""

    name: str = Field(examples=["boots"])
    items: int = Field(examples=[871])


class Slot(Count):
    """A slot and its fine categories."""

    fines: tuple[Count, ...]
    worn: float = Field(description="The share of outfits that have it, 0 to 1.", examples=[0.62])


class Price(ApiAnswer):
    """From the cheapest to the dearest."""

    min: float = Field(examples=[4.99])
    max: float = Field(examples=[299.9])


@with_config(_CLOSED)
class Limits(TypedDict):
    """How much one request may ask."""

    pieces: Annotated[int, Field(examples=[20])]
    suggestions: Annotated[int, Field(examples=[50])]
    looks: Annotated[int, Field(examples=[8])]
    page: Annotated[int, Field(examples=[100])]
    words: Annotated[int, Field(description="Characters of a wish or a text.", examples=[200])]
    upload_bytes: Annotated[int, Field(examples=[10_485_760])]
    upload_pixels: Annotated[int, Field(examples=[40_000_000])]
    uploads: Annotated[int, Field(description="Photographs of one visitor.", examples=[32])]
    sizes: Annotated[
        list[int],
        Field(
            description="Longer edges of photographs, in pixels.", examples=[[96, 192, 384, 768]]
        ),
    ]


class Shop(ApiAnswer):
    """What there is."""

    name: str = Field(description="Of the catalogue.", examples=["mango"])
    items: int = Field(examples=[9222])
    version: int = Field(description="Grows with every change of the catalogue.", examples=[1])
    slots: tuple[Slot, ...]
    colours: tuple[Count, ...] = Field(description="To filter by, the most frequent first.")
    brands: tuple[Count, ...] = Field(description="The same.")
    price: Price | None = Field(description="null where no price is known.")
    reads_words: bool = Field(description="Whether a wish can be read.", examples=[True])
    sees_photographs: bool = Field(description="Whether photographs can be sent.", examples=[True])
    example: tuple[str, ...] = Field(
        description="Ids of a look that invites; may be empty.", examples=[[*_IDS, "boots-007"]]
    )
    limits: Limits
    questions: int = Field(description="Fill-in-the-blank questions.", examples=[1800])


class Question(ApiAnswer):
    """An outfit with a blank, and four candidates for it."""

    number: int = Field(description="From 0.", examples=[0])
    of: int = Field(description="How many there are.", examples=[1800])
    question: tuple[Piece, ...] = Field(description="The outfit without one piece.")
    candidates: Annotated[tuple[Piece, ...], Field(min_length=4, max_length=4)] = Field(
        description="One of them was in the outfit."
    )


class Answer(ApiAnswer):
    """Whether a choice was right, and what the model would have chosen."""

    right: bool = Field(examples=[True])
    answer: int = Field(description="Index of the right candidate.", examples=[2])
    model: int = Field(description="Index of the candidate that the model chose.", examples=[2])
    scores: Annotated[tuple[Portion, ...], Field(min_length=4, max_length=4)] = Field(
        description="The model's share for each candidate; they sum to 1.",
        examples=[[0.12, 0.2, 0.61, 0.07]],
    )


class Health(ApiAnswer):
    """The process lives."""

    status: str = Field(examples=["ok"])
    version: str = Field(description="Of Modiste.", examples=["0.1.0"])


class Readiness(ApiAnswer):
    """Questions are answered."""

    status: str = Field(examples=["ready"])
    items: int = Field(examples=[9222])
    catalogue_version: int = Field(examples=[1])


class Error(ApiAnswer):
    """What is wrong."""

    code: str = Field(description="Never changes its meaning.", examples=["unknown_item"])
    message: str = Field(
        description="One sentence: what is wrong, and what to do.",
        examples=["No item 'x' here; ask /v1/items."],
    )
    where: str | None = Field(description="The field.", examples=["pieces.1"])
    request_id: str = Field(examples=["54b0c8d6"])


class Failure(ApiAnswer):
    """Every answer of status 400 or more."""

    error: Error

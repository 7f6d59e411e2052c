"""What is asked: the bodies and queries of version 1, with all their limits."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_PIECES = 20
MOST_SUGGESTIONS = 50
MOST_LOOKS = 8
MOST_EXCLUDED = 500
MOST_OFFSET = 1_000_000
MOST_ON_PAGE = 100
MOST_CHARACTERS = 200

_NO_NUL = r"^[^\x00]*$"

PieceId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MOST_CHARACTERS, pattern=_NO_NUL),
    Field(description="Id of an item, or of a photograph uploaded in this visit."),
]
Word = Annotated[str, StringConstraints(min_length=1, max_length=MOST_CHARACTERS, pattern=_NO_NUL)]
Wish = Annotated[str, StringConstraints(min_length=1, max_length=MOST_CHARACTERS, pattern=_NO_NUL)]
Words = Annotated[list[Word], Field(max_length=100)]
Price = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class ApiRequest(BaseModel):
    """A request; fields that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Body(ApiRequest):
    """A request as a JSON document; a number is a number there, not a text of one."""

    model_config = ConfigDict(strict=True)


class FiltersAsked(Body):
    """Which items may be suggested: all conditions hold at once; words without regard to case."""

    categories: Words = Field(default=[], description="Slots or fine categories: any of them.")
    price_min: Price | None = Field(default=None, description="In the catalogue's currency.")
    price_max: Price | None = Field(default=None, description="Items without a price are left out.")
    colours: Words = Field(default=[], description="Any of them.")
    brands: Words = Field(default=[], description="Any of them.")
    in_stock: bool | None = Field(default=None, description="null: in stock or not.")
    attributes: dict[Word, Words] = Field(
        default={},
        max_length=20,
        description="Name -> values: any value of a name, and all names.",
        examples=[{}],
    )
    exclude_items: Annotated[list[PieceId], Field(max_length=MOST_EXCLUDED)] = []
    exclude_categories: Words = []


_WORN = [["shirts-014", "skirts-003"]]
PartialOutfit = Annotated[
    list[PieceId],
    Field(max_length=MOST_PIECES, description="What is worn; may be empty.", examples=_WORN),
]
SomePieces = Annotated[
    list[PieceId],
    Field(min_length=1, max_length=MOST_PIECES, description="What is worn.", examples=_WORN),
]
Outfit = Annotated[
    list[PieceId],
    Field(min_length=2, max_length=MOST_PIECES, description="The outfit.", examples=_WORN),
]
FiltersGiven = Annotated[
    FiltersAsked, Field(examples=[{"price_max": 60, "colours": ["black", "brown"]}])
]


class ScoreAsked(Body):
    """How well do these go together?"""

    pieces: Outfit


class CompleteAsked(Body):
    """What to wear with these?"""

    pieces: SomePieces
    category: Word | None = Field(
        default=None,
        description="A slot or a fine category; null: any that is still open.",
        examples=["shoes"],
    )
    k: int = Field(default=10, ge=1, le=MOST_SUGGESTIONS, description="How many suggestions.")
    filters: FiltersGiven = FiltersAsked()
    diversity: float = Field(
        default=0.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="0: the best; to 1: as unlike one another as possible.",
    )


class ComposeAsked(Body):
    """Which whole looks around these?"""

    pieces: PartialOutfit = []
    wish: Wish | None = Field(
        default=None, description="A wish in words.", examples=["something blue for rain"]
    )
    slots: Annotated[list[Word], Field(min_length=1, max_length=12)] | None = Field(
        default=None,
        description="The slots of the whole look; null: what people wear.",
        examples=[["tops", "bottoms", "shoes"]],
    )
    looks: int = Field(default=3, ge=1, le=MOST_LOOKS)
    filters: FiltersGiven = FiltersAsked()
    seed: int = Field(
        default=0, ge=0, le=2**31 - 1, description="0: the best; any other: a little at random."
    )


class ExplainAsked(Body):
    """Why is the verdict what it is?"""

    pieces: Outfit


class ReviseAsked(Body):
    """Which piece should change, and for what?"""

    pieces: Outfit
    keep: Annotated[list[PieceId], Field(max_length=MOST_PIECES, examples=[["skirts-003"]])] = []
    k: int = Field(default=5, ge=1, le=MOST_SUGGESTIONS, description="How many swaps.")
    filters: FiltersGiven = FiltersAsked()


class AnswerAsked(Body):
    """Which candidate completes the outfit?"""

    choice: int = Field(ge=0, le=3, description="Index of the candidate, from 0.", examples=[2])


class BrowseAsked(ApiRequest):
    """A search of the catalogue, as the query of an address."""

    text: Annotated[str, StringConstraints(max_length=MOST_CHARACTERS, pattern=_NO_NUL)] | None = (
        Field(
            default=None,
            description="Words: of titles, categories and ids first, then by likeness.",
        )
    )
    like: PieceId | None = Field(default=None, description="What it should look like.")
    fits: Annotated[list[PieceId], Field(max_length=MOST_PIECES)] = Field(
        default=[], description="What it should be worn with; the best fit comes first."
    )
    category: Words = Field(default=[], description="Slots or fine categories: any of them.")
    colour: Words = Field(default=[], description="Any of them.")
    brand: Words = Field(default=[], description="Any of them.")
    price_min: Price | None = None
    price_max: Price | None = None
    in_stock: bool | None = None
    exclude: Annotated[list[PieceId], Field(max_length=MOST_EXCLUDED)] = Field(
        default=[], description="Items to leave out."
    )
    offset: int = Field(default=0, ge=0, le=MOST_OFFSET)
    limit: int = Field(default=24, ge=1, le=MOST_ON_PAGE)

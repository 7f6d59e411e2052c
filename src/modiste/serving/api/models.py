"""What is answered: the documents of version 1, for its description and for those who read it.

The routes build these documents as plain values (`answers.py`) and do not check them once more; the
tests do.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]


class ApiAnswer(BaseModel):
    """An answer; every field is there, and no other."""

    model_config = ConfigDict(extra="forbid")


class PieceAnswered(ApiAnswer):
    """An item of the catalogue, or a photograph of the visitor."""

    id: str
    category: str = Field(description="The slot, such as `shoes`.")
    fine: str = Field(description="The fine category, such as `ankle boots`.")
    title: str = Field(description='What the catalogue calls it; "" for photographs.')
    price: float | None
    colour: str | None = Field(description="In words: the catalogue's, else the photograph's.")
    brand: str | None
    image: str | None = Field(description="Address of the photograph, below this host.")
    given: bool = Field(description="Whether the request named it.")
    guessed: bool = Field(description="Whether its category was guessed from its photograph.")


class Verdict(ApiAnswer):
    """How well an outfit goes together."""

    probability: Share = Field(
        description="That people would make it, among as many made as spoilt ones."
    )
    logit: float | None = Field(description="What the model says, unbounded.")
    words: str = Field(description="goes together, daring, or fights itself.")
    calibrated: bool
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        description="Between what the probability probably is; null where nobody knows."
    )


class ScoreAnswered(Verdict):
    """The verdict on some pieces."""

    pieces: list[PieceAnswered]
    notes: list[str] = Field(description="What one should know about the answer.")


class SuggestionAnswered(PieceAnswered):
    """An item to wear with the pieces."""

    score: float | None = Field(description="Ranks within one answer.")
    verdict: Verdict = Field(description="On the outfit with it.")
    why: str = Field(description="A few words.")


class CompleteAnswered(ApiAnswer):
    """Items to wear with the pieces, best first."""

    pieces: list[PieceAnswered]
    category: str | None
    suggestions: list[SuggestionAnswered]
    notes: list[str]


class LookAnswered(Verdict):
    """A whole outfit."""

    wish: float | None = Field(description="How well it answers the wish, in standard deviations.")
    value: float | None = Field(description="Ranks within one answer.")
    pieces: list[PieceAnswered]


class ComposeAnswered(ApiAnswer):
    """Whole looks, best first."""

    looks: list[LookAnswered]
    notes: list[str]


class AddsAnswered(ApiAnswer):
    """What a piece does to an outfit; below 0 it costs."""

    logit: float | None
    probability: float | None


class ShareAnswered(PieceAnswered):
    """A piece, and what it does to the outfit."""

    adds: AddsAnswered


class PairAnswered(ApiAnswer):
    """How two pieces get on, beyond what each does alone; below 0 they clash."""

    pieces: Annotated[list[str], Field(min_length=2, max_length=2)]
    logit: float | None


class ExplainAnswered(Verdict):
    """Why an outfit is judged as it is."""

    pieces: list[ShareAnswered]
    clash: PairAnswered | None = Field(description="The pair that gets on worst, if it costs.")
    match: PairAnswered | None = Field(description="The pair that gets on best, if it adds.")
    pairs: list[PairAnswered] = Field(description="All pairs, the worst first.")
    sentence: str = Field(description="The gist.")
    compared: str = Field(description="What a piece's share is measured against.")
    notes: list[str]


class ReviseAnswered(ApiAnswer):
    """The piece to change, and what to wear instead."""

    pieces: list[PieceAnswered]
    before: Verdict
    change: PieceAnswered | None = Field(description="null: nothing would be better.")
    swaps: list[SuggestionAnswered]
    notes: list[str]


class BrowseAnswered(ApiAnswer):
    """A page of the catalogue."""

    items: list[PieceAnswered]
    total: int
    offset: int
    next: str | None = Field(description="Address of the next page; null at the end.")
    notes: list[str]


class ItemAnswered(PieceAnswered):
    """An item, with all that the catalogue says of it."""

    attributes: dict[str, str]


class UploadAnswered(PieceAnswered):
    """A photograph that was sent."""

    note: str = Field(description='What was guessed of it; "" where nothing was.')
    expires: str | None = Field(
        description="When it goes if nobody asks for it, ISO 8601; null: it stays."
    )


class RemovedAnswered(ApiAnswer):
    """How much has gone."""

    removed: int


class NamedAnswered(ApiAnswer):
    """A word to filter by, and how many items it leaves."""

    name: str
    items: int


class SlotAnswered(NamedAnswered):
    """A slot and its fine categories."""

    fines: list[NamedAnswered]
    worn: float = Field(description="The share of outfits that have it, 0 to 1.", examples=[0.62])


class PricesAnswered(ApiAnswer):
    """From the cheapest to the dearest."""

    min: float
    max: float


class LimitsAnswered(ApiAnswer):
    """How much one request may ask."""

    pieces: int
    suggestions: int
    looks: int
    page: int
    words: int = Field(description="Characters of a wish or a text.")
    upload_bytes: int
    upload_pixels: int
    uploads: int = Field(description="Photographs of one visitor.")
    sizes: list[int] = Field(description="Longer edges of photographs, in pixels.")


class ShopAnswered(ApiAnswer):
    """What there is."""

    name: str
    items: int
    version: int
    slots: list[SlotAnswered]
    colours: list[NamedAnswered]
    brands: list[NamedAnswered]
    price: PricesAnswered | None
    reads_words: bool = Field(description="Whether a wish can be read.")
    sees_photographs: bool = Field(description="Whether photographs can be sent.")
    example: list[str] = Field(description="Ids of a look that invites; may be empty.")
    limits: LimitsAnswered
    questions: int


class QuestionAnswered(ApiAnswer):
    """An outfit with a blank, and four candidates for it."""

    number: int
    of: int
    question: list[PieceAnswered]
    candidates: Annotated[list[PieceAnswered], Field(min_length=4, max_length=4)]


class AnswerAnswered(ApiAnswer):
    """Whether a choice was right, and what the model would have chosen."""

    right: bool
    answer: int = Field(description="Index of the right candidate.")
    model: int = Field(description="Index of the candidate that the model chose.")
    scores: Annotated[list[Share], Field(min_length=4, max_length=4)] = Field(
        description="The model's share for each candidate; they sum to 1."
    )


class HealthAnswered(ApiAnswer):
    """The process lives."""

    status: str
    version: str


class ReadyAnswered(ApiAnswer):
    """Questions are answered."""

    status: str
    items: int
    catalogue_version: int


class ErrorAnswered(ApiAnswer):
    """What is wrong."""

    code: str = Field(description="Never changes its meaning.", examples=["unknown_item"])
    message: str = Field(description="One sentence: what is wrong, and what to do.")
    where: str | None = Field(description="The field.", examples=["pieces.1"])
    request_id: str


class FailureAnswered(ApiAnswer):
    """Every answer of status 400 or more."""

    error: ErrorAnswered

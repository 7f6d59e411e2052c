"""A Python client of the HTTP API: `Client`, its answers, and its one error."""

from modiste.client.answers import (
    Answer,
    Completion,
    Composition,
    Explanation,
    Item,
    Look,
    Page,
    Piece,
    Question,
    Revision,
    Score,
    Shop,
    Suggestion,
    Upload,
    Verdict,
)
from modiste.client.client import Client
from modiste.client.errors import ModisteApiError
from modiste.client.wishes import Filters, Search

__all__ = [
    "Answer",
    "Client",
    "Completion",
    "Composition",
    "Explanation",
    "Filters",
    "Item",
    "Look",
    "ModisteApiError",
    "Page",
    "Piece",
    "Question",
    "Revision",
    "Score",
    "Search",
    "Shop",
    "Suggestion",
    "Upload",
    "Verdict",
]

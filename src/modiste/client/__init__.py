"""A Python client of the HTTP API: `Client`, its answers, and its one error."""

from modiste.client.client import Client
from modiste.client.models import (
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
from modiste.client.parameters import Filters, Search
from modiste.client.transport import ModisteApiError

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

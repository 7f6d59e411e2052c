"""Which errors a route can answer, for the description of the API."""

from __future__ import annotations

from typing import Any

from modiste.serving.problems import RETRY_AFTER, STATUS
from modiste.serving.schemas_answers import FailureAnswered

MEANING = {
    "malformed": "the body is no JSON, or no form",
    "key_missing": "this needs a key",
    "key_wrong": "another key is needed",
    "foreign_origin": "pages of that origin may not call",
    "not_found": "there is no such thing",
    "too_slow": "the body did not arrive in time",
    "conflict": "what is served cannot be changed",
    "too_large": "the body is too large",
    "url_too_long": "the address is too long",
    "unsupported_media": "another content type is needed",
    "unknown_host": "the service does not go by that name",
    "invalid": "the request is not as described here",
    "unknown_item": "no item, and no photograph of this visitor, has that id",
    "unknown_name": "no such category, colour, brand or attribute",
    "misuse": "what is asked for cannot be",
    "image_unreadable": "the photograph is broken, or none",
    "too_many_requests": "wait a little",
    "headers_too_large": "too many headers",
    "internal": "a defect of the service",
    "catalogue_unavailable": "the database of the catalogue does not answer",
    "not_ready": "the service is starting",
    "overloaded": "too many requests wait",
}
"""Code -> what it means, in a few words."""

ANYWHERE = (
    "url_too_long",
    "unknown_host",
    "too_many_requests",
    "headers_too_large",
    "internal",
    "catalogue_unavailable",
    "not_ready",
    "overloaded",
)
WRITING = ("malformed", "foreign_origin", "too_slow", "too_large", "unsupported_media", "invalid")
ASKING = (*WRITING, "unknown_item", "unknown_name", "misuse")
"""What questions to the stylist may come to."""


def failures(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer these codes, and those that any may."""
    by_status: dict[int, list[str]] = {}
    for code in sorted({*codes, *ANYWHERE}, key=list(STATUS).index):
        by_status.setdefault(STATUS[code], []).append(code)
    return {status: _failure(names) for status, names in sorted(by_status.items())}


def _failure(codes: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "model": FailureAnswered,
        "description": "; ".join(f"`{code}`: {MEANING[code]}" for code in codes) + ".",
    }
    if any(code in RETRY_AFTER for code in codes):
        seconds = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        found["headers"] = {"Retry-After": seconds}
    return found

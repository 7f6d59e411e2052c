"""Photographs as an answer: which may be asked for, and when a browser has them already."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from modiste.errors import ImageError
from modiste.serving.asking import house_of
from modiste.serving.problems import not_found
from modiste.serving.thumbnails import Thumbnail

_BINARY = {"schema": {"type": "string", "format": "binary"}}
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The photograph.",
        "content": {"image/webp": _BINARY},
        "headers": {"ETag": {"schema": {"type": "string"}}},
    },
    304: {"description": "The one that If-None-Match names is still right."},
}
"""How a photograph is described."""


class Size(IntEnum):
    """Longer edges that are made: few, so that they can be kept."""

    TINY = 96
    SMALL = 192
    MIDDLE = 384
    LARGE = 768


class PictureAsked(BaseModel):
    """How a photograph is to be shown, as the query of an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: Size = Field(default=Size.MIDDLE, description="Longer edge at most, in pixels.")
    cut: bool = Field(
        default=False, description="The garment alone, on a transparent ground, close to its edges."
    )


async def picture_answer(
    request: Request, path: Path, asked: PictureAsked, *, private: bool = False
) -> Response:
    """A photograph as it is asked for, or nothing where the browser has it already.

    Raises:
        Problem: it is not there, or cannot be read.
    """
    house = house_of(request)
    found = house.thumbnails.kept(path, asked.size, cut=asked.cut)
    if found is None:
        try:
            found = await house.in_pool(house.thumbnails.get, path, asked.size, asked.cut)
        except (ImageError, OSError) as error:
            raise not_found("photograph that can be shown") from error
    return _as_answer(request, found, private)


def _as_answer(request: Request, found: Thumbnail, private: bool) -> Response:
    headers = {
        "ETag": found.tag,
        "Cache-Control": "private, max-age=3600" if private else "public, max-age=86400",
    }
    known = {tag.strip().removeprefix("W/") for tag in _named(request)}
    if found.tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(found.data, headers=headers, media_type=found.media_type)


def _named(request: Request) -> list[str]:
    return request.headers.get("if-none-match", "").split(",")

"""What every route does with a request: whose it is, what it may use, how it is answered.

An id is looked up and nothing else: it never opens a file, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from modiste.catalogue.filters import Filter
from modiste.errors import ImageError
from modiste.serving.api.answers import as_bytes
from modiste.serving.api.requests import FiltersAsked
from modiste.serving.photographs.thumbnails import Thumbnail
from modiste.serving.photographs.uploads import VISITOR, UploadStore
from modiste.serving.problems import Problem, not_found, shortened, unknown_item
from modiste.serving.service import Service
from modiste.serving.version import ServedVersion
from modiste.stylist.pieces import Piece


def find_pieces(
    served: ServedVersion,
    uploads: UploadStore,
    visitor: str | None,
    ids: Sequence[str],
    where: str = "pieces",
) -> list[Piece]:
    """The pieces of a request.

    Args:
        served: the version that answers it.
        uploads: everybody's photographs.
        visitor: whose photographs may be used; None: nobody's.
        ids: as asked.
        where: the field that they stand in.

    Raises:
        Problem: an id is unknown, or given twice; names its place.
    """
    found: list[Piece] = []
    seen: set[str] = set()
    for place, name in enumerate(ids):
        at = f"{where}.{place}"
        if name in seen:
            raise Problem(
                "misuse", f"The piece {shortened(name)} is given twice; give it once.", at
            )
        seen.add(name)
        found.append(find_piece(served, uploads, visitor, name, at))
    return found


def find_piece(
    served: ServedVersion, uploads: UploadStore, visitor: str | None, name: str, where: str
) -> Piece:
    """One piece of a request.

    Raises:
        Problem: the id is unknown, or a photograph of somebody else.
    """
    if name in served:
        return served.piece(name)
    upload = uploads.find(name, visitor)
    if upload is None:
        raise unknown_item(name, where)
    return upload.piece_in(served)


COOKIE = "modiste_visitor"


def service_of(request: Request) -> Service:
    """The service that the application serves."""
    return cast(Service, request.app.state.service)


def visitor_of(request: Request) -> str | None:
    """Who asks, as far as a cookie tells; None for somebody new, or a cookie that is not ours."""
    given = request.cookies.get(COOKIE)
    return given if given is not None and VISITOR.fullmatch(given) else None


def pieces_of(
    request: Request, served: ServedVersion, ids: Sequence[str], where: str = "pieces"
) -> list[Piece]:
    """The pieces that a request names; see `find_pieces`."""
    return find_pieces(served, service_of(request).uploads, visitor_of(request), ids, where)


def filters_of(served: ServedVersion, asked: FiltersAsked) -> Filter:
    """The filters of a request as the stylist takes them.

    Raises:
        Misuse: they contradict each other.
    """
    return Filter(
        categories=tuple(asked.categories),
        price_min=asked.price_min,
        price_max=asked.price_max,
        colours=tuple(asked.colours),
        brands=tuple(asked.brands),
        in_stock=asked.in_stock,
        attributes=tuple((name, v) for name, values in asked.attributes.items() for v in values),
        exclude_items=tuple(item_id for item_id in asked.exclude_items if item_id in served),
        exclude_categories=tuple(asked.exclude_categories),
    )


def is_image(request: Request) -> bool:
    """Whether the address itself ends in /image; in an id the slash is percent-encoded."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.partition(b"?")[0].endswith(b"/image")


def answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A document, or its bytes, as a JSON answer."""
    data = document if isinstance(document, bytes) else as_bytes(document)
    return Response(data, status, headers, "application/json")


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


class PictureSize(IntEnum):
    """Longer edges that are made: few, so that they can be kept."""

    TINY = 96
    SMALL = 192
    MIDDLE = 384
    LARGE = 768


class PictureAsked(BaseModel):
    """How a photograph is to be shown, as the query of an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: PictureSize = Field(
        default=PictureSize.MIDDLE, description="Longer edge at most, in pixels."
    )
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
    service = service_of(request)
    found = service.thumbnails.kept(path, asked.size, cut=asked.cut)
    if found is None:
        try:
            found = await service.in_pool(service.thumbnails.get, path, asked.size, asked.cut)
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

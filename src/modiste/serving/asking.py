"""What every route does with a request: whose it is, what it may use, how it is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from modiste.serving.answers import as_bytes
from modiste.serving.house import House
from modiste.serving.pieces import find_pieces
from modiste.serving.schemas import FiltersAsked
from modiste.serving.served import Served
from modiste.serving.uploads import VISITOR
from modiste.stylist.filters import Filters
from modiste.stylist.pieces import Piece

COOKIE = "modiste_visitor"


def house_of(request: Request) -> House:
    """The house that the application serves."""
    return cast(House, request.app.state.house)


def visitor_of(request: Request) -> str | None:
    """Who asks, as far as a cookie tells; None for somebody new, or a cookie that is not ours."""
    given = request.cookies.get(COOKIE)
    return given if given is not None and VISITOR.fullmatch(given) else None


def pieces_of(
    request: Request, served: Served, ids: Sequence[str], where: str = "pieces"
) -> list[Piece]:
    """The pieces that a request names; see `find_pieces`."""
    return find_pieces(served, house_of(request).uploads, visitor_of(request), ids, where)


def filters_of(served: Served, asked: FiltersAsked) -> Filters:
    """The filters of a request as the stylist takes them.

    Raises:
        Misuse: they contradict each other.
    """
    return Filters(
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

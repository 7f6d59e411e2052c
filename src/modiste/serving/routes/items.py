"""`items`: the catalogue, searched; one item; its photograph."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from modiste.errors import ImageError
from modiste.serving.answers import as_bytes
from modiste.serving.asking import answer, filters_of, house_of, pieces_of
from modiste.serving.browsing import browse
from modiste.serving.keys import require_key
from modiste.serving.problems import not_found
from modiste.serving.schemas import BrowseAsked, FiltersAsked
from modiste.serving.served import Served
from modiste.serving.thumbnails import Thumbnail

router = APIRouter(prefix="/v1", tags=["items"])
ItemId = Annotated[str, Path(description="The item's id, percent-encoded.", examples=["shoes-1"])]
Size = Annotated[Literal[96, 192, 384, 768], Query(description="Longer edge, in pixels.")]


@router.get("/items")
async def items(request: Request, asked: Annotated[BrowseAsked, Query()]) -> Response:
    """Search the catalogue, a page at a time."""
    house = house_of(request)
    served = house.served
    like = [] if asked.like is None else pieces_of(request, served, [asked.like], "like")
    fits = pieces_of(request, served, asked.fits, "fits")
    filters = filters_of(
        served,
        FiltersAsked(
            categories=asked.category,
            colours=asked.colour,
            brands=asked.brand,
            price_min=asked.price_min,
            price_max=asked.price_max,
            in_stock=asked.in_stock,
            exclude_items=asked.exclude,
        ),
    )

    def work() -> bytes:
        ids, total = browse(
            served,
            filters,
            text=asked.text,
            like=like[0] if like else None,
            fits=fits,
            window=(asked.offset, asked.limit),
        )
        return as_bytes(
            {
                "items": [shown(served, item_id) for item_id in ids],
                "total": total,
                "offset": asked.offset,
                "next": _next(asked, total),
                "notes": [],
            }
        )

    return answer(await house.batcher.alone(work, long=False))


@router.get("/items/{item_id:path}/image")
async def image(request: Request, item_id: ItemId, size: Size = 384, cut: bool = False) -> Response:
    """An item's photograph, shrunk; or the garment cut out of it."""
    house = house_of(request)
    path = house.served.image_path(item_id)
    if path is None:
        raise not_found("photograph of that item")
    try:
        found = await house.in_pool(lambda: house.thumbnails.get(path, int(size), cut=cut))
    except (ImageError, OSError) as error:
        raise not_found("photograph of that item") from error
    return picture_answer(request, found)


@router.get("/items/{item_id:path}")
async def item(request: Request, item_id: ItemId) -> Response:
    """One item, with all that the catalogue says of it."""
    served = house_of(request).served
    if item_id not in served:
        raise not_found("item of that id")
    attributes = served.stock.wardrobe.item(item_id).attributes
    return answer(shown(served, item_id) | {"attributes": dict(attributes)})


@router.delete("/items/{item_id:path}")
async def remove(request: Request, item_id: ItemId) -> Response:
    """Take an item out of the catalogue; needs a key."""
    require_key(request)
    house = house_of(request)
    removed = await house.in_pool(house.remove, item_id)
    if not removed:
        raise not_found("item of that id")
    return answer({"removed": removed})


def shown(served: Served, item_id: str) -> dict[str, Any]:
    """An item that nobody gave."""
    return served.shown(served.piece(item_id).garment) | {"given": False}


def picture_answer(request: Request, found: Thumbnail, *, private: bool = False) -> Response:
    """A photograph, or nothing where the browser has it already."""
    headers = {
        "ETag": found.tag,
        "Cache-Control": "private, max-age=3600" if private else "public, max-age=86400",
    }
    if found.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.data, headers=headers, media_type=found.media_type)


def _next(asked: BrowseAsked, total: int) -> str | None:
    """Address of the next page, None at the end."""
    following = asked.offset + asked.limit
    if following >= total or following > 1_000_000:
        return None
    facts = asked.model_dump(exclude_defaults=True) | {"offset": following}
    return f"/v1/items?{urlencode(facts, doseq=True)}"

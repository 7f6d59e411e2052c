"""`items`: the catalogue, searched; one item; its photograph."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from modiste.client.models import Item, Page, Removed
from modiste.serving.api.answers import as_bytes
from modiste.serving.api.requests import MOST_OFFSET, BrowseAsked, FiltersAsked
from modiste.serving.edge.access import require_key
from modiste.serving.problems import ASKING, Problem, failures, not_found
from modiste.serving.routes.deps import (
    PICTURE,
    PictureAsked,
    answer,
    filters_of,
    is_image,
    picture_answer,
    pieces_of,
    service_of,
)
from modiste.serving.version import ServedVersion
from modiste.stylist.find import SearchRequest

router = APIRouter(prefix="/v1", tags=["items"])
ItemId = Annotated[
    str, Path(min_length=1, description="The item's id, percent-encoded.", examples=["shoes-1"])
]


@router.get("/items", response_model=Page, responses=failures(*ASKING))
async def items(request: Request, asked: Annotated[BrowseAsked, Query()]) -> Response:
    """Search the catalogue, a page at a time.

    Ranked by the words of `text`, else by likeness to `like`, else by fit with `fits`, else by how
    often people wear an item. The filters hold exactly.
    """
    service = service_of(request)
    served = service.served
    like = [] if asked.like is None else pieces_of(request, served, [asked.like], "like")
    wanted = SearchRequest(
        text=(asked.text or "").strip() or None,
        like=like[0] if like else None,
        fits=tuple(pieces_of(request, served, asked.fits, "fits")),
        filters=filters_of(served, filters_asked(asked)),
        offset=asked.offset,
        limit=asked.limit,
    )

    def work() -> bytes:
        page = served.stylist.find(wanted)
        return as_bytes(
            {
                "items": [served.shown(garment) for garment in page.garments],
                "total": page.total,
                "offset": asked.offset,
                "next": following(asked, page.total),
                "notes": served.notes(page.notes),
            }
        )

    return answer(await service.batcher.alone(work, request.receive, long=False))


@router.get(
    "/items/{item_id:path}/image",
    response_class=Response,
    responses=PICTURE | failures("not_found", "invalid"),
)
async def image(
    request: Request, item_id: ItemId, asked: Annotated[PictureAsked, Query()]
) -> Response:
    """An item's photograph, shrunk; or the garment cut out of it."""
    if not is_image(request):  # an id that ends in /image, percent-encoded
        return await item(request, f"{item_id}/image")
    service = service_of(request)
    path = service.served.image_path(item_id)
    if path is None:
        raise not_found("photograph of that item")
    return await picture_answer(request, path, asked)


@router.get(
    "/items/{item_id:path}",
    response_model=Item,
    responses=failures("not_found", "invalid"),
)
async def item(request: Request, item_id: ItemId) -> Response:
    """One item, with all that the catalogue says of it."""
    served = service_of(request).served
    if item_id not in served:
        raise not_found("item of that id")
    return answer(shown(served, item_id) | {"attributes": served.attributes(item_id)})


@router.delete(
    "/items/{item_id:path}",
    response_model=Removed,
    responses=failures(
        "key_missing", "key_wrong", "foreign_origin", "not_found", "conflict", "invalid"
    ),
)
async def remove(request: Request, item_id: ItemId) -> Response:
    """Take an item out of the catalogue; needs a key."""
    if is_image(request):
        raise Problem(
            "method_not_allowed", "A photograph goes with its item.", headers={"Allow": "GET"}
        )
    require_key(request)
    service = service_of(request)
    removed = await service.delete(item_id)
    if not removed:
        raise not_found("item of that id")
    return answer({"removed": removed})


def shown(served: ServedVersion, item_id: str) -> dict[str, Any]:
    """An item that nobody gave."""
    return served.shown(served.piece(item_id).garment) | {"given": False}


def filters_asked(asked: BrowseAsked) -> FiltersAsked:
    """The filters of a search, as other requests give them."""
    return FiltersAsked.model_construct(
        categories=asked.category,
        colours=asked.colour,
        brands=asked.brand,
        price_min=asked.price_min,
        price_max=asked.price_max,
        in_stock=asked.in_stock,
        exclude_items=asked.exclude,
    )


def following(asked: BrowseAsked, total: int) -> str | None:
    """Address of the next page, None at the end."""
    offset = asked.offset + asked.limit
    if offset >= min(total, MOST_OFFSET):
        return None
    facts = asked.model_dump(mode="json", exclude_defaults=True) | {"offset": offset}
    if asked.in_stock is not None:
        facts["in_stock"] = str(asked.in_stock).lower()
    return f"/v1/items?{urlencode(facts, doseq=True)}"

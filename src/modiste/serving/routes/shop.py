"""`shop`, `health`, `ready`: what is served, and whether."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from modiste import __version__
from modiste.serving.asking import answer, house_of

router = APIRouter(prefix="/v1", tags=["service"])


@router.get("/shop")
async def shop(request: Request) -> Response:
    """What there is: counts, words to filter by, an example, limits."""
    house = house_of(request)
    return answer(await house.in_pool(house.shop_facts, house.served))


@router.get("/health")
async def health(request: Request) -> Response:
    """Whether the process lives."""
    return answer({"status": "ok", "version": __version__})


@router.get("/ready")
async def ready(request: Request) -> Response:
    """Whether questions are answered."""
    served = house_of(request).served
    return answer(
        {"status": "ready", "items": len(served.items), "catalogue_version": served.version}
    )

"""`shop`, `health`, `ready`: what is served, and whether."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from modiste import __version__
from modiste.serving.api.models import HealthAnswered, ReadyAnswered, ShopAnswered
from modiste.serving.problems import failures
from modiste.serving.routes.deps import answer, service_of

router = APIRouter(prefix="/v1", tags=["service"], responses=failures())


@router.get("/shop", response_model=ShopAnswered)
async def shop(request: Request) -> Response:
    """What there is: counts, words to filter by, an example, limits."""
    service = service_of(request)
    return answer(await service.counted(service.shop, service.served))


@router.head("/health", include_in_schema=False)
@router.get("/health", response_model=HealthAnswered)
async def health(request: Request) -> Response:
    """Whether the process lives."""
    return answer({"status": "ok", "version": __version__})


@router.head("/ready", include_in_schema=False)
@router.get("/ready", response_model=ReadyAnswered)
async def ready(request: Request) -> Response:
    """Whether questions are answered."""
    service = service_of(request)
    served = service.served
    service.require_catalogue()
    return answer(
        {"status": "ready", "items": len(served.items), "catalogue_version": served.version}
    )

"""`shop`, `health`, `ready`: what is served, and whether."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from modiste import __version__
from modiste.client.models import Health, Readiness, Shop
from modiste.serving.problems import failures
from modiste.serving.routes.deps import answer, service_of

router = APIRouter(prefix="/v1", tags=["service"], responses=failures())


@router.get("/shop", response_model=Shop)
async def shop(request: Request) -> Response:
    """What there is: counts, words to filter by, an example, limits."""
    service = service_of(request)
    return answer(await service.counted(service.shop, service.served))


@router.head("/health", include_in_schema=False)
@router.get("/health", response_model=Health)
async def health(request: Request) -> Response:
    """Whether the process lives."""
    return answer({"status": "ok", "version": __version__})


@router.head("/ready", include_in_schema=False)
@router.get("/ready", response_model=Readiness)
async def ready(request: Request) -> Response:
    """Whether questions are answered."""
    service = service_of(request)
    served = service.served
    service.require_catalogue()
    return answer(
        {"status": "ready", "items": len(served.items), "catalogue_version": served.version}
    )

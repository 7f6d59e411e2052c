"""`uploads`: photographs that a visitor brings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from modiste.client.models import Piece, Removed, Upload
from modiste.serving.edge.access import require_key
from modiste.serving.photographs.forms import UPLOAD_FORM, read_photograph
from modiste.serving.photographs.uploads import StoredUpload, new_visitor
from modiste.serving.problems import WRITING, failures, not_found
from modiste.serving.routes.deps import (
    COOKIE,
    PICTURE,
    PictureAsked,
    answer,
    picture_answer,
    service_of,
    visitor_of,
)

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])
UploadId = Annotated[
    str,
    Path(description="As it was answered.", examples=["photo-0123456789abcdef0123456789abcdef"]),
]


@router.post(
    "",
    status_code=201,
    response_model=Upload,
    responses=failures(
        *WRITING,
        "key_missing",
        "key_wrong",
        "conflict",
        "unknown_name",
        "misuse",
        "image_unreadable",
    ),
    openapi_extra=UPLOAD_FORM,
)
async def send(request: Request) -> Response:
    """Bring a photograph of your own; it goes with the visit, unless a key asks to keep it."""
    service = service_of(request)
    served = service.served
    sent = await read_photograph(request, service.settings.edge.max_upload)
    visitor: str | None = visitor_of(request) or new_visitor()
    if sent.keep:
        require_key(request)
        visitor = None
    upload = await service.receive(served, sent, visitor, request.receive)
    seconds = timedelta(seconds=service.settings.visit_seconds)
    expires = None if sent.keep else (datetime.now(UTC) + seconds).isoformat(timespec="seconds")
    found = answer(
        served.shown(upload.piece.garment) | {"note": upload.piece.note, "expires": expires},
        201,
        {"Location": f"/v1/uploads/{upload.id}"},
    )
    if visitor is not None:
        secure = request.url.scheme == "https"
        found.set_cookie(COOKIE, visitor, httponly=True, samesite="strict", secure=secure)
    return found


@router.get("/{upload_id}", response_model=Piece, responses=failures("not_found", "invalid"))
async def one(request: Request, upload_id: UploadId) -> Response:
    """A photograph of yours as a piece."""
    served = service_of(request).served
    return answer(served.shown(mine(request, upload_id).piece.garment))


@router.get(
    "/{upload_id}/image",
    response_class=Response,
    responses=PICTURE | failures("not_found", "invalid"),
)
async def image(
    request: Request, upload_id: UploadId, asked: Annotated[PictureAsked, Query()]
) -> Response:
    """A photograph of yours, shrunk; or the garment cut out of it."""
    return await picture_answer(request, mine(request, upload_id).path, asked, private=True)


@router.delete(
    "/{upload_id}",
    response_model=Removed,
    responses=failures("key_missing", "key_wrong", "foreign_origin", "not_found", "invalid"),
)
async def remove(request: Request, upload_id: UploadId) -> Response:
    """Forget a photograph of yours; one that is kept for everybody needs a key."""
    service, upload = service_of(request), mine(request, upload_id)
    if upload.visitor is None:
        require_key(request)
    await service.in_pool(partial(service.uploads.remove, upload))
    return answer({"removed": 1})


def mine(request: Request, upload_id: str) -> StoredUpload:
    """The photograph of that id where it is the visitor's, or everybody's.

    Raises:
        Problem: there is none.
    """
    upload = service_of(request).uploads.find(upload_id, visitor_of(request))
    if upload is None:
        raise not_found("photograph of that id")
    return upload

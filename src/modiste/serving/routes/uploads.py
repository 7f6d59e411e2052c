"""`uploads`: photographs that a visitor brings."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from modiste.errors import ImageError
from modiste.serving.asking import COOKIE, answer, house_of, visitor_of
from modiste.serving.keys import require_key
from modiste.serving.problems import Problem, not_found
from modiste.serving.routes.items import Size, picture_answer
from modiste.serving.uploads import Upload

router = APIRouter(prefix="/v1", tags=["uploads"])
UploadId = Annotated[str, Path(examples=["photo-0123456789abcdef0123456789abcdef"])]
FORM_ROOM = 64 * 1024
"""Bytes that a form may have beside its photograph."""


@router.post("/uploads", status_code=201)
async def send(request: Request) -> Response:
    """Bring a photograph of your own; it goes with the visit."""
    house = house_of(request)
    served = house.served
    form = await read_form(request, house.settings.edge.max_upload)
    async with form:
        file, category = form.get("file"), form.get("category")
        if not isinstance(file, UploadFile):
            raise Problem("invalid", "There is no photograph; send it as the field file.", "file")
        data = await file.read()
    if form.get("keep") == "true":
        require_key(request)
    visitor = visitor_of(request) or secrets.token_urlsafe(24)
    path = await house.in_pool(house.uploads.clean, data)
    word = category if isinstance(category, str) and category else None
    piece = await house.batcher.alone(lambda: served.stylist.photograph(path, word))
    upload = house.uploads.keep(served, visitor, path, data, piece)
    expires = datetime.now(UTC) + timedelta(seconds=house.settings.visit_seconds)
    found = answer(
        served.shown(upload.piece.garment)
        | {"note": upload.piece.note, "expires": expires.isoformat(timespec="seconds")},
        201,
        {"Location": f"/v1/uploads/{upload.id}"},
    )
    found.set_cookie(
        COOKIE,
        visitor,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    return found


@router.get("/uploads/{upload_id}")
async def one(request: Request, upload_id: UploadId) -> Response:
    """A photograph of yours as a piece."""
    served = house_of(request).served
    return answer(served.shown(_mine(request, upload_id).piece.garment))


@router.get("/uploads/{upload_id}/image")
async def image(
    request: Request, upload_id: UploadId, size: Size = 384, cut: bool = False
) -> Response:
    """A photograph of yours, shrunk; or the garment cut out of it."""
    house, upload = house_of(request), _mine(request, upload_id)
    try:
        found = await house.in_pool(lambda: house.thumbnails.get(upload.path, int(size), cut=cut))
    except (ImageError, OSError) as error:
        raise not_found("photograph of that id") from error
    return picture_answer(request, found, private=True)


@router.delete("/uploads/{upload_id}")
async def remove(request: Request, upload_id: UploadId) -> Response:
    """Forget a photograph of yours."""
    if not house_of(request).uploads.remove(upload_id, visitor_of(request)):
        raise not_found("photograph of that id")
    return answer({"removed": 1})


async def read_form(request: Request, most: int) -> FormData:
    """Read a form with a photograph, never more than `most` bytes of it and a little room.

    Raises:
        Problem: it is larger, no form, or malformed.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Problem("unsupported_media", "Send the photograph as multipart/form-data.")

    async def bounded() -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > most + FORM_ROOM:
                raise Problem("too_large", f"A photograph may have {most:,} bytes.", "file")
            yield chunk

    try:
        parser = MultiPartParser(
            request.headers, bounded(), max_files=1, max_fields=4, max_part_size=4096
        )
        return await parser.parse()
    except MultiPartException as error:
        raise Problem("malformed", f"The form is malformed: {error.message}") from error


def _mine(request: Request, upload_id: str) -> Upload:
    upload = house_of(request).uploads.find(upload_id, visitor_of(request))
    if upload is None:
        raise not_found("photograph of that id")
    return upload

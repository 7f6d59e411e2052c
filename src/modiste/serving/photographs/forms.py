"""The form that a photograph comes in; `edge.bodies` cuts off one that grows too large."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from modiste.serving.api.requests import MOST_CHARACTERS
from modiste.serving.problems import Problem

FIELDS = frozenset({"file", "category", "keep"})
TRUTHS = {"true": True, "false": False, "": False}

UPLOAD_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "JPEG, PNG, WebP, GIF, BMP or TIFF.",
                        },
                        "category": {
                            "type": "string",
                            "maxLength": MOST_CHARACTERS,
                            "description": "A slot or a fine category; absent: it is guessed.",
                        },
                        "keep": {
                            "type": "boolean",
                            "default": False,
                            "description": "Keep it for everybody; needs a key.",
                        },
                    },
                },
            }
        },
    }
}
"""How the form is described."""


@dataclass(frozen=True)
class PhotographSent:
    """What a form brought.

    Args:
        data: bytes of the file; at least one.
        category: coarse or fine, as said; None to guess it.
        keep: whether it is to stay.
    """

    data: bytes
    category: str | None
    keep: bool


async def read_photograph(request: Request, most: int) -> PhotographSent:
    """Read a form with a photograph of at most `most` bytes.

    Raises:
        Problem: it is larger, no form, malformed, or has other fields than it should.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise Problem("unsupported_media", "Send the photograph as multipart/form-data.")
    try:
        async with request.form(max_files=1, max_fields=4, max_part_size=4096) as form:
            return await _sent(form, most)
    except HTTPException as error:
        if error.status_code != 400:  # the edge has stopped the body, and answers itself
            raise
        raise Problem("malformed", f"The form is malformed: {error.detail}") from error


async def _sent(form: FormData, most: int) -> PhotographSent:
    if strange := sorted(form.keys() - FIELDS):
        raise Problem(
            "invalid", "There is no such field; there are file, category and keep.", strange[0][:60]
        )
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise Problem("invalid", "There is no photograph; send it as the field file.", "file")
    if file.size is not None and file.size > most:
        sentence = f"A photograph may have {most:,} bytes; send a smaller one."
        raise Problem("too_large", sentence, "file")
    keep = TRUTHS.get(_word(form, "keep").lower())
    if keep is None:
        raise Problem("invalid", "It is true or false.", "keep")
    data = await file.read()
    if not data:
        raise Problem("image_unreadable", "The photograph is empty; choose another file.", "file")
    return PhotographSent(data, _word(form, "category") or None, keep)


def _word(form: FormData, name: str) -> str:
    """The text in a field; "" where there is none."""
    given = form.get(name, "")
    if not isinstance(given, str) or len(given) > MOST_CHARACTERS or "\0" in given:
        raise Problem("invalid", f"It is a text of {MOST_CHARACTERS} characters at most.", name)
    return given.strip()

"""Keys that may write: known by their SHA-256, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from pathlib import Path

from starlette.requests import Request
from starlette.types import Scope

from modiste.errors import Misuse
from modiste.serving.problems import Problem

ENVIRONMENT = "MODISTE_KEYS"
SHORTEST = 16


def digest(key: str) -> bytes:
    """SHA-256 of a key, 32 bytes: all that the service remembers of it."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def read_keys(file: Path | None) -> frozenset[bytes]:
    """Digests of the keys in `file` (one a line, `#` starts a comment) and in MODISTE_KEYS.

    In the environment keys are separated by commas or white space.

    Raises:
        Misuse: the file cannot be read, holds no key, or a key is shorter than 16 characters.
    """
    keys = os.environ.get(ENVIRONMENT, "").replace(",", " ").split()
    if file is not None:
        written = _lines(file)
        if not written:
            raise Misuse(f"{file} holds no key; write one key a line, of {SHORTEST} characters.")
        keys += written
    if any(len(key) < SHORTEST for key in keys):
        raise Misuse(
            f"A key is shorter than {SHORTEST} characters and could be guessed; make one with "
            "`openssl rand -hex 24`."
        )
    return frozenset(map(digest, keys))


def key_of(scope: Scope) -> str | None:
    """The key that a request gives, by X-Modiste-Key or as a bearer token; None without."""
    bearer = None
    for name, value in scope["headers"]:
        if name == b"x-modiste-key":
            return str(value.decode("latin-1")).strip() or None
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            bearer = value[7:].decode("latin-1").strip() or None
    return bearer


def known(key: str | None, digests: Iterable[bytes]) -> bytes | None:
    """The digest of `key` where it is one of `digests`; all of them are always compared."""
    if key is None:
        return None
    given = digest(key)
    found = [hmac.compare_digest(given, one) for one in digests]
    return given if any(found) else None


def require_key(request: Request) -> None:
    """Let a request pass whose key may write; for routes, with `Depends` or as a call.

    Raises:
        Problem: `key_missing` without a key, `key_wrong` with another, or where there are none.
    """
    digests: frozenset[bytes] = getattr(request.app.state, "key_digests", frozenset())
    if not digests:
        raise Problem(
            "key_wrong",
            "This service was started without keys, so nobody may write; start it with "
            "--key-file FILE.",
        )
    key = key_of(request.scope)
    if key is None:
        raise Problem(
            "key_missing",
            "This changes what the service keeps and needs a key: send the header X-Modiste-Key.",
            headers={"WWW-Authenticate": 'Bearer realm="modiste"'},
        )
    if known(key, digests) is None:
        raise Problem("key_wrong", "That key is not known here; ask whoever runs the service.")


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"Cannot read keys from {file}: {error}; give a text file.") from error
    return [line for raw in text.splitlines() if (line := raw.partition("#")[0].strip())]

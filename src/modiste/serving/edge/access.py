"""Who may call: names that the service answers to, pages of other origins, keys that may write."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from modiste.errors import Misuse
from modiste.serving.problems import Problem, refuse

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CALLED_WITH = ("X-Modiste-Key", "Authorization", "Content-Type", "X-Request-ID")
_SHOWN = ("X-Request-ID", "Retry-After", "ETag")


class AllowedHosts:
    """Middleware: refuses a Host header that is not ours.

    A page of another site can have its name lead to 127.0.0.1 (DNS rebinding); its requests
    still carry that name. An address in numbers cannot be led astray, so a service that listens on
    every interface answers to any.
    """

    def __init__(self, app: ASGIApp, bound: str, hosts: Sequence[str]) -> None:
        self.app = app
        self.any_name = "*" in hosts
        self.any_address = bound in ("0.0.0.0", "::", "")
        own = {socket.gethostname().lower()} if self.any_address else {bound.lower()}
        self.names = LOOPBACK | own | {name.lower() for name in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what asks for one of our names; 421 for others."""
        if scope["type"] != "http" or self.any_name or self._ours(scope):
            await self.app(scope, receive, send)
            return
        await refuse(
            Problem(
                "unknown_host",
                "This service does not answer to that name in the Host header; start it with "
                "--allow-host NAME.",
            ),
            scope,
            send,
        )

    def _ours(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"host"]
        if len(given) != 1:  # none, or two that a proxy and we might read differently
            return False
        name = host_name(given[0].decode("latin-1"))
        return name in self.names or (self.any_address and _is_address(name))


class AllowedOrigins(CORSMiddleware):
    """Middleware: exact other origins may call; all other pages may change nothing.

    Browsers say where a request comes from, in Origin or Sec-Fetch-Site; programs say neither and
    have no cookie of a visitor to misuse.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=tuple(origin.rstrip("/").lower() for origin in origins),
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=_CALLED_WITH,
            expose_headers=_SHOWN,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, refuse a foreign page's write, pass on the rest."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        if origin is None and not preflight and scope["method"] in _SAFE:
            await self.app(scope, receive, send)  # the usual case, without further ado
        elif preflight and origin is not None and not self.is_allowed_origin(origin):
            await refuse(_foreign(), scope, send)
        elif scope["method"] not in _SAFE and not self._welcome(headers):
            await refuse(_foreign(), scope, send)
        else:
            await super().__call__(scope, receive, send)

    def _welcome(self, headers: Headers) -> bool:
        origin, fetched = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and self.is_allowed_origin(origin):
            return True
        if fetched is not None:
            return fetched in ("same-origin", "none")
        return origin is None or _same_host(origin, headers.get("host", ""))


def _foreign() -> Problem:
    return Problem(
        "foreign_origin",
        "Pages of that origin may not call this service; start it with --allow-origin URL.",
    )


def host_name(host: str) -> str:
    """The name in a Host header, in lower case and without the port; '' where it is malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "") if "@" not in host else ""
    except ValueError:
        return ""


def _same_host(origin: str, host: str) -> bool:
    """Whether the page came from this very host and port, by http or, before a proxy, https."""
    try:
        page = urlsplit(origin)
        here = urlsplit(f"{page.scheme}://{host}")
        usual = {"http": 80, "https": 443}.get(page.scheme)
        return page.hostname is not None and (
            (page.hostname, page.port or usual) == (here.hostname, here.port or usual)
        )
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


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

"""HTTP for the client: one connection pool, one error shape, patience with a busy server."""

from __future__ import annotations

import time
from collections.abc import Mapping
from json import JSONDecodeError
from typing import Any, NoReturn
from urllib.parse import quote

import httpx2

from modiste.client.errors import UNREACHABLE, UNREADABLE, ModisteApiError
from modiste.client.patience import BUSY, Patience, retry_after

_IDLE = 4.0
"""Seconds that an unused connection is kept; less than the server does, so that none is stale."""

_CONNECTIONS = 64
"""Kept open at most, for as many threads."""


class Wire:
    """Sends requests and raises what comes back as an error; safe to use from several threads.

    Args:
        url: of the service, with a path where it is served below one.
        headers: of every request.
        timeout: seconds to connect, and between two parts of an answer.
        patience: when to ask again.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str], timeout: float, patience: Patience
    ) -> None:
        self.url = url.rstrip("/")
        self._patience = patience
        try:
            self._http = httpx2.Client(
                base_url=self.url,
                headers=dict(headers),
                timeout=timeout,
                limits=httpx2.Limits(
                    max_connections=None,
                    max_keepalive_connections=_CONNECTIONS,
                    keepalive_expiry=_IDLE,
                ),
                trust_env=httpx2.URL(self.url).host not in ("127.0.0.1", "::1", "localhost"),
            )
        except (httpx2.InvalidURL, TypeError) as error:
            raise _unreachable(self.url, str(error)) from error

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def knows(self, cookie: str) -> bool:
        """Whether the server has given us a cookie of this name."""
        return any(each.name == cookie for each in self._http.cookies.jar)

    def json(self, method: str, path: str, *, again: bool = True, **content: Any) -> Any:
        """The document that answers a request.

        Args:
            method: of HTTP.
            path: below the service's address, quoted.
            again: whether asking twice does no more than asking once.
            content: what httpx2 takes: `json`, `params`, `files`, `data`.

        Raises:
            ModisteApiError: the service refused, or could not be asked.
        """
        answer = self.send(method, path, again=again, **content)
        try:
            return answer.json()
        except (JSONDecodeError, UnicodeDecodeError):
            _refuse(answer)

    def send(
        self, method: str, path: str, *, again: bool = True, **content: Any
    ) -> httpx2.Response:
        """The answer to a request, its status below 300; see `json`."""
        attempt, waited = 1, 0.0
        while True:
            answer = self._once(method, path, content)
            if answer.is_success:
                return answer
            wait = None
            if again and answer.status_code in BUSY:
                wait = self._patience.pause(attempt, waited, retry_after(answer.headers))
            if wait is None:
                _refuse(answer)
            time.sleep(wait)
            attempt, waited = attempt + 1, waited + wait

    def _once(self, method: str, path: str, content: Mapping[str, Any]) -> httpx2.Response:
        try:
            return self._http.request(method, path, **content)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _unreachable(self.url, str(error) or type(error).__name__) from error


def segment(name: str) -> str:
    """A name as one part of a path, whatever is in it."""
    quoted = quote(name, safe="")
    return quoted.replace(".", "%2E") if not quoted.strip(".") else quoted


def _unreachable(url: str, why: str) -> ModisteApiError:
    return ModisteApiError(
        f"No answer from {url} ({why}); is `modiste serve` running there?", code=UNREACHABLE
    )


def _refuse(answer: httpx2.Response) -> NoReturn:
    """Raise what the service says is wrong, in its own words where there are any.

    Raises:
        ModisteApiError: always.
    """
    try:
        told = answer.json()["error"]
        code, message, where = str(told["code"]), str(told["message"]), told.get("where")
    except (ValueError, LookupError, TypeError, AttributeError):
        code, where = UNREADABLE, None
        message = (
            f"{answer.url.copy_with(query=None)} answered {answer.status_code} and not as a "
            "Modiste service does; check the address."
        )
    raise ModisteApiError(
        message,
        code=code,
        status=answer.status_code,
        where=None if where is None else str(where),
        request_id=answer.headers.get("x-request-id"),
        retry_after=retry_after(answer.headers),
    )

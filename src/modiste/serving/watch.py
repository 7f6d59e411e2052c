"""A thread that notices a new version of the catalogue and has it served.

Apart from `sources`, which imports torch: the server answers before that is loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from modiste.serving.edge.observe import SERVICE

SECONDS = 1.0
MOST_SECONDS = 30.0


class Refreshing(Protocol):
    """What can serve a newer version; the service."""

    def refresh(self) -> bool:
        """Serve the newest version if there is a newer one; whether there was."""


class CatalogueWatch:
    """Asks `service` every second to look for a newer version.

    What goes wrong is logged, once a kind, and tried again, ever less often up to every half
    minute; meanwhile the version before is served.

    Args:
        service: what to refresh; any exception of it counts as a failure.
        every: seconds between two looks.
        swapped: told whether a new version was taken up (True) or failed to be (False).
    """

    def __init__(
        self,
        service: Refreshing,
        *,
        every: float = SECONDS,
        swapped: Callable[[bool], object] = lambda succeeded: None,
    ) -> None:
        self.service, self.every, self.swapped = service, every, swapped
        self._stop = threading.Event()
        self._trouble = ""
        self._pause = every
        self._thread = threading.Thread(target=self._watch, name="modiste-watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Look no more; waits `seconds` at most for a look that is under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _watch(self) -> None:
        while not self._stop.wait(self._pause):
            self.look()

    def look(self) -> None:
        """Look once."""
        try:
            newer = self.service.refresh()
        except Exception as error:  # whatever it is, the version before goes on being served
            self._failed(error)
            return
        if self._trouble:
            SERVICE.info("the catalogue can be read again")
        self._trouble, self._pause = "", self.every
        if newer:
            SERVICE.info("a new version of the catalogue is served")
            self.swapped(True)

    def _failed(self, error: Exception) -> None:
        trouble = f"{type(error).__name__}: {error}"
        if trouble != self._trouble:
            SERVICE.warning("the catalogue cannot be read, trying again: %s", trouble)
        self._trouble = trouble
        self._pause = min(self._pause * 2, MOST_SECONDS)
        self.swapped(False)

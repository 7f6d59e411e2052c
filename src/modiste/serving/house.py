"""The house: the version that is served, the queue before it, and what visitors brought.

Everything that a route calls stands here. `served` is one version; a route takes it once and
gives it on, so that a request never sees two.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from modiste.errors import ModisteError
from modiste.outfit import FitbQuestion
from modiste.serving.batching import Batcher
from modiste.serving.problems import Problem
from modiste.serving.questions import fitb_questions
from modiste.serving.served import Served
from modiste.serving.settings import Settings
from modiste.serving.shop import shop_of
from modiste.serving.sources import Source
from modiste.serving.thumbnails import Thumbnails
from modiste.serving.uploads import Uploads

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


class House:
    """What the service is made of, whatever it is asked.

    Args:
        source: where versions come from.
        settings: how much at once, and for how long.

    Attributes:
        batcher: the queue before the model.
        uploads: photographs of visitors.
        thumbnails: photographs as they are shown.
        settings: as given.
    """

    def __init__(self, source: Source, settings: Settings | None = None) -> None:
        self.settings = settings = settings or Settings()
        self.batcher = Batcher(
            most=settings.batch, waiting=settings.waiting, seconds=settings.seconds
        )
        self.uploads = Uploads(
            each=settings.uploads_each,
            total=settings.uploads_total,
            seconds=settings.visit_seconds,
            pixels=settings.upload_pixels,
        )
        self.pool = ThreadPoolExecutor(settings.picture_threads, "modiste-pictures")
        self.thumbnails = Thumbnails(settings.picture_memory)
        self._source = source
        self._served: Served | None = None
        self._trouble: ModisteError | None = None
        self._loading = threading.Lock()

    @property
    def ready(self) -> bool:
        """Whether there is a version to ask."""
        return self._served is not None

    @property
    def served(self) -> Served:
        """The current version.

        Raises:
            Problem: it is still being loaded.
        """
        if self._served is None:
            raise Problem("not_ready", "The stylist is getting ready; ask again in a moment.")
        return self._served

    def open(self) -> Served:
        """Load the newest version, warm it up, and serve it.

        Raises:
            ModisteError: it cannot be loaded; what is served stays.
        """
        with self._loading:
            served = self._source.load()
            warm_up(served)
            self.swap(served)
            return served

    def swap(self, served: Served) -> None:
        """Serve another version from the next request on; those that run keep theirs."""
        self._served = served

    def refresh(self) -> bool:
        """Serve the newest version if there is a newer one; whether there was.

        Raises:
            ModisteError: it cannot be read; what is served stays.
        """
        current = self._served
        if current is not None and self._source.version() == current.version:
            return False
        self.open()
        return True

    def remove(self, item_id: str) -> int:
        """Take an item out of the catalogue.

        Raises:
            Problem: what is served cannot be changed.
        """
        removed = self._source.remove(item_id)
        if removed is None:
            raise Problem(
                "conflict", "A wardrobe is served, which does not change; serve a catalogue."
            )
        return removed

    def shop_facts(self, served: Served) -> dict[str, Any]:
        """What a version has to offer."""
        return served.once("shop", lambda: shop_of(served)) | {
            "questions": len(self.questions(served))
        }

    def questions(self, served: Served) -> list[FitbQuestion]:
        """The questions of a version."""
        return served.once("questions", lambda: fitb_questions(served))

    async def in_pool(self, call: Callable[..., Answer], *given: Any) -> Answer:
        """Run what needs no model in one of the picture threads."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, call, *given)

    def close(self) -> None:
        """Stop, and forget what visitors brought."""
        self.batcher.close()
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.uploads.close()


def warm_up(served: Served) -> None:
    """Make what is made on first use, so that no visitor waits for it."""
    stylist = served.stylist
    for shelves in served.stock.shelves.values():
        given = [stylist.item(served.stock.table.ids[int(shelves[0].rows[0])])]
        with suppress(ModisteError):  # a catalogue of one slot has nothing to complete
            stylist.complete(given)
    assert served.colours is not None and served.brands is not None and served.stock.pictured.size
    del served

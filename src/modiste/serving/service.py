"""The service: the version that is served, the queue before it, and what visitors brought.

Everything that a route calls stands here. `served` is one version; a route takes it once and
gives it on, so that a request never sees two.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from modiste.errors import CatalogueError, CatalogueUnavailable, ImageError, ModisteError
from modiste.outfit import FitbQuestion
from modiste.serving.batching import Batcher, Receive
from modiste.serving.photographs.forms import PhotographSent
from modiste.serving.photographs.thumbnails import Thumbnails
from modiste.serving.photographs.uploads import StoredUpload, UploadStore
from modiste.serving.problems import Problem
from modiste.serving.settings import Settings
from modiste.serving.sources import Source
from modiste.serving.version import ServedVersion, fitb_questions, shop_of
from modiste.stylist.find import SearchRequest
from modiste.stylist.pieces import Piece

Answer = TypeVar("Answer")
BOARD, TILE = 384, 192
"""Pixels of the photographs that the page shows on its board and in its catalogue."""
FIRST_TILES = 24
LATER = 10.0
"""Seconds that work which no first visitor waits for lets the first visitors go before it."""


class Service:
    """What the service is made of, whatever it is asked.

    Args:
        source: where versions come from.
        settings: how much at once, and for how long.

    Attributes:
        batcher: the queue before the model.
        uploads: photographs of visitors.
        thumbnails: photographs as they are shown.
        settings: as given.
        changes: of the catalogue, that wait or are under way.
    """

    def __init__(self, source: Source, settings: Settings | None = None) -> None:
        self.settings = settings = settings or Settings()
        self.batcher = Batcher(
            threads=settings.model_threads,
            most=settings.batch,
            waiting=settings.waiting,
            seconds=settings.seconds,
        )
        self.uploads = UploadStore(
            each=settings.uploads_each,
            total=settings.uploads_total,
            seconds=settings.visit_seconds,
            pixels=settings.upload_pixels,
            data=settings.data,
        )
        self._pool = ThreadPoolExecutor(settings.picture_threads, "modiste-pictures")
        self._counting = ThreadPoolExecutor(1, "modiste-counting")
        self._changing = ThreadPoolExecutor(1, "modiste-changes")
        self._drawing = 0
        self.changes = 0
        self.thumbnails = Thumbnails(settings.picture_memory)
        self._source = source
        self._served: ServedVersion | None = None
        self._trouble: ModisteError | None = None
        self._loading = threading.Lock()
        self._closing = threading.Event()

    @property
    def ready(self) -> bool:
        """Whether there is a version to ask."""
        return self._served is not None

    @property
    def served(self) -> ServedVersion:
        """The current version.

        Raises:
            Problem: it is still being loaded.
        """
        if self._served is None:
            raise Problem("not_ready", "The stylist is getting ready; ask again in a moment.")
        return self._served

    def open(self) -> ServedVersion:
        """Load the newest version, warm it up, and serve it.

        Raises:
            ModisteError: it cannot be loaded; what is served stays.
        """
        with self._loading:
            served = self._source.load()
            if self._served is not None:  # nobody waits: the version before goes on being served
                served.stylist.ahead.prepare()
            warm_up(served)
            self._draw_ahead(served)
            if self._served is None:
                self.uploads.restore(served)
            self.swap(served)
            _look_past()
        threading.Thread(target=self._prepare, args=(served,), daemon=True).start()
        return served

    def swap(self, served: ServedVersion) -> None:
        """Serve another version from the next request on; those that run keep theirs."""
        self._served, self._trouble = served, None

    def refresh(self) -> bool:
        """Serve the newest version if there is a newer one, and forget visitors who have gone.

        Returns:
            Whether there was a newer one.

        Raises:
            ModisteError: it cannot be read; what is served stays.
        """
        self.uploads.expire()
        current = self._served
        try:
            newer = current is None or self._source.version() != current.version
            if newer:
                self.open()
        except CatalogueUnavailable as error:
            self._trouble = error
            raise
        self._trouble = None
        return newer

    def _prepare(self, served: ServedVersion) -> None:
        """Make what takes longer and can wait until after the first visitor."""
        if self._closing.wait(LATER if served.stylist.ahead.searches_at_once else 0):
            return
        with suppress(ModisteError):
            served.stylist.ahead.prepare()
            self.questions(served)

    def _draw_ahead(self, served: ServedVersion) -> None:
        """Cut out what the first visitor will see, so that the page comes at once."""
        worn = tuple(_shop(served)["example"])
        shown = [(item_id, BOARD) for item_id in worn]
        with suppress(ModisteError):
            found = served.stylist.find(SearchRequest(fits=worn, limit=FIRST_TILES))
            shown += [(garment.id, TILE) for garment in found.garments]

        def draw(asked: tuple[str, int]) -> None:
            path = served.image_path(asked[0])
            with suppress(ImageError, OSError):
                if path is not None:
                    self.thumbnails.get(path, asked[1], True)

        list(self._pool.map(draw, shown))

    async def delete(self, item_id: str) -> int:
        """Take an item out of the catalogue; how many went.

        In a thread of its own: it may wait half a minute for another writer, and photographs are
        drawn meanwhile.

        Raises:
            Problem: what is served cannot be changed, or too many changes wait already.
        """
        if self.changes >= self.settings.waiting:
            raise Problem("overloaded", "Too many changes wait; ask again in a second.")
        self.changes += 1
        try:
            loop = asyncio.get_running_loop()
            removed = await loop.run_in_executor(self._changing, self._source.delete, item_id)
        except CatalogueUnavailable:
            raise
        except CatalogueError as error:
            raise Problem("conflict", "Something else is changing it; try again.") from error
        finally:
            self.changes -= 1
        if removed is None:
            raise Problem(
                "conflict", "A wardrobe is served, which does not change; serve a catalogue."
            )
        return removed

    def shop(self, served: ServedVersion) -> dict[str, Any]:
        """What a version has to offer."""
        facts = _shop(served)
        limits = facts["limits"] | {
            "upload_bytes": self.settings.edge.max_upload,
            "upload_pixels": self.settings.upload_pixels,
            "uploads": self.settings.uploads_each,
        }
        return facts | {"limits": limits, "questions": len(self.questions(served))}

    def questions(self, served: ServedVersion) -> list[FitbQuestion]:
        """The questions of a version."""
        return served.once("questions", lambda: fitb_questions(served))

    def require_catalogue(self) -> None:
        """Stop where the catalogue does not answer.

        Raises:
            Problem: it did not when it was last asked.
        """
        if self._trouble is not None:
            raise Problem(
                "catalogue_unavailable", "The catalogue does not answer; ask again in a moment."
            )

    async def receive(
        self, served: ServedVersion, sent: PhotographSent, visitor: str | None, receive: Receive
    ) -> StoredUpload:
        """Take a photograph in: draw it clean, have it looked at, keep it.

        Raises:
            Problem: it cannot be read, or the run does not look at photographs.
            UnknownName: no such category.
        """
        if served.stylist.context.query_encoders.see is None:
            raise Problem("misuse", "This run does not look at photographs; wear items instead.")
        clean = await self.in_pool(self.uploads.clean, sent.data)

        def look() -> Piece:
            return served.stylist.photograph(clean.path, sent.category)

        try:
            piece = await self.batcher.alone(look, receive)
            upload = await self.in_pool(self.uploads.keep, served, visitor, clean, piece)
        except BaseException:
            clean.path.unlink(missing_ok=True)
            raise
        if upload.path != clean.path:  # it is kept elsewhere
            clean.path.unlink(missing_ok=True)
        return upload

    async def in_pool(self, call: Callable[..., Answer], *given: Any) -> Answer:
        """Run what needs no model in one of the picture threads.

        Raises:
            Problem: too much waits for them already.
        """
        if self._drawing >= self.settings.waiting:
            raise Problem("overloaded", "Too many photographs wait; ask again in a second.")
        self._drawing += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call, *given)
        finally:
            self._drawing -= 1

    async def counted(
        self, call: Callable[[ServedVersion], Answer], served: ServedVersion
    ) -> Answer:
        """Run what is counted once for a version, in a thread that nothing else waits for."""
        return await asyncio.get_running_loop().run_in_executor(self._counting, call, served)

    def close(self) -> None:
        """Stop, and forget what visitors brought."""
        self._closing.set()
        self.batcher.close()
        self._source.close()
        for pool in (self._pool, self._counting, self._changing):
            pool.shutdown(wait=True, cancel_futures=True)
        self.uploads.close()


def _shop(served: ServedVersion) -> dict[str, Any]:
    """What a version has to offer, counted on first use."""
    return served.once("shop", lambda: shop_of(served))


def _look_past() -> None:
    """Let Python's search for cycles look past what stays: libraries, the model, the catalogue.

    Going through all of it again and again took a seventh of the time under load, with every other
    thread waiting. What was served before is looked at once more, so that it goes.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def warm_up(served: ServedVersion) -> None:
    """Make what is made on first use, so that no visitor waits: one completion of each slot."""
    stylist, stock = served.stylist, served.stock
    stylist.ahead.read()
    for partitions in stock.partitions.values():
        given = [stylist.item(stock.table.ids[int(partitions[0].rows[0])])]
        with suppress(ModisteError):  # a catalogue of one slot has nothing to complete
            stylist.complete(given)
    if stylist.ahead.searches_at_once:
        with suppress(ModisteError):
            stylist.find(SearchRequest(text=stock.fine[0], limit=1))
    _shop(served)

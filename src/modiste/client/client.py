"""Ask a running `modiste serve` from Python."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Unpack

from modiste.client.models import (
    Answer,
    Completion,
    Composition,
    Explanation,
    Health,
    Item,
    Page,
    Piece,
    Question,
    Readiness,
    Removed,
    Revision,
    Score,
    Shop,
    Upload,
)
from modiste.client.parameters import Filters, Search, query_of
from modiste.client.transport import (
    UNREACHABLE,
    Answered,
    ModisteApiError,
    RetryPolicy,
    Transport,
    segment,
)
from modiste.errors import Misuse

UPLOAD_BYTES = 10 * 1024 * 1024
"""Most bytes of a photograph that is sent; the service takes no more unless it is told to."""

VISITOR = "modiste_visitor"
"""Name of the cookie by which the service knows whose photographs are whose."""

_OWN = re.compile(r"photo-[0-9a-f]{32}")
_NOT_READY = 503

Given = str | Piece
"""An id, or a piece that an earlier answer had."""


class Client:
    """Asks a Modiste service; the answers are the documents of its API, frozen.

    One client keeps its connections open and may be used from several threads. It is one visitor:
    what it uploads stays usable until its visit ends. While the service is busy (429, 503) it asks
    again, `Retry-After` heeded, unless asking twice would do more than asking once; nothing else
    is tried again.

        with Client("http://127.0.0.1:8000") as client:
            print(client.complete(["10-301"], "shoes").suggestions[0].title)

    Args:
        url: of the service.
        key: for what writes: keeping uploads, removing items.
        timeout: seconds to connect, and between two parts of an answer.
        patience: most seconds to wait while the service is busy, for one answer; 0: none.

    Raises:
        Misuse: `key` cannot be one.
        ModisteApiError: by every method: the service refused, or could not be asked.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 10.0,
    ) -> None:
        headers = {"Accept": "application/json"}
        if key is not None:
            headers["X-Modiste-Key"] = _checked(key)
        self._wire = Transport(url, headers, timeout, RetryPolicy(seconds=patience))
        self._first_upload = threading.Lock()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; leaving a `with` does it."""
        self._wire.close()

    def score(self, pieces: Sequence[Given]) -> Score:
        """How well 2 to 20 pieces go together."""
        return self._ask(Score, "score", pieces=ids(pieces))

    def complete(
        self,
        pieces: Sequence[Given],
        category: str | None = None,
        *,
        k: int = 10,
        filters: Filters | None = None,
        diversity: float = 0.0,
    ) -> Completion:
        """What to wear with 1 to 20 pieces, the best first.

        Args:
            pieces: ids or pieces.
            category: coarse or fine; None: any slot that goes with them and is open.
            k: how many, 1 to 50.
            filters: which items may be suggested.
            diversity: 0: the best; to 1: as unlike one another as possible.
        """
        told = {"pieces": ids(pieces), "category": category, "k": k, "diversity": diversity}
        return self._ask(Completion, "complete", **told, filters=filters)

    def compose(
        self,
        pieces: Sequence[Given] = (),
        *,
        wish: str | None = None,
        slots: Sequence[str] | None = None,
        looks: int = 3,
        filters: Filters | None = None,
        seed: int = 0,
    ) -> Composition:
        """Whole looks around 0 to 20 pieces.

        Args:
            pieces: ids or pieces; part of every look.
            wish: in words, such as "something blue for rain".
            slots: that a look shall have; None: those that people wear with the pieces.
            looks: how many, 1 to 8.
            filters: which items may be added.
            seed: another one makes other looks.
        """
        told = {"pieces": ids(pieces), "wish": wish, "looks": looks, "seed": seed}
        some = None if slots is None else list(slots)
        return self._ask(Composition, "compose", **told, slots=some, filters=filters)

    def explain(self, pieces: Sequence[Given]) -> Explanation:
        """What each of 2 to 20 pieces adds or costs, and which pair clashes."""
        return self._ask(Explanation, "explain", pieces=ids(pieces))

    def revise(
        self,
        pieces: Sequence[Given],
        *,
        keep: Sequence[Given] = (),
        k: int = 5,
        filters: Filters | None = None,
    ) -> Revision:
        """Which of 2 to 20 pieces to change, and what to wear instead.

        Args:
            pieces: ids or pieces.
            keep: those that must stay.
            k: how many swaps, 1 to 50.
            filters: on what is worn instead.
        """
        told = {"pieces": ids(pieces), "keep": ids(keep), "k": k}
        return self._ask(Revision, "revise", **told, filters=filters)

    def items(self, *, offset: int = 0, limit: int = 24, **search: Unpack[Search]) -> Page:
        """One page of the items that a search finds, the best first.

        Args:
            offset: how many to pass over, 0 to 1,000,000.
            limit: how many at most, 1 to 100.
            search: `text`, `like`, `fits`, `category`, `colour`, `brand`, `price_min`,
                `price_max`, `in_stock`, `exclude`; see `Search`.
        """
        asked = query_of({**search, "offset": offset, "limit": limit})
        return self._wire.ask(Page, "GET", "/v1/items", params=asked)

    def all_items(self, *, limit: int = 100, **search: Unpack[Search]) -> Iterator[Piece]:
        """Every item that a search finds, page after page, `limit` at a time; see `items`."""
        offset = 0
        while True:
            page = self.items(offset=offset, limit=limit, **search)
            yield from page.items
            offset += len(page.items)
            if page.next is None or not page.items:
                return

    def item(self, item_id: str) -> Item:
        """All that is known of an item."""
        return self._wire.ask(Item, "GET", f"/v1/items/{segment(item_id)}")

    def image(self, piece: Given, *, size: int = 384, cut: bool = False) -> bytes:
        """The photograph of an item or an upload, as WebP or JPEG.

        Args:
            piece: its id, or a piece.
            size: of the longer side in pixels: 96, 192, 384 or 768.
            cut: whether the garment is cut out, on a transparent ground.
        """
        (name,) = ids([piece])
        asked = query_of({"size": size, "cut": cut})
        kind = "uploads" if _OWN.fullmatch(name) else "items"
        path = f"/v1/{kind}/{segment(name)}/image"
        return self._wire.send("GET", path, params=asked).content

    def upload(
        self, photograph: Path | str | bytes, *, category: str | None = None, keep: bool = False
    ) -> Upload:
        """Show the service a photograph of one's own; its id can be used as an item's can.

        Args:
            photograph: a file or its bytes, at most 10 MB.
            category: coarse or fine; None: guessed.
            keep: keep it when the visit ends; needs a key.

        Raises:
            Misuse: it cannot be read or is too large; nothing was sent.
        """
        content = photograph if isinstance(photograph, bytes) else _read(Path(photograph))
        if len(content) > UPLOAD_BYTES:
            raise Misuse(
                f"The photograph has {len(content):,} bytes, more than {UPLOAD_BYTES:,}; "
                "make it smaller."
            )
        form = {"keep": str(keep).lower()} | ({} if category is None else {"category": category})
        if self._wire.knows(VISITOR):
            return self._upload(content, form)
        with self._first_upload:  # two at once would make two visitors of us
            return self._upload(content, form)

    def remove_upload(self, upload_id: str) -> int:
        """Forget a photograph of one's own; returns how many were removed."""
        return self._wire.ask(Removed, "DELETE", f"/v1/uploads/{segment(upload_id)}").removed

    def remove_item(self, item_id: str) -> int:
        """Take an item out of the catalogue; needs a key. Returns how many were removed."""
        return self._wire.ask(Removed, "DELETE", f"/v1/items/{segment(item_id)}").removed

    def shop(self) -> Shop:
        """What the service dresses from: slots, colours, brands, limits."""
        return self._wire.ask(Shop, "GET", "/v1/shop")

    def question(self, number: int = 0) -> Question:
        """A fill-in-the-blank question: which of four pieces belongs to the outfit?"""
        return self._wire.ask(Question, "GET", f"/v1/questions/{number}")

    def answer(self, number: int, choice: int) -> Answer:
        """Answer a question; see what was right, and what the model chose.

        Args:
            number: of the question.
            choice: the candidate, 0 to 3.
        """
        path = f"/v1/questions/{number}/answer"
        return self._wire.ask(Answer, "POST", path, json={"choice": choice})

    def health(self) -> Health:
        """That the service lives, ready or not."""
        return self._wire.ask(Health, "GET", "/v1/health", again=False)

    def ready(self) -> Readiness | None:
        """Whether the service answers questions, and over what; None: not yet, or not now."""
        try:
            return self._wire.ask(Readiness, "GET", "/v1/ready", again=False)
        except ModisteApiError as error:
            if error.status == _NOT_READY:
                return None
            raise

    def wait_until_ready(self, seconds: float = 60.0) -> Readiness:
        """Wait until the service answers questions; it need not have been started yet.

        Raises:
            ModisteApiError: (`not_ready` or `unreachable`) it does not within `seconds`.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                if (found := self.ready()) is not None:
                    return found
                last = ModisteApiError(
                    f"{self._wire.url} was not ready within {seconds:g} s; see its log.",
                    code="not_ready",
                    status=_NOT_READY,
                )
            except ModisteApiError as error:
                if error.code != UNREACHABLE:
                    raise
                last = error
            if time.monotonic() >= end:
                raise last
            time.sleep(0.1)

    def _ask(self, kind: type[Answered], question: str, **told: Any) -> Answered:
        """Put a question; what is None is left out."""
        body = {
            name: value.to_json() if isinstance(value, Filters) else value
            for name, value in told.items()
            if value is not None
        }
        return self._wire.ask(kind, "POST", f"/v1/{question}", json=body)

    def _upload(self, content: bytes, form: Mapping[str, str]) -> Upload:
        files = {"file": ("photograph", content, "application/octet-stream")}
        return self._wire.ask(
            Upload, "POST", "/v1/uploads", again=False, files=files, data=dict(form)
        )


def ids(pieces: Sequence[Given]) -> list[str]:
    """The ids of pieces.

    Raises:
        Misuse: a single word was given where several pieces are meant.
    """
    if isinstance(pieces, str):
        raise Misuse(f"{pieces!r} is one piece; give a list of them.")
    return [each.id if isinstance(each, Piece) else each for each in pieces]


def _checked(key: str) -> str:
    """A key as it can be sent.

    Raises:
        Misuse: it has other characters than a key may have.
    """
    if not key or not key.isascii() or not key.isprintable() or key != key.strip():
        raise Misuse("A key has printable ASCII characters only; give the line of the key file.")
    return key


def _read(path: Path) -> bytes:
    """The bytes of a file, one more than is allowed at most.

    Raises:
        Misuse: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(UPLOAD_BYTES + 1)
    except OSError as error:
        raise Misuse(f"{path} cannot be read ({error.strerror}); give another file.") from error

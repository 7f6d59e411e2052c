"""The next batch is made while a step runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Batch = TypeVar("Batch")


class OneAhead(Generic[Batch]):
    """Batches by step, each made in a thread while the one before is in use.

    Args:
        make: the batch of a step; it must follow from the step alone.
    """

    def __init__(self, make: Callable[[int], Batch]) -> None:
        self._make = make
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="batches")
        self._coming: tuple[int, Future[Batch]] | None = None

    def take(self, step: int) -> Batch:
        """The batch of one step; raises what making it raised."""
        coming = self._coming
        if coming is None or coming[0] != step:
            coming = (step, self._maker.submit(self._make, step))
        found = coming[1].result()
        self._coming = (step + 1, self._maker.submit(self._make, step + 1))
        return found

    def close(self) -> None:
        """Let go of the thread."""
        self._maker.shutdown(cancel_futures=True)

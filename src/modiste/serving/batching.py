"""A few threads ask the model; requests that wait for them together share one call.

Nobody waits for a batch to fill up: when a thread gets free it takes what is there, its share of
it. Short questions (a score, a completion) go first; between two batches of them one long question
(a composed look) has its turn, so that neither kind waits for the other to run dry. Where there
are several threads, one of them is always left for short questions.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect

from modiste.serving.problems import Problem

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Together = Callable[[Sequence[Question]], Sequence[Answer | Exception]]
"""Answers several questions at once: an answer, or an error, for each."""
Receive = Callable[[], Awaitable[Any]]
"""The `receive` of a request: after the body it tells when the client has gone."""
PATIENCE = 0.5
"""Seconds after which it is worth looking whether who asked is still there."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Job:
    """One question that waits.

    Args:
        key: jobs of one key may be answered together.
        run: what answers them.
        question: what is asked.
        long: whether it takes long.
        future: where the answer goes; cancelled where nobody waits for it any more.
        loop: of the one who waits.
    """

    key: Hashable
    run: Callable[[Sequence[Any]], Sequence[Any]]
    question: Any
    long: bool
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Batcher:
    """The queue in front of the model, and the threads that ask it.

    Args:
        threads: that ask at the same time.
        most: questions that are answered together at most.
        waiting: questions that wait at most.
        seconds: time in which a question is answered.
        called: told how many questions one call answered, and in how many seconds.
    """

    def __init__(
        self,
        *,
        threads: int = 1,
        most: int = 32,
        waiting: int = 256,
        seconds: float = 20.0,
        called: Callable[[int, float], object] = lambda size, seconds: None,
    ) -> None:
        self.most, self.most_waiting, self.seconds = most, waiting, seconds
        self.called = called
        self._short: deque[_Job] = deque()
        self._long: deque[_Job] = deque()
        self._arrived = threading.Condition()
        self._closed = self._long_is_next = False
        self._answering_long = 0
        self._threads = [
            threading.Thread(target=self._work, name=f"modiste-model-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """How many questions wait now."""
        return len(self._short) + len(self._long)

    async def together(
        self,
        key: Hashable,
        run: Together[Question, Answer],
        question: Question,
        receive: Receive | None = None,
    ) -> Answer:
        """Ask a short question, together with those of the same key that wait.

        Raises:
            Problem: too many wait already, or it took too long.
            ClientDisconnect: who asked has gone.
        """
        return await self._ask(self._short, (key, run, question), receive)  # type: ignore[no-any-return]

    async def alone(
        self, run: Callable[[], Answer], receive: Receive | None = None, *, long: bool = True
    ) -> Answer:
        """Ask a question that shares its call with no other.

        Raises:
            Problem: too many wait already, or it took too long.
            ClientDisconnect: who asked has gone.
        """

        def one(questions: Sequence[None]) -> list[Answer]:
            return [run()]

        queue = self._long if long else self._short
        return await self._ask(queue, (object(), one, None), receive)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Answer nothing any more; returns when the threads have ended."""
        with self._arrived:
            self._closed = True
            left = [*self._short, *self._long]
            self._arrived.notify_all()
        for thread in self._threads:
            if threading.current_thread() is not thread:
                thread.join()
        _give(left, [_stopping() for _ in left])

    async def _ask(
        self, queue: deque[_Job], asked: tuple[Hashable, Any, Any], receive: Receive | None
    ) -> Any:
        loop = asyncio.get_running_loop()
        job = _Job(*asked, queue is self._long, loop.create_future(), loop)
        with self._arrived:
            if self._closed:
                raise _stopping()
            if self.waiting >= self.most_waiting:
                raise Problem("overloaded", "Too many requests wait; ask again in a second.")
            queue.append(job)
            self._arrived.notify()
        try:
            async with asyncio.timeout(self.seconds):
                return await _unless_gone(job.future, receive)
        except TimeoutError as error:
            raise Problem(
                "overloaded", "The answer took too long; ask for less, or again in a second."
            ) from error
        finally:
            job.future.cancel()  # does nothing where it has been answered

    def _work(self) -> None:
        while (jobs := self._next()) is not None:
            groups: dict[Hashable, list[_Job]] = {}
            for job in jobs:
                groups.setdefault(job.key, []).append(job)
            for group in groups.values():
                began = time.perf_counter()
                answers = _answers(group)
                self.called(len(group), time.perf_counter() - began)
                _give(group, answers)
            self._done(jobs)

    def _next(self) -> list[_Job] | None:
        """What is to be answered now; waits for something. None: the end."""
        with self._arrived:
            while not self._closed:
                if jobs := self._take():
                    return jobs
                self._arrived.wait()
            return None

    def _done(self, jobs: Sequence[_Job]) -> None:
        with self._arrived:
            if any(job.long for job in jobs):
                self._answering_long -= 1
                self._arrived.notify()  # another thread may have left the next one waiting

    def _take(self) -> list[_Job]:
        """What one thread is to answer now; nothing where nothing is left for it."""
        _forget_departed(self._short)
        _forget_departed(self._long)
        free = self._answering_long < max(1, len(self._threads) - 1)
        if self._long and free and (self._long_is_next or not self._short):
            self._long_is_next = False
            self._answering_long += 1
            return [self._long.popleft()]
        self._long_is_next = True
        share = -(-len(self._short) // len(self._threads))  # the others get free soon
        return [self._short.popleft() for _ in range(min(share, self.most))]


def _forget_departed(queue: deque[_Job]) -> None:
    """Leave out those who no longer wait."""
    for _ in range(len(queue)):
        job = queue.popleft()
        if not job.future.done():
            queue.append(job)


async def _unless_gone(future: asyncio.Future[Any], receive: Receive | None) -> Any:
    """The answer, unless who asked goes away first.

    Raises:
        ClientDisconnect: who asked has gone.
    """
    await asyncio.wait({future}, timeout=PATIENCE)
    if not future.done() and receive is not None:
        leaving = asyncio.ensure_future(_departure(receive))
        try:
            await asyncio.wait({future, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
        if not future.done():
            raise ClientDisconnect from leaving.exception()
    return await future


async def _departure(receive: Receive) -> None:
    """Wait until who asked has gone; the body comes first where no route has read it."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _answers(jobs: Sequence[_Job]) -> Sequence[Any]:
    """An answer or an error for each; where all failed together, each is asked alone."""
    try:
        return jobs[0].run([job.question for job in jobs])
    except Exception as error:
        if len(jobs) == 1:
            return [error]
        log.exception("A call for %d questions failed; each is asked alone", len(jobs))
        return [answer for job in jobs for answer in _answers([job])]


def _give(jobs: Sequence[_Job], answers: Sequence[Any]) -> None:
    """Pass answers on to the loops of those who wait."""
    for loop in {job.loop for job in jobs}:
        mine = [(j, a) for j, a in zip(jobs, answers, strict=True) if j.loop is loop]
        try:
            loop.call_soon_threadsafe(_hand_over, mine)
        except RuntimeError:  # the loop has been closed: nobody waits there
            continue


def _hand_over(answers: Sequence[tuple[_Job, Any]]) -> None:
    """Give the answers to those who wait; runs in their loop."""
    for job, answer in answers:
        if job.future.done():
            continue
        if isinstance(answer, Exception):
            job.future.set_exception(answer)
        else:
            job.future.set_result(answer)


def _stopping() -> Problem:
    return Problem("not_ready", "The service is about to stop; ask again in a moment.")

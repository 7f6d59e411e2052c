"""One thread asks the model; requests that wait for it together share one call.

Nobody waits for a batch to fill up: when the thread gets free it takes what is there. Short
questions (a score, a completion) go first; between two batches of them one long question (a
composed look) has its turn, so that neither kind waits for the other to run dry.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from modiste.serving.problems import Problem

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Together = Callable[[Sequence[Question]], Sequence[Answer | Exception]]
"""Answers several questions at once: an answer, or an error, for each."""


@dataclass(frozen=True, eq=False)
class _Job:
    """One question that waits.

    Args:
        key: jobs of one key may be answered together.
        run: what answers them.
        question: what is asked.
        future: where the answer goes; cancelled where nobody waits for it any more.
        loop: of the one who waits.
    """

    key: Hashable
    run: Callable[[Sequence[Any]], Sequence[Any]]
    question: Any
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Batcher:
    """The queue in front of the model, and the thread that asks it.

    Args:
        most: questions that are answered together at most.
        waiting: questions that wait at most.
        seconds: time in which a question is answered.

    Attributes:
        calls: how often the model was asked.
        answered: how many questions that answered.
    """

    def __init__(self, *, most: int = 32, waiting: int = 256, seconds: float = 20.0) -> None:
        self.most, self.most_waiting, self.seconds = most, waiting, seconds
        self.calls = self.answered = 0
        self._short: deque[_Job] = deque()
        self._long: deque[_Job] = deque()
        self._arrived = threading.Condition()
        self._closed = self._long_is_next = False
        self._thread = threading.Thread(target=self._work, name="modiste-model", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many questions wait now."""
        return len(self._short) + len(self._long)

    async def together(
        self, key: Hashable, run: Together[Question, Answer], question: Question
    ) -> Answer:
        """Ask a short question, together with those of the same key that wait.

        Raises:
            Problem: too many wait already, or it took too long.
        """
        return await self._ask(self._short, key, run, question)  # type: ignore[no-any-return]

    async def alone(self, run: Callable[[], Answer], *, long: bool = True) -> Answer:
        """Ask a question that shares its call with no other.

        Raises:
            Problem: too many wait already, or it took too long.
        """

        def one(questions: Sequence[None]) -> list[Answer]:
            return [run()]

        queue = self._long if long else self._short
        return await self._ask(queue, object(), one, None)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Answer nothing any more; returns when the thread has ended."""
        with self._arrived:
            self._closed = True
            self._arrived.notify_all()
        self._thread.join()

    async def _ask(self, queue: deque[_Job], key: Hashable, run: Any, question: Any) -> Any:
        loop = asyncio.get_running_loop()
        job = _Job(key, run, question, loop.create_future(), loop)
        with self._arrived:
            if self._closed:
                raise Problem("not_ready", "The service is about to stop; ask again in a moment.")
            if self.waiting >= self.most_waiting:
                raise Problem("overloaded", "Too many requests wait; ask again in a second.")
            queue.append(job)
            self._arrived.notify()
        try:
            async with asyncio.timeout(self.seconds):
                return await job.future
        except TimeoutError as error:
            raise Problem(
                "overloaded", "The answer took too long; ask for less, or again in a second."
            ) from error

    def _work(self) -> None:
        while jobs := self._next():
            groups: dict[Hashable, list[_Job]] = {}
            for job in jobs:
                groups.setdefault(job.key, []).append(job)
            for group in groups.values():
                self._answer(group)

    def _next(self) -> list[_Job]:
        """What is to be answered now; waits for something; nothing: the end."""
        with self._arrived:
            while not self._closed:
                if jobs := self._take():
                    return jobs
                if not self.waiting:
                    self._arrived.wait()
            return []

    def _take(self) -> list[_Job]:
        if self._long and (self._long_is_next or not self._short):
            self._long_is_next = False
            return [job for job in [self._long.popleft()] if not job.future.cancelled()]
        self._long_is_next = True
        jobs: list[_Job] = []
        while self._short and len(jobs) < self.most:
            job = self._short.popleft()
            if not job.future.cancelled():  # who asked has gone
                jobs.append(job)
        return jobs

    def _answer(self, jobs: Sequence[_Job]) -> None:
        answers: Sequence[Any]
        try:
            answers = jobs[0].run([job.question for job in jobs])
        except Exception as error:
            answers = [error] * len(jobs)
        self.calls += 1
        self.answered += len(jobs)
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

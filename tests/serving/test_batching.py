"""The queue before the model: sharing, order, limits, and those who went away."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence

import pytest
from starlette.requests import ClientDisconnect

from modiste.serving.batching import Batcher
from modiste.serving.problems import Problem


class Slow:
    """Answers with what was asked; holds the thread until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Event()
        self.batches: list[list[int]] = []

    def block(self) -> str:
        self.began.set()
        self.go.wait(10)
        return "blocked"

    def run(self, asked: Sequence[int]) -> list[int]:
        self.batches.append(list(asked))
        return list(asked)

    def long(self) -> None:
        self.batches.append([-1])


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def batcher(slow: Slow) -> Iterator[Batcher]:
    found = Batcher(most=4, waiting=8, seconds=5.0)
    yield found
    slow.go.set()
    found.close()


async def blocked(batcher: Batcher, slow: Slow) -> asyncio.Task[str]:
    """A question that holds the thread, so that those after it wait."""
    task = asyncio.create_task(batcher.alone(slow.block))
    while not slow.began.is_set():
        await asyncio.sleep(0.001)
    return task


async def waiting(batcher: Batcher, count: int) -> None:
    while batcher.waiting < count:
        await asyncio.sleep(0.001)


def test_those_who_wait_together_share_a_call(batcher: Batcher, slow: Slow) -> None:
    async def ask() -> list[int]:
        held = await blocked(batcher, slow)
        asked = [asyncio.create_task(batcher.together("k", slow.run, n)) for n in range(6)]
        await waiting(batcher, 6)
        slow.go.set()
        await held
        return await asyncio.gather(*asked)

    assert asyncio.run(ask()) == [0, 1, 2, 3, 4, 5]
    assert slow.batches == [[0, 1, 2, 3], [4, 5]]


def test_only_questions_of_one_key_share_a_call(batcher: Batcher, slow: Slow) -> None:
    async def ask() -> None:
        held = await blocked(batcher, slow)
        asked = [asyncio.create_task(batcher.together(n % 2, slow.run, n)) for n in range(4)]
        await waiting(batcher, 4)
        slow.go.set()
        await asyncio.gather(held, *asked)

    asyncio.run(ask())
    assert slow.batches == [[0, 2], [1, 3]]


def test_short_and_long_questions_take_turns(batcher: Batcher, slow: Slow) -> None:
    async def ask() -> None:
        held = await blocked(batcher, slow)
        long = [asyncio.create_task(batcher.alone(slow.long)) for _ in range(2)]
        await waiting(batcher, 2)
        short = [asyncio.create_task(batcher.together("k", slow.run, n)) for n in range(6)]
        await waiting(batcher, 8)
        slow.go.set()
        await asyncio.gather(held, *long, *short)

    asyncio.run(ask())
    assert slow.batches == [[0, 1, 2, 3], [-1], [4, 5], [-1]]


def test_an_error_spoils_the_answer_of_its_own_question_alone(batcher: Batcher) -> None:
    def run(asked: Sequence[int]) -> list[int]:
        if 1 in asked:
            raise ValueError("one")
        return list(asked)

    async def ask() -> list[int | BaseException]:
        slow = Slow()
        held = await blocked(batcher, slow)
        asked = [asyncio.create_task(batcher.together("k", run, n)) for n in range(3)]
        await waiting(batcher, 3)
        slow.go.set()
        await held
        return await asyncio.gather(*asked, return_exceptions=True)

    first, second, third = asyncio.run(ask())
    assert (first, third) == (0, 2) and isinstance(second, ValueError)


def test_too_many_are_told_to_come_back(batcher: Batcher, slow: Slow) -> None:
    async def ask() -> Problem:
        held = await blocked(batcher, slow)
        asked = [asyncio.create_task(batcher.together("k", slow.run, n)) for n in range(8)]
        await waiting(batcher, 8)
        with pytest.raises(Problem) as refused:
            await batcher.together("k", slow.run, 8)
        slow.go.set()
        await asyncio.gather(held, *asked)
        return refused.value

    problem = asyncio.run(ask())
    assert (problem.code, problem.status, problem.headers["Retry-After"]) == (
        "overloaded",
        503,
        "1",
    )


def test_an_answer_that_takes_too_long_is_not_waited_for(slow: Slow) -> None:
    batcher = Batcher(seconds=0.05)

    async def ask() -> None:
        held = asyncio.create_task(batcher.alone(slow.block))
        with pytest.raises(Problem, match="too long"):
            await batcher.together("k", slow.run, 1)
        slow.go.set()
        with pytest.raises(Problem):
            await held

    asyncio.run(ask())
    batcher.close()
    assert slow.batches == []


def test_who_has_gone_is_not_worked_for(batcher: Batcher, slow: Slow) -> None:
    gone = asyncio.Event()

    async def receive() -> dict[str, str]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def ask() -> None:
        held = await blocked(batcher, slow)
        asked = asyncio.create_task(batcher.together("k", slow.run, 1, receive))
        await waiting(batcher, 1)
        gone.set()
        with pytest.raises(ClientDisconnect):
            await asked
        slow.go.set()
        await held
        assert await batcher.together("k", slow.run, 2) == 2

    asyncio.run(ask())
    assert slow.batches == [[2]]


def test_a_body_that_nobody_has_read_is_no_departure(batcher: Batcher, slow: Slow) -> None:
    messages = [{"type": "http.request"}]

    async def receive() -> dict[str, str]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def scene() -> None:
        first = await blocked(batcher, slow)
        asked = asyncio.create_task(batcher.together("k", slow.run, 1, receive))
        while messages:
            await asyncio.sleep(0.01)
        slow.go.set()
        await asyncio.gather(first, asked)

    asyncio.run(scene())


def test_a_body_that_nobody_read_is_no_departure(batcher: Batcher, slow: Slow) -> None:
    messages = iter(["http.request", "http.request"])

    async def receive() -> dict[str, str]:
        if (kind := next(messages, None)) is None:
            slow.go.set()
            await asyncio.sleep(10)
        return {"type": str(kind)}

    async def ask() -> int:
        held = await blocked(batcher, slow)
        answer = await batcher.together("k", slow.run, 1, receive)
        await held
        return answer

    assert asyncio.run(ask()) == 1


def test_after_the_end_nothing_is_answered(slow: Slow) -> None:
    batcher = Batcher()
    batcher.close()
    with pytest.raises(Problem, match="stop"):
        asyncio.run(batcher.together("k", slow.run, 1))


def test_those_who_still_wait_at_the_end_are_told(slow: Slow) -> None:
    batcher = Batcher()

    async def ask() -> None:
        held = await blocked(batcher, slow)
        asked = asyncio.create_task(batcher.together("k", slow.run, 1))
        await waiting(batcher, 1)
        threading.Timer(0.05, slow.go.set).start()
        await asyncio.to_thread(batcher.close)
        with pytest.raises(Problem, match="stop"):
            await asked
        assert await held == "blocked"

    asyncio.run(ask())


def test_calls_are_told_with_their_size_and_time(slow: Slow) -> None:
    told: list[tuple[int, float]] = []
    batcher = Batcher(called=lambda size, seconds: told.append((size, seconds)))
    began = time.perf_counter()
    asyncio.run(batcher.together("k", slow.run, 1))
    batcher.close()
    assert told[0][0] == 1 and 0 <= told[0][1] < time.perf_counter() - began


def test_a_long_question_leaves_a_thread_for_short_ones(slow: Slow) -> None:
    batcher = Batcher(threads=2)

    async def ask() -> None:
        held = await blocked(batcher, slow)  # one thread
        second = asyncio.create_task(batcher.alone(lambda: "long too"))
        await waiting(batcher, 1)
        answer = await asyncio.wait_for(batcher.alone(lambda: "short", long=False), 5)
        assert answer == "short"
        assert not second.done() and batcher.waiting == 1
        slow.go.set()
        assert (await held, await second) == ("blocked", "long too")

    asyncio.run(ask())
    batcher.close()


def test_threads_share_what_waits(slow: Slow) -> None:
    batcher = Batcher(threads=2, most=8)
    met = threading.Barrier(2, timeout=5)  # broken unless both threads answer at once

    def run(questions: Sequence[int]) -> list[int]:
        met.wait()
        return [2 * question for question in questions]

    async def ask() -> list[int]:
        return await asyncio.gather(*(batcher.together("k", run, n) for n in range(2)))

    assert asyncio.run(ask()) == [0, 2]
    batcher.close()

"""How far a job is: a bar on a terminal, a line now and then in a log; always standard error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

_LOG_EVERY = 15.0  # seconds between two lines in a log


class Report(Protocol):
    """Takes how many things are done, how many there are, and what else to say."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Show it."""
        ...


@contextmanager
def progress(label: str) -> Iterator[Report]:
    """Show the progress of one stretch of work.

    Args:
        label: what is done, such as `encoding photographs`.

    Yields:
        A function to call as often as one likes; the first call makes the bar appear.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Log(console, label)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.completed:,.0f} / {task.total:,.0f}"),
        _Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, refresh_per_second=4) as bar:
        yield _Bar(bar, label)


class _Bar:
    def __init__(self, bar: Progress, label: str) -> None:
        self.bar = bar
        self.label = label
        self.start: int | None = None

    def __call__(self, done: int, total: int, note: str = "") -> None:
        if self.start is None:
            self.start = done  # resumed work counts from here, or the rate would be a fable
            self.task = self.bar.add_task(self.label, total=total, completed=done, note=note)
        self.bar.update(self.task, completed=done, total=total, note=note)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Things per second, over the last seconds."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.1f}/s" if speed else "")


class _Log:
    def __init__(self, console: Console, label: str) -> None:
        self.console = console
        self.label = label
        self.began = self.told = time.monotonic()
        self.start: int | None = None

    def __call__(self, done: int, total: int, note: str = "") -> None:
        now = time.monotonic()
        self.start = done if self.start is None else self.start
        long = now - self.began > _LOG_EVERY
        if now - self.told < _LOG_EVERY and not (long and done >= total > self.start):
            return
        self.told = now
        rate = (done - self.start) / max(now - self.began, 1e-6)
        pace = f", {rate:,.1f}/s" if rate > 0 else ""
        rest = f", {(total - done) / rate:,.0f} s left" if rate > 0 and done < total else ""
        said = f", {note}" if note else ""
        print(
            f"{self.label}: {done:,} / {total:,}{pace}{rest}{said}",
            file=self.console.file,
            flush=True,
        )

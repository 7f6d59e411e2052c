from __future__ import annotations

import logging
import threading

import pytest

from modiste.errors import RunError
from modiste.serving.watch import MOST_SECONDS, CatalogueWatch


class Changing:
    """A service whose next looks go as told: True, False, or an error."""

    def __init__(self, *looks: bool | Exception) -> None:
        self.looks = list(looks)
        self.done = threading.Event()

    def refresh(self) -> bool:
        look = self.looks.pop(0) if self.looks else False
        if not self.looks:
            self.done.set()
        if isinstance(look, Exception):
            raise look
        return look


def test_a_new_version_is_taken_up_within_a_look() -> None:
    service, told = Changing(False, True, False), []
    watch = CatalogueWatch(service, every=0.01, swapped=told.append)
    watch.start()
    assert service.done.wait(10)
    watch.stop()
    assert told == [True]


def test_a_failure_is_tried_again_and_whatever_it_is_the_watch_goes_on() -> None:
    down = RunError("the database is down")
    service, told = Changing(down, OSError("gone"), True), []
    watch = CatalogueWatch(service, every=0.01, swapped=told.append)
    watch.start()
    assert service.done.wait(10)
    watch.stop()
    assert told == [False, False, True]


def test_one_trouble_is_logged_once_and_looked_at_ever_less_often(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watch = CatalogueWatch(Changing(*[RunError("down")] * 12), every=1.0)
    with caplog.at_level(logging.WARNING, "modiste.serving"):
        for _ in range(12):
            watch.look()
    assert sum("cannot be read" in line for line in caplog.messages) <= 1
    assert watch._pause == MOST_SECONDS
    watch.look()
    assert watch._pause == 1.0


def test_a_watch_that_never_began_can_be_stopped() -> None:
    CatalogueWatch(Changing()).stop()

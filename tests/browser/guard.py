"""What a page did wrong without a person seeing it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response


class Guard:
    """Watches pages: no error in the console, none thrown, none loaded, no other host."""

    def __init__(self, home: str) -> None:
        self.home = urlsplit(home).netloc
        self.asked: list[str] = []
        self._wrong: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    def expect(self, path: str) -> None:
        """A failure of an address that matches the pattern `path` belongs to the test."""
        self._expected.append(re.compile(path))

    def complaints(self) -> list[str]:
        """What went wrong, one sentence each, but for what was expected."""
        return [line for line in self._wrong if not any(p.search(line) for p in self._expected)]

    def watch(self, page: Page) -> None:
        """Watch `page` from before its first address on."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._wrong.append(f"thrown: {error}"))
        page.on("request", self._requested)
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = message.location.get("url", "")
            self._wrong.append(f"console {message.type}: {message.text} ({where})")

    def _requested(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("data", "blob"):
            return
        self.asked.append(f"{request.method} {request.url}")
        if address.netloc != self.home:
            self._wrong.append(f"another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # A page that asks again gives up what it asked before: that is no failure.
        if request.failure != "net::ERR_ABORTED":
            self._wrong.append(f"failed: {request.failure} {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._wrong.append(f"status {response.status}: {response.url}")

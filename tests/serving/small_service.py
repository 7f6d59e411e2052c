"""A real server process around a small application, without a model: it starts in a second.

Run as a program, with the edge's settings and how long loading takes as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from modiste.errors import RunError
from modiste.serving.edge.observe import write_logs
from modiste.serving.server import Listening, serve
from modiste.serving.settings import EdgeSettings
from tests.serving.edged import app_with


@dataclass
class SmallHouse:
    """Opens after a while, or fails to; has nothing to refresh."""

    loads: float
    fails: bool = False
    items: tuple[int, ...] = (1, 2, 3)

    def open(self) -> SmallHouse:
        time.sleep(self.loads)
        if self.fails:
            raise RunError("No run in nowhere; give a run's folder.")
        return self

    def refresh(self) -> bool:
        return False


def main(
    loads: float = 0.0,
    fails: bool = False,
    port: int = 0,
    idle: float | None = None,
    **settings: Any,
) -> None:
    """Serve until a signal comes."""

    def build(edge: EdgeSettings) -> tuple[FastAPI, Any]:
        app = app_with(**edge.__dict__)

        @app.get("/slow")
        async def slow() -> dict[str, bool]:
            await asyncio.sleep(1.5)
            return {"slow": True}

        return app, SmallHouse(loads, fails)

    write_logs()
    listening = Listening(
        port=port, announce=lambda url, items: print(url, items, flush=True), idle=idle
    )
    serve(build, EdgeSettings(**settings), listening)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))

"""What every request passes through before a route sees it: plain ASGI, outermost first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modiste.serving.edge_settings import EdgeSettings

if TYPE_CHECKING:
    from fastapi import FastAPI


def install_edge(app: FastAPI, settings: EdgeSettings) -> None:
    """Put request ids, logs, measures, headers, allow-lists and limits around `app`.

    Call it once, after the routes are in place. Adds `/v1/metrics`. Settings of the whole
    service hold these as their field `edge`.
    """

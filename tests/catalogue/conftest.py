"""The stores that `test_contract.py` is run over."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from modiste.bench.search.postgres import TemporaryServer

STORES = ("local", "postgres")


@pytest.fixture(params=STORES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for a catalogue that holds none yet, as `create_catalogue` takes it."""
    match request.param:
        case "local":
            return str(tmp_path / "catalogue")
        case "postgres":
            server: TemporaryServer = request.getfixturevalue("postgres")
            return f"{server.url}&schema=test_{uuid4().hex}"
        case other:
            raise NotImplementedError(other)

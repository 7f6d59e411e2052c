"""The stores that `test_contract.py` is run over."""

from __future__ import annotations

from pathlib import Path

import pytest

STORES = ("local",)


@pytest.fixture(params=STORES)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for a catalogue that holds none yet, as `create_catalogue` takes it."""
    match request.param:
        case "local":
            return str(tmp_path / "catalogue")
        case other:
            raise NotImplementedError(other)

"""A service as people start it: `modiste serve` over the README's run, with a key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from modiste.bench.serve.load import HOST, served
from modiste.client import Client
from tests.conftest import Example

KEY = "a key of the tests that nobody guesses"


@pytest.fixture(scope="session")
def address(example: Example, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it listens."""
    keys = tmp_path_factory.mktemp("keys") / "keys.txt"
    keys.write_text(f"{KEY}\n", "utf-8")
    with served(example.run, options=["--key-file", str(keys), "--quiet"]) as service:
        yield f"http://{HOST}:{service.port}"


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    """A visitor without a key."""
    with Client(address) as visitor:
        yield visitor

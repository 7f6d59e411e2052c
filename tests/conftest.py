"""Fixtures that more than one test file uses."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

_SHARED = "MODISTE_SHARED_DATA"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data that no part of the project may hold; skips where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get(_SHARED, beside))
    if not folder.is_dir():
        pytest.skip(f"no real data: neither {_SHARED} nor ../shared/data is a folder")
    return folder


@pytest.fixture
def photograph() -> Callable[[str], bytes]:
    """A JPEG of one colour, by the name of the colour."""

    def make(colour: str) -> bytes:
        file = io.BytesIO()
        Image.new("RGB", (8, 12), colour).save(file, "JPEG")
        return file.getvalue()

    return make

"""Fixtures that more than one test file uses."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from modiste.bench.search.postgres import TemporaryServer, temporary_server
from modiste.errors import MissingExtra

_SHARED = "MODISTE_SHARED_DATA"

# Small tensors gain nothing from threads, which wait for one another on a busy machine. Read by
# torch when it is imported, here and in the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[TemporaryServer]:
    """A real PostgreSQL with pgvector; a test that stops it starts it again."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(temporary_server(durable=False))
        except MissingExtra as error:
            pytest.skip(str(error))
        yield server


@dataclass(frozen=True)
class Example:
    """What the README's Python example made."""

    folder: Path
    code: str
    printed: str

    @property
    def wardrobe(self) -> Path:
        """A drawn wardrobe with features."""
        return self.folder / "wardrobe"

    @property
    def run(self) -> Path:
        """A run trained on it."""
        return self.folder / "run"


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The README's Python example, run once, as a person would; never write into its folders."""
    readme = (Path(__file__).resolve().parent.parent / "README.md").read_text("utf-8")
    code = readme.partition("```python\n")[2].partition("```")[0]
    folder = tmp_path_factory.mktemp("example")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Example(folder, code, done.stdout)

"""A full disk and a folder that cannot be written: one sentence, and what stood there stays."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shop
from tests.conftest import Example

MODISTE = (sys.executable, "-m", "modiste.cli")


def _run(*words: object, largest_file: int | None = None, prefix: tuple[str, ...] = ()) -> str:
    """Run a command that is to fail; its sentence.

    Args:
        words: of the command.
        largest_file: bytes; a longer file cannot be written, as on a disk that is full.
        prefix: another program to run it under.
    """

    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    done = subprocess.run(
        [*prefix, *MODISTE, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(said) == 1, done.stderr
    return said[0]


def test_an_import_onto_a_full_disk_loses_nothing(shop: Shop, tmp_path: Path) -> None:
    words = ("data", "table", *shop.words, "--out", tmp_path / "W")
    assert subprocess.run([*MODISTE, *map(str, words)], check=False).returncode == 0
    before = _contents(tmp_path / "W")
    said = _run(*words, "--replace", largest_file=1000)
    assert "free some space" in said
    assert _contents(tmp_path / "W") == before


def test_embedding_onto_a_full_disk_keeps_what_was_encoded(
    example: Example, tmp_path: Path
) -> None:
    wardrobe = tmp_path / "W"
    shutil.copytree(example.wardrobe, wardrobe)
    shutil.rmtree(wardrobe / "features")
    said = _run("embed", wardrobe, largest_file=700_000)
    assert "free some space" in said
    again = subprocess.run(
        [*MODISTE, "embed", str(wardrobe)], capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert "and 0 were there" not in again.stdout


@pytest.mark.parametrize("job", ["import", "audit"])
def test_a_folder_that_cannot_be_written_is_named(shop: Shop, tmp_path: Path, job: str) -> None:
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:  # root may write anywhere, unless it gives the right away
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and there is no setpriv to forbid it")
        prefix = ("setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override")
    words = ("data", "table", *shop.words, "--out", tmp_path / "W")
    assert subprocess.run([*MODISTE, *map(str, words)], check=False).returncode == 0
    (tmp_path / "W").chmod(0o555)
    try:
        command = (*words, "--replace") if job == "import" else ("audit", tmp_path / "W")
        said = _run(*command, prefix=prefix)
    finally:
        (tmp_path / "W").chmod(0o755)
    assert str(tmp_path / "W") in said
    assert "can be written" in said


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }

"""The layers hold: what `lint-imports` says, as a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent


def test_imports_point_upwards_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)  # import-linter reads pyproject.toml of the current folder
    broken = lint_imports(no_cache=True)
    assert broken == 0, capsys.readouterr().out

"""What pyproject.toml, constraints.txt and CHANGELOG.md say agrees."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import modiste

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def required() -> dict[str, Requirement]:
    """What pyproject.toml asks for, but for the extras that no test needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["clip"], *extras["dev"]]
    return {_name(r.name): r for r in map(Requirement, lines)}


@pytest.fixture(scope="module")
def pinned() -> dict[str, str]:
    """Name -> version of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    for pin in pins:
        assert pin.url is None
        assert str(pin.specifier).startswith("=="), pin
    return {_name(pin.name): str(pin.specifier)[2:] for pin in pins}


def test_everything_required_has_a_lower_bound_and_is_pinned_above_it(
    required: dict[str, Requirement], pinned: dict[str, str]
) -> None:
    for name, requirement in required.items():
        if name == "modiste":  # an extra that takes another one in
            continue
        assert str(requirement.specifier).startswith(">="), f"{name}: pins are in constraints.txt"
        assert requirement.specifier.contains(pinned[name]), name


def test_every_lower_bound_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    base = text.partition("dependencies = [")[2].partition("\n]\n")[0]
    for line in filter(str.strip, base.splitlines()):
        assert "#" in line, line


def test_no_pin_is_of_one_machine_only(pinned: dict[str, str]) -> None:
    for name, version in pinned.items():
        assert not name.startswith(("nvidia-", "cuda-", "triton")), name
        assert "+" not in version, f"{name}=={version} is a build of one index"


def test_the_changelog_has_this_version() -> None:
    assert f"## [{modiste.__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_make_knows_what_the_readme_promises() -> None:
    for target in ("demo", "test", "check"):
        done = subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

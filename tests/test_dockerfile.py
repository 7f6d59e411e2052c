"""The Dockerfile as far as it can be judged without an engine: no test here builds it."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from modiste.serving.edge.access import ENVIRONMENT

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """Instruction and what follows it, comments gone, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    words = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return [(word[0], " ".join(word[1:])) for word in words]


def of(steps: list[tuple[str, str]], kind: str) -> list[str]:
    return [rest for name, rest in steps if name == kind]


def test_what_builds_does_not_come_along(steps: list[tuple[str, str]]) -> None:
    stages = of(steps, "FROM")
    assert [stage.split()[-1] for stage in stages] == ["build", "run"]
    final = steps[max(i for i, (name, _) in enumerate(steps) if name == "FROM") :]
    assert of(final, "COPY") == ["--from=build /opt/modiste /opt/modiste"]
    assert not any("pip install" in line for line in of(final, "RUN"))


def test_it_runs_as_a_user_who_is_not_root(steps: list[tuple[str, str]]) -> None:
    assert of(steps, "USER") == ["modiste"]
    names = [name for name, _ in steps]
    assert names.index("USER") < names.index("ENTRYPOINT")


def test_it_is_started_without_a_shell_and_watched(steps: list[tuple[str, str]]) -> None:
    assert json.loads(of(steps, "ENTRYPOINT")[0]) == ["modiste", "serve"]
    assert "0.0.0.0" in json.loads(of(steps, "CMD")[0])
    watched = of(steps, "HEALTHCHECK")[0]
    command = json.loads(watched[watched.index("CMD") + 3 :])
    assert command[:2] == ["python", "-c"] and "/v1/health" in command[2]
    compile(command[2], "HEALTHCHECK", "exec")


def test_all_that_is_copied_exists_and_reaches_the_builder(steps: list[tuple[str, str]]) -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    for copied in of(steps, "COPY"):
        *sources, _ = copied.split()
        for source in sources if not sources[0].startswith("--from") else []:
            assert (ROOT / source).exists(), source
            assert any(fnmatch(source, pattern) for pattern in allowed), source


def test_no_secret_is_in_it(steps: list[tuple[str, str]]) -> None:
    for kind in ("ENV", "ARG", "CMD"):
        for line in of(steps, kind):
            assert ENVIRONMENT not in line and "password" not in line.lower()


def test_the_versions_of_torch_that_it_asks_for_are_pinned() -> None:
    pinned = (ROOT / "constraints.txt").read_text("utf-8")
    assert re.search(r"^torch==", pinned, re.M) and re.search(r"^torchvision==", pinned, re.M)

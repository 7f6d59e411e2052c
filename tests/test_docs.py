"""The documentation says what is so: its commands, its example, its links, its settings."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from modiste.jobs.spec import parse_settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TOLD = [page for page in PAGES if page.parent.name != "decisions"]  # those may speak of plans


def test_the_command_line_is_documented_as_it_is() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "generate_cli_docs.py"))["page"]()
    assert page == (ROOT / "docs" / "cli.md").read_text("utf-8"), "run `make docs`"


def test_the_api_is_documented_as_it_is() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "generate_api_docs.py"))["page"]()
    assert page == (ROOT / "docs" / "api.md").read_text("utf-8"), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor:
            assert anchor in _anchors(there), target


@pytest.mark.parametrize("page", TOLD, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_documentation_exist(page: Path) -> None:
    """Every `modiste ...` line and phrase names a command of docs/cli.md and options it has."""
    helps = _helps()
    for line in _commands(page.read_text("utf-8")):
        words = line.split()
        name = " ".join(words[:2]) if words[0] in ("catalogue", "data", "encoder") else words[0]
        if words[0].startswith("-") or not re.fullmatch(r"[a-z -]+", name):
            continue  # `modiste --help`, `modiste ...`
        assert name in helps, line
        for option in re.findall(r"(?<=\s)--[a-z-]+", line):
            assert option in helps[name], f"{option} in: {line}"


def test_every_module_that_is_named_exists() -> None:
    for page in PAGES:
        text = page.read_text("utf-8")
        for name in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text):
            places = (ROOT / name, ROOT / "src" / name, ROOT / "src" / "modiste" / name)
            assert any(place.is_file() for place in places), f"{name} in {page.name}"


@pytest.mark.parametrize("path", sorted(ROOT.glob("configs/*.toml")), ids=lambda path: path.name)
def test_every_config_loads(path: Path) -> None:
    from modiste.jobs.finetune import take_settings
    from modiste.jobs.spec import _split_settings
    from modiste.training.finetune import FinetuneConfig

    settings = parse_settings(path, [])
    tuning = take_settings(settings, asked=False)
    assert tuning is None or FinetuneConfig(**tuning)
    _split_settings(settings, str(settings.pop("model", "set_transformer")))


def test_there_are_decisions_of_half_a_page() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert len(pages) >= 6
    for number, page in enumerate(pages, start=1):
        text = page.read_text("utf-8")
        assert page.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number}. ")
        assert "**Context.**" in text
        assert len(text.splitlines()) <= 45


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), flags=re.M)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def _helps() -> dict[str, str]:
    sections = (ROOT / "docs" / "cli.md").read_text("utf-8").split("\n## modiste")[1:]
    named = (section.partition("\n") for section in sections)
    return {title.strip(): text for title, _, text in named}


def _commands(text: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = re.findall(r"^modiste (.+)$", joined, flags=re.M)
    return [*lines, *re.findall(r"`modiste ([^`\n]+)`", joined)]

"""The README's example: six statements, and output of the kind that it shows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from PIL import Image

from tests.conftest import Example

README = Path(__file__).resolve().parent.parent / "README.md"
VERDICT = re.compile(r"0\.\d\d (goes together|daring|fights itself)")
PIECE = re.compile(r"  [ *] [a-z0-9-]+-\d+ \([a-z ]+: [a-z -]+\) [a-z -]+")


def shown() -> list[str]:
    text = README.read_text("utf-8").partition("```text\n")[2].partition("```")[0]
    return text.splitlines()


def test_the_example_prints_what_the_readme_shows_but_for_the_choice(example: Example) -> None:
    assert len(ast.parse(example.code).body) == 6
    for lines in (shown(), example.printed.rstrip("\n").splitlines()):
        assert VERDICT.fullmatch(lines[0]), lines[0]
        assert len(lines) > 2
        assert all(PIECE.fullmatch(line) for line in lines[1:]), lines


def test_the_picture_is_there() -> None:
    link = re.search(r"!\[[^]]+\]\(([^)]+)\)", README.read_text("utf-8"))
    assert link
    with Image.open(README.parent / link[1]) as picture:
        assert picture.size == (1440, 900)

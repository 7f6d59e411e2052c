"""Write docs/cli.md from the command line itself; `make docs` runs it, a test checks the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from typer.main import get_command

from modiste.cli.main import app, main

HEAD = """\
# The command line

Written by `make docs` from the program itself; a test fails where this page and the program
differ.

- `--json`, before or after the command, prints one JSON document and nothing else on standard
  output. Progress and errors go to standard error.
- The exit code is 0, 2 where something was asked for that cannot be (an option, a name, an id), 1
  for all else that went wrong (a file, the disk, the data), 130 after Ctrl-C. An error is one
  sentence; `MODISTE_DEBUG=1` adds the traceback.
- Nothing is written half: a file is there whole or not at all. `data`, `embed`, `train` and `demo`
  go on where they were stopped when the same command is given again.
- Question files are JSON Lines, see [data](data.md#question-files).
"""


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that call each command, a group before its members."""
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


def help_of(path: tuple[str, ...]) -> str:
    """What `modiste ... --help` prints, 80 columns wide."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "80"
    text = StringIO()
    try:
        with redirect_stdout(text):
            main([*path, "--help"])
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before
    return "\n".join(line.rstrip() for line in text.getvalue().strip().splitlines())


def page() -> str:
    """The whole of docs/cli.md."""
    parts = [HEAD]
    for path in commands(get_command(app)):
        title = " ".join(("modiste", *path))
        parts.append(f"## {title}\n\n```text\n{help_of(path)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    target = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
    target.write_text(page(), "utf-8")
    print(target.name)

"""The way in: the console script, and `python -m modiste.cli`."""

from __future__ import annotations

import sys

from modiste.cli import INTERRUPTED, STOPPED


def run() -> None:
    """Run the command of this process's arguments, and end the process."""
    try:
        from modiste.cli.main import main

        code = main()
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        code = INTERRUPTED
    sys.exit(code)


if __name__ == "__main__":
    run()

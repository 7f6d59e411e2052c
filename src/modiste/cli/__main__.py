"""`python -m modiste.cli`, where the console script is not on the path."""

from modiste.cli.main import run

run()

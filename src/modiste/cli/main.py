"""The application: every command by name, and the way in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from modiste import __version__
from modiste.cli import catalogue, data, demo, encoder, fuse, learn, measure, serve, style, tune
from modiste.cli.errors import guarded

app = typer.Typer(
    name="modiste",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        print(f"modiste {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="The same as --json after the command.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version.")
    ] = False,
) -> None:
    """Learns what goes together: scores, completes, composes and explains outfits."""
    if context.invoked_subcommand is None:
        print(context.get_help())


app.command()(demo.demo)
app.add_typer(data.app)
app.command()(measure.audit)
app.command()(learn.embed)
app.command()(learn.train)
app.add_typer(encoder.app)
app.command()(tune.tune)
app.command()(fuse.fuse)
app.command()(measure.evaluate)
app.command()(measure.controls)
app.command()(measure.compare)
app.command()(encoder.compare_encoders)
app.command()(style.score)
app.command()(style.complete)
app.command()(style.compose)
app.command()(style.explain)
app.command()(style.revise)
app.command()(serve.serve)
app.add_typer(catalogue.app)
app.command()(measure.bench)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: without the program's name; those of this process if absent.

    Returns:
        The exit code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    return guarded(lambda: app(given, prog_name="modiste", standalone_mode=False))

"""The application: every command by name, and the way in.

Whatever goes wrong ends as one sentence on standard error and an exit code.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from modiste import __version__
from modiste.cli import (
    INTERRUPTED,
    STOPPED,
    catalogue,
    data,
    demo,
    encoder,
    learn,
    measure,
    serve,
    style,
)
from modiste.errors import ModisteError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EROFS, errno.EACCES, errno.EPERM)


def guarded(command: Callable[[], object]) -> int:
    """Run a command; say what went wrong in one sentence.

    With MODISTE_DEBUG set in the environment, the traceback goes before the sentence.

    Returns:
        The exit code: 0, 2 for misuse, 1 for all else that went wrong, 130 after Ctrl-C.
    """
    try:
        result = command()
        sys.stdout.flush()
    except KeyboardInterrupt:
        result = INTERRUPTED
    except Exception as error:  # the outermost frame: nothing may pass as a traceback
        return _explained(error)
    if result == INTERRUPTED:
        print(STOPPED, file=sys.stderr)
    return result if isinstance(result, int) else 0


def _explained(error: Exception) -> int:
    if isinstance(error, BrokenPipeError):  # the reader, `head` for example, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if os.environ.get("MODISTE_DEBUG"):
        traceback.print_exception(error)
    sentence, code = _sentence(error)
    _say(sentence)
    return code


def _sentence(error: Exception) -> tuple[str, int]:
    if isinstance(error, ModisteError):
        return str(error), error.exit_code
    if isinstance(error, typer.TyperException):
        return _usage(error), error.exit_code
    if isinstance(error, typer.Abort):
        return "stopped: there was no answer to a question.", 1
    name = getattr(error, "filename", None)
    place = f" {name}" if name else ""
    number, text = getattr(error, "errno", None), str(error).lower()
    # Writers in Rust (polars, safetensors) say it in words, not in a number.
    if number in _FULL or "no space left" in text or "file too large" in text:
        return f"the disk is full: cannot write{place}; free some space and try again.", 1
    if number in _REFUSED or "read-only file system" in text or "permission denied" in text:
        return f"not allowed to use{place or ' a file'}; choose a place that can be written.", 1
    if isinstance(error, OSError):
        return f"{error.strerror or error}:{place}.", 1
    if isinstance(error, MemoryError):
        return "out of memory; use a machine with more, or fewer items at a time.", 1
    first = (str(error).splitlines() or ["no message"])[0].rstrip(".")
    return (
        f"{type(error).__name__}: {first}. This is a defect of Modiste: please report it; set "
        "MODISTE_DEBUG=1 for the traceback."
    ), 1


def _usage(error: typer.TyperException) -> str:
    sentence = error.format_message().rstrip()
    context = getattr(error, "ctx", None)
    help_line = f" Try `{context.command_path} --help`." if context is not None else ""
    return f"{sentence}{'' if sentence.endswith(('.', '?', ')')) else '.'}{help_line}"


def _say(sentence: str) -> None:
    print(f"error: {sentence}", file=sys.stderr)


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
app.command()(learn.tune)
app.command()(learn.fuse)
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

"""Whatever goes wrong ends as one sentence on standard error and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable

import typer

from modiste.cli import INTERRUPTED, STOPPED
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

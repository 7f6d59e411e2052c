"""What a command takes and prints: shared options, one JSON document or something for people."""

from __future__ import annotations

import inspect
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

Result = TypeVar("Result")


def respond(
    work: Callable[[], Result],
    show: Callable[[Result], object],
    *,
    as_json: bool,
    document: Callable[[Result], object] | None = None,
) -> None:
    """Do a job, then print its result.

    Args:
        work: the job; what it prints to standard output goes to standard error under `--json`.
        show: prints the result for people.
        as_json: print JSON instead.
        document: the result as plain values; its own `to_json` if absent.
    """
    with _reserved(as_json):
        result = work()
    if not as_json:
        show(result)
        return
    plain = document(result) if document is not None else result
    print(json.dumps(plain_values(plain), ensure_ascii=False, allow_nan=False, indent=2))


def plain_values(value: Any) -> Any:
    """A value as JSON has it: NaN and infinities as null, paths as text, NumPy's numbers as ours.

    Raises:
        TypeError: there is no such form.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain_values(each) for key, each in value.items()}
    if hasattr(value, "to_json"):
        return plain_values(value.to_json())
    if is_dataclass(value) and not isinstance(value, type):
        return plain_values(asdict(value))
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers, without importing NumPy
        return plain_values(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_values(each) for each in value]
    raise TypeError(f"{type(value).__name__} has no JSON form.")


@contextmanager
def _reserved(as_json: bool) -> Iterator[None]:
    """Keep standard output free for the one document."""
    if not as_json:
        yield
        return
    with redirect_stdout(sys.stderr):
        yield


def with_options(
    **groups: Callable[..., Any],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command take groups of options that several commands share.

    Args:
        groups: parameter of the command -> what makes its value of options of its own, which
            stand in the parameter's place.
    """
    shared = {name: inspect.signature(group, eval_str=True) for name, group in groups.items()}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        parts = [
            list(shared[name].parameters.values()) if name in shared else [parameter]
            for name, parameter in own.parameters.items()
        ]
        options = [option for part in parts for option in part]

        @wraps(command)
        def run(**given: Any) -> None:
            made = {
                name: groups[name](**{option: given.pop(option) for option in taken.parameters})
                for name, taken in shared.items()
            }
            command(**given, **made)

        run.__signature__ = own.replace(parameters=options)  # type: ignore[attr-defined]
        run.__annotations__ = {option.name: option.annotation for option in options}
        del run.__wrapped__  # Typer would read that one's options
        return run

    return decorate


def _anywhere(context: typer.Context, value: bool) -> bool:
    """`modiste --json COMMAND` means the same as `modiste COMMAND --json`."""
    return value or bool(context.find_root().params.get("as_json"))


Json = Annotated[
    bool,
    typer.Option(
        "--json",
        callback=_anywhere,
        help="Print one JSON document, and nothing else, on standard output.",
    ),
]
Threads = Annotated[
    int | None, typer.Option(min=1, help="CPU threads; OMP_NUM_THREADS or all cores if absent.")
]
WardrobeArgument = Annotated[
    Path, typer.Argument(metavar="W", show_default=False, help="A wardrobe's folder.")
]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", show_default=False, help="A run's folder.")
]
NewWardrobe = Annotated[
    Path, typer.Option("--out", metavar="W", help="The folder of the new wardrobe.")
]
Replace = Annotated[bool, typer.Option("--replace", help="Write over what stands there.")]
Seed = Annotated[int, typer.Option(min=0, help="Where all chance comes from.")]
Images = Annotated[Path | None, typer.Option(metavar="DIR", help="The folder of the photographs.")]
OtherWardrobe = Annotated[
    Path | None,
    typer.Option(metavar="W", help="Another wardrobe than the one the run was trained on."),
]

"""Settings from a TOML file and from `--set key=value`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_type_hints

from modiste.errors import DataError, Misuse


def parse_settings(config: Path | None, pairs: Sequence[str]) -> dict[str, Any]:
    """Join a TOML file's settings with `key=value` pairs, which win.

    A value is read as TOML (`0.001`, `true`, `[1, 2]`), and as text where it is none.

    Raises:
        DataError: the file is missing or no TOML.
        Misuse: a pair has no `=`.
    """
    settings = _read(config) if config else {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.strip():
            raise Misuse(f"--set {pair!r}: write it as key=value, such as --set lr=0.001.")
        settings[key.strip()] = _value(text.strip())
    return settings


def check_types(kind: type, settings: Mapping[str, Any]) -> None:
    """Make sure that numbers are numbers before a config compares them.

    Raises:
        Misuse: a whole number or a number of `kind` was given as something else.
    """
    wanted = get_type_hints(kind)
    for name, value in settings.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if wanted[name] is int and not (number and float(value).is_integer()):
            raise Misuse(f"{name}={value!r}: give a whole number, such as --set {name}=2.")
        if wanted[name] is float and not number:
            raise Misuse(f"{name}={value!r}: give a number, such as --set {name}=0.5.")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"No file {path}; give a TOML file of settings.") from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as TOML ({error}).") from error


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text

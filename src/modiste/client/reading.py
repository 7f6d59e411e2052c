"""A JSON document to a dataclass; what a newer server adds is passed over."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from modiste.client.errors import UNREADABLE, ModisteApiError

Read = TypeVar("Read")


def read_answer(kind: type[Read], document: object) -> Read:
    """A dataclass out of an answer.

    Args:
        kind: the dataclass; its fields are plain values, dataclasses, tuples of them or None.
        document: what the service answered; fields that `kind` does not have are passed over.

    Raises:
        ModisteApiError: (`unreadable_answer`) a field is missing or of another type.
    """
    return _object(kind, document, kind.__name__)


def _object(kind: type[Read], document: object, where: str) -> Read:
    if not isinstance(document, Mapping):
        raise _unreadable(f"{where} is no object")
    values = {}
    for field, hint in _fields(kind):  # type: ignore[arg-type]  # a type is hashable
        if field.name in document:
            values[field.name] = _value(hint, document[field.name], f"{where}.{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise _unreadable(f"{where}.{field.name} is missing")
    return kind(**values)


@cache
def _fields(kind: Any) -> list[tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return [(field, hints[field.name]) for field in fields(kind)]


def _value(hint: Any, value: object, where: str) -> object:
    if isinstance(hint, types.UnionType):
        if value is None and types.NoneType in get_args(hint):
            return None
        hint = next(each for each in get_args(hint) if each is not types.NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise _unreadable(f"{where} is no list")
        (each, _) = get_args(hint)
        return tuple(_value(each, one, f"{where}.{n}") for n, one in enumerate(value))
    if is_dataclass(hint):
        return _object(hint, value, where)  # type: ignore[arg-type]
    if get_origin(hint) is not None:  # Mapping[str, ...]
        return dict(_checked(dict, value, where))
    return _plain(hint, value, where)


def _plain(hint: Any, value: object, where: str) -> object:
    if hint is float and type(value) is int:
        return float(value)
    if hint is int and isinstance(value, bool):
        raise _unreadable(f"{where} is no int")
    return _checked(hint, value, where)


def _checked(kind: type[Read], value: object, where: str) -> Read:
    if not isinstance(value, kind):
        raise _unreadable(f"{where} is no {kind.__name__}")
    return value


def _unreadable(what: str) -> ModisteApiError:
    return ModisteApiError(
        f"The answer cannot be read, {what}; is this the address of a Modiste service, and no "
        "older than this client?",
        code=UNREADABLE,
        status=200,
    )

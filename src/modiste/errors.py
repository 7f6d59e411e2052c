"""Every error that Modiste raises on purpose.

    ModisteError                 exit code 1: a file, a disk, a run or the data is amiss
    ├── Misuse                   exit code 2: what was asked for cannot be: an option, a name, an id
    │   ├── UnknownItem          an item id that the catalogue does not have
    │   ├── UnknownName          a model, an encoder, a data set or a setting that does not exist
    │   └── MissingExtra         an optional package is not installed
    ├── DataError                a table, a row or a question file is malformed
    │   ├── DatasetNotFound      a data set's file is missing
    │   └── ImageError           one image cannot be read (skipped, counted and listed)
    ├── WardrobeError            a wardrobe is missing, damaged, locked or exists already
    ├── FeatureError             features are missing, truncated or of another wardrobe
    ├── RunError                 a run is missing, damaged or of another wardrobe
    ├── CatalogueError           a catalogue is missing, damaged, locked or of another run
    │   └── CatalogueUnavailable its database does not answer; it may later
    └── TrainingDiverged         the loss is no longer a finite number

The message is one sentence a person can act on: what is wrong, where, and what to do. Only the
command line and the HTTP API show it; the library raises.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from typing import Literal, get_args, get_origin, get_type_hints


class ModisteError(Exception):
    """The root of all errors raised on purpose."""

    exit_code = 1


class Misuse(ModisteError):
    """What was asked for cannot be: an option, a name or an id is wrong."""

    exit_code = 2


class UnknownName(Misuse):
    """A name that is not among the known ones; suggests the nearest."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known, key=lambda each: (-_likeness(name, each), each))
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {_some(names)}."
        super().__init__(f"No {what} is called {name!r}; {hint}")


class UnknownItem(Misuse):
    """An item id that the catalogue does not have."""

    def __init__(self, item_id: str, where: object, known: Iterable[str] = ()) -> None:
        near = get_close_matches(item_id, list(known), n=1)
        hint = f"did you mean {near[0]!r}?" if near else "give an id from its items.parquet."
        super().__init__(f"No item {item_id!r} in {where}; {hint}")


class MissingExtra(Misuse):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str, what: str) -> None:
        super().__init__(
            f"{what} needs the package {package}: run `pip install 'modiste[{extra}]'`."
        )


class DataError(ModisteError):
    """A table, a row or a question file is malformed."""


class DatasetNotFound(DataError):
    """A data set's file is missing."""


class ImageError(DataError):
    """One image cannot be read: broken, truncated, too large, or no image at all."""


class WardrobeError(ModisteError):
    """A wardrobe is missing, damaged, locked by another process, or exists already."""


class FeatureError(ModisteError):
    """Features are missing, truncated, or belong to another wardrobe."""


class RunError(ModisteError):
    """A run is missing, damaged, or belongs to another wardrobe."""


class CatalogueError(ModisteError):
    """A catalogue is missing, damaged, held by another writer, or belongs to another run."""


class CatalogueUnavailable(CatalogueError):
    """The database of a catalogue does not answer; asking again later may help."""


class TrainingDiverged(ModisteError):
    """The loss is no longer a finite number."""


def check_choices(settings: object) -> None:
    """Refuse a value that the `Literal` of its field does not have.

    Raises:
        Misuse: there is one.
    """
    for name, hint in get_type_hints(type(settings)).items():
        if get_origin(hint) is Literal and (given := getattr(settings, name)) not in get_args(hint):
            raise Misuse(f"{name}={given!r}: give {', '.join(get_args(hint))}.")


def _likeness(given: str, known: str) -> float:
    """How likely `known` was meant: 0 to 1; `learning_rate` means `lr`."""
    given, known = given.casefold(), known.casefold()
    words = given.replace("-", "_").split("_")
    if len(words) > 1 and "".join(word[:1] for word in words) == known:
        return 1.0
    return SequenceMatcher(None, given, known).ratio()


def _some(names: list[str], most: int = 12) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")

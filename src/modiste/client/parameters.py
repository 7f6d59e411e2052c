"""What can be asked for: filters on suggestions, and a search of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypedDict

Words = str | Sequence[str]
"""One word or several, any of which will do."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which items may be suggested; all that is set holds at once.

    Args:
        categories: coarse or fine, any of them.
        price_min: in the catalogue's currency; items without a price are left out.
        price_max: the same.
        colours: any of them.
        brands: any of them.
        in_stock: None for both.
        attributes: name -> any of these values.
        exclude_items: ids never to suggest.
        exclude_categories: coarse or fine.
    """

    categories: Sequence[str] = ()
    price_min: float | None = None
    price_max: float | None = None
    colours: Sequence[str] = ()
    brands: Sequence[str] = ()
    in_stock: bool | None = None
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    exclude_items: Sequence[str] = ()
    exclude_categories: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """What is set, as the service reads it."""
        told: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Mapping):
                value = {name: words(some) for name, some in value.items()}
            elif isinstance(value, Sequence):
                value = words(value)
            if value is not None and value != [] and value != {}:
                told[each.name] = value
        return told


class Search(TypedDict, total=False):
    """What `Client.items` and `Client.all_items` search by; nothing given: the whole catalogue.

    `text` is searched among the words of the items; `like` is the id of an item or an upload that
    they shall look like; `fits` the ids that they shall go with. Of `category`, `colour` and
    `brand` any one given will do; `exclude` are ids to leave out.
    """

    text: str
    like: str
    fits: Words
    category: Words
    colour: Words
    brand: Words
    price_min: float
    price_max: float
    in_stock: bool
    exclude: Words


def words(some: Words) -> list[str]:
    """One word or several as a list."""
    return [some] if isinstance(some, str) else list(some)


def query_of(search: Mapping[str, object]) -> list[tuple[str, str]]:
    """A search as the parameters of an address; None counts as not given."""
    pairs = []
    for name, value in search.items():
        if value is None:
            continue
        several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        pairs += [(name, _told(each)) for each in several]
    return pairs


def _told(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

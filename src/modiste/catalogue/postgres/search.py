"""What is asked of PostgreSQL as SQL, with every value bound.

Words of a catalogue or of a question never become SQL. There is one partition for each pair of a
coarse and a fine category, called by number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from pgvector import Vector

from modiste.arrays import Floats, Ints
from modiste.catalogue.facts import stocked
from modiste.catalogue.filters import Facts, Filter
from modiste.catalogue.postgres.database import Connection, Keys, sql
from modiste.data.colours import COLOURS


def part_name(number: int) -> sql.Identifier:
    """What the partition is called: no word of a catalogue becomes a name."""
    return sql.Identifier(f"items_{int(number)}")


def numbered(connection: Connection, items: pl.DataFrame) -> list[int]:
    """The number of each item's partition; those that are new are made."""
    known = {
        (category, fine): number
        for number, category, fine in connection.execute("SELECT number, category, fine FROM parts")
    }
    for pair in items.select("category", "fine").unique(maintain_order=True).rows():
        if pair not in known:
            known[pair] = _new_part(connection, pair)
    return [known[pair] for pair in items.select("category", "fine").rows()]


def _new_part(connection: Connection, pair: Sequence[str]) -> int:
    row = connection.execute(
        "INSERT INTO parts (category, fine) VALUES (%s, %s) RETURNING number", pair
    ).fetchone()
    number = int(row[0]) if row else 0
    name = part_name(number)
    # Attached rather than made as a partition, which would stop every reader. Rows stay whole up
    # to a page, since a scan that fetches each vector from elsewhere takes several times as long.
    connection.execute(
        sql.SQL(
            "CREATE TABLE {} (LIKE items INCLUDING DEFAULTS) WITH (toast_tuple_target = 8160)"
        ).format(name)
    )
    connection.execute(  # statistics of vectors would be costly, and nothing reads them
        sql.SQL("ALTER TABLE {} ALTER COLUMN vector SET STATISTICS 0").format(name)
    )
    connection.execute(
        sql.SQL("ALTER TABLE items ATTACH PARTITION {} FOR VALUES IN ({})").format(
            name, sql.Literal(number)
        )
    )
    return number


@dataclass
class Where:
    """Conditions on items as SQL that all hold, and the values to bind to it."""

    parts: list[sql.Composable] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, text: str, **values: Any) -> None:
        """One more; `text` is ours and names its values as psycopg does."""
        self.parts.append(sql.SQL(text))  # never from input
        self.values |= values


@dataclass(frozen=True)
class Scored:
    """What a search found, best first.

    Args:
        keys: for each of B queries up to k.
        scores: (B, k) float32, minus infinity where there were no more.
    """

    keys: list[list[int]]
    scores: Floats


_HAS, _HAS_NOT = "({})", "({}) IS NOT TRUE"


def conditions(asked: Filter, facts: Callable[[], Facts], keys: Ints) -> Where:
    """All conditions but those on categories, which choose partitions, and ids; see `Filter.mask`.

    Args:
        asked: the filter.
        facts: of the version that is asked, for what the database cannot tell: which colours the
            catalogue never names, and titles without regard to case.
        keys: (M,) int64 of the items of `facts`.
    """
    where = Where()
    if asked.price_min is not None:
        where.add("price >= %(price_min)s", price_min=asked.price_min)
    if asked.price_max is not None:
        where.add("price <= %(price_max)s", price_max=asked.price_max)
    if asked.in_stock is not None:
        where.add("in_stock = %(in_stock)s", in_stock=asked.in_stock)
    for words, form in ((asked.colours, _HAS), (asked.exclude_colours, _HAS_NOT)):
        if words:
            at, folded = f"word_{len(where.values)}", _folded(words)
            seen = facts().unsaid(folded) if set(folded) & set(COLOURS) else []
            text = f"colour_word = ANY(%({at})s) OR looks = ANY(%({at}_seen)s)"
            where.add(form.format(text), **{at: folded, f"{at}_seen": seen})
    every = [("brand", list(asked.brands), _HAS)] if asked.brands else []
    every += [(name, values, _HAS) for name, values in asked.any_of().items()]
    every += [(name, [value], _HAS_NOT) for name, value in asked.exclude_attributes]
    for name, values, form in every:
        at = f"word_{len(where.values)}"
        text, bound = _attribute(name, values, at, facts, keys)
        where.add(form.format(text), **bound)
    return where


def _attribute(
    name: str, values: Sequence[str], at: str, facts: Callable[[], Facts], keys: Ints
) -> tuple[str, dict[str, Any]]:
    """That an attribute has one of these values, bound to names that begin with `at`."""
    match name:
        case "title":
            return f"key = ANY(%({at})s)", {at: Keys(keys[facts().among(name, values)])}
        case "in_stock":
            return f"in_stock = ANY(%({at})s)", {at: [stocked(value) for value in values]}
        case "colour":
            text = f"colour IS NOT NULL AND colour_word = ANY(%({at})s)"  # else it is of `looks`
            return text, {at: _folded(values)}
        case "brand":
            return f"brand_word = ANY(%({at})s)", {at: _folded(values)}
        case _:
            text = f"attribute_words ->> %({at})s::text = ANY(%({at}_any)s)"
            return text, {at: name, f"{at}_any": _folded(values)}


def visible(version: int, first_key: int, next_key: int) -> Where:
    """That an item was there in a version: it had come, and had not gone."""
    where = Where()
    where.add(
        "key >= %(first)s AND key < %(next)s AND (removed IS NULL OR removed > %(version)s)",
        first=first_key,
        next=next_key,
        version=version,
    )
    return where


def both(one: Where, other: Where) -> Where:
    """All of one and all of the other."""
    return Where(one.parts + other.parts, one.values | other.values)


def best(
    connection: Connection,
    wanted: Floats,
    k: int,
    parts: Sequence[int] | None,
    where: Where,
) -> Scored:
    """Look at every item of some partitions that meets conditions; return the k best.

    Args:
        connection: with pgvector's types registered.
        wanted: (B, H) float32.
        k: at least 1.
        parts: numbers of partitions; None for all.
        where: on the columns of `items`.
    """
    keys: list[list[int]] = [[] for _ in wanted]
    scores = np.full((len(wanted), k), -np.inf, dtype=np.float32)
    if parts is None or len(parts):
        table, chosen = _table(parts)
        asked = both(chosen, where)
        statement = _STATEMENT.format(
            table=table,
            where=sql.SQL(" AND ").join([*asked.parts, sql.SQL("true")]),
        )
        queries = [Vector(row) for row in np.asarray(wanted, dtype=np.float32)]
        values = asked.values | {"wanted": queries, "k": k}
        for place, key, score in connection.execute(statement, values, binary=True):
            row = int(place) - 1
            scores[row, len(keys[row])] = score
            keys[row].append(key)
    return Scored(keys, scores)


# Equal scores go to the lower key. pgvector's <#> is the inner product times -1.
_STATEMENT = sql.SQL(
    """
SELECT q.place, hit.key, -hit.distance
FROM unnest(%(wanted)s::vector[]) WITH ORDINALITY AS q (wanted, place)
CROSS JOIN LATERAL (
    SELECT key, vector <#> q.wanted AS distance
    FROM {table} WHERE {where}
    ORDER BY distance, key LIMIT %(k)s
) AS hit
ORDER BY q.place, hit.distance, hit.key
"""
)


def _table(parts: Sequence[int] | None) -> tuple[sql.Composable, Where]:
    """Where to look: one partition by its name, which is planned at once, or the whole."""
    where = Where()
    if parts is not None and len(parts) == 1:
        return part_name(parts[0]), where
    if parts is not None:
        where.add("part = ANY(%(parts)s)", parts=list(parts))
    return sql.Identifier("items"), where


def _folded(words: Any) -> list[str]:
    return sorted({word.casefold() for word in words})

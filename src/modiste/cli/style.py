"""`modiste score | complete | compose | explain | revise`: ask the stylist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from modiste.cli import show
from modiste.cli.output import (
    Json,
    OtherWardrobe,
    RunArgument,
    Seed,
    Threads,
    respond,
    with_options,
)
from modiste.errors import Misuse

if TYPE_CHECKING:
    from modiste.stylist.compose import ComposeRequest
    from modiste.stylist.generation.han2017 import Han2017Config
    from modiste.stylist.pictures.answers import Answer
    from modiste.stylist.stylist import Stylist

Pieces = Annotated[
    list[str],
    typer.Argument(
        metavar="ITEM...",
        show_default=False,
        help="Ids, or image files; SLOT=FILE says what a photograph shows.",
    ),
]
AnyPieces = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ITEM...]",
        show_default=False,
        help="Ids, or image files; SLOT=FILE says what a photograph shows. None is fine.",
    ),
]
Picture = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Draw the answer as an image; given pieces framed in green."),
]


@dataclass(frozen=True)
class Asking:
    """How the stylist is asked, whatever it is asked."""

    wardrobe: OtherWardrobe = None
    picture: Picture = None
    threads: Threads = None
    as_json: Json = False

    def ask(self, run: Path, question: Callable[[Stylist], Answer]) -> None:
        """Ask one question and print the answer."""
        from modiste.jobs.style import ask

        respond(lambda: ask(run, question, **self._how), show.words, as_json=self.as_json)

    def ask_queries(
        self, run: Path, queries: Path, request: ComposeRequest, published: Han2017Config | None
    ) -> None:
        """Compose looks for all queries of a file and print them."""
        from modiste.jobs.style import ask_queries

        respond(
            lambda: ask_queries(run, queries, request, published=published, **self._how),
            show.words,
            as_json=self.as_json,
        )

    @property
    def _how(self) -> dict[str, Any]:
        return {"wardrobe": self.wardrobe, "picture": self.picture, "threads": self.threads}


def filters_of(
    price_min: Annotated[float | None, typer.Option(min=0, help="The lowest price.")] = None,
    price_max: Annotated[float | None, typer.Option(min=0, help="The highest price.")] = None,
    colours: Annotated[
        list[str] | None,
        typer.Option("--colour", "--color", metavar="NAME", help="Of this colour; any of several."),
    ] = None,
    attributes: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="NAME=VALUE", help="With this attribute; repeatable."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="ITEM", help="Not this item; repeatable."),
    ] = None,
    exclude_categories: Annotated[
        list[str] | None,
        typer.Option("--exclude-category", metavar="NAME", help="Nothing of it; repeatable."),
    ] = None,
    exclude_attributes: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="NAME=VALUE", help="Nothing with it; repeatable."),
    ] = None,
) -> Any:
    """The filter that these options say."""
    from modiste.catalogue.filters import Filter

    return Filter(
        price_min=price_min,
        price_max=price_max,
        colours=tuple(colours or ()),
        attributes=_pairs(attributes or (), "--with"),
        exclude_items=tuple(exclude or ()),
        exclude_categories=tuple(exclude_categories or ()),
        exclude_attributes=_pairs(exclude_attributes or (), "--without"),
    )


class Published(StrEnum):
    """Published ways to compose."""

    HAN2017 = "han2017"


@with_options(asking=Asking)
def score(
    run: RunArgument,
    items: Pieces,
    asking: Any = None,
) -> None:
    """Say how well items go together."""
    asking.ask(run, lambda stylist: stylist.score(items))


@with_options(filters=filters_of, asking=Asking)
def complete(
    run: RunArgument,
    items: Pieces,
    category: Annotated[
        str | None,
        typer.Option(help="What is missing, coarse or fine; any open slot if absent."),
    ] = None,
    count: Annotated[int, typer.Option("--count", "-k", min=1, help="Suggestions.")] = 10,
    diversity: Annotated[
        float, typer.Option(min=0, max=1, help="0: the best; to 1: as unlike as possible.")
    ] = 0.0,
    filters: Any = None,
    asking: Any = None,
) -> None:
    """Suggest items to wear with ITEM, best first."""
    asking.ask(
        run,
        lambda stylist: stylist.complete(
            items, category, k=count, filters=filters, diversity=diversity
        ),
    )


@with_options(filters=filters_of, asking=Asking)
def compose(
    run: RunArgument,
    items: AnyPieces = None,
    wish: Annotated[
        str | None,
        typer.Option("--wish", metavar="TEXT", help="In words: 'a green dress for summer'."),
    ] = None,
    slots: Annotated[
        str | None,
        typer.Option(metavar="A,B,...", help="Slots of the whole look; the usual if absent."),
    ] = None,
    looks: Annotated[int, typer.Option(min=1, help="Distinct looks.")] = 3,
    seed: Seed = 0,
    queries: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Instead of ITEM and --wish, a JSON file of many: "
            '[{"image_query": [ITEM, ...], "text_query": TEXT}, ...].',
        ),
    ] = None,
    protocol: Annotated[
        Published | None,
        typer.Option(
            help="With --queries: generate one look each as Han et al. 2017 published it (a "
            "bilstm alone; no slots, filters or seed)."
        ),
    ] = None,
    end_threshold: Annotated[
        float | None,
        typer.Option(
            metavar="P",
            help="With --protocol: how likely the end of an outfit must be; 1e-5 as published.",
        ),
    ] = None,
    filters: Any = None,
    asking: Any = None,
) -> None:
    """Compose whole looks around ITEM, a wish, or nothing.

    Or, with --queries, for every query of a file.
    """
    from modiste.stylist.compose import ComposeRequest

    request = ComposeRequest(
        text=wish,
        slots=None if slots is None else tuple(slot.strip() for slot in slots.split(",")),
        looks=looks,
        filters=filters,
        seed=seed,
    )
    if queries is not None:
        if items or wish is not None:
            raise Misuse("--queries stands instead of ITEM and --wish; give one or the other.")
        published = _published(protocol, end_threshold, request)
        asking.ask_queries(run, queries, request, published)
        return
    if protocol is not None or end_threshold is not None:
        raise Misuse("--protocol and --end-threshold are for --queries FILE; give one.")
    asking.ask(run, lambda stylist: stylist.compose(items or (), request))


@with_options(asking=Asking)
def explain(
    run: RunArgument,
    items: Pieces,
    asking: Any = None,
) -> None:
    """Say what each ITEM adds or costs, and what clashes."""
    asking.ask(run, lambda stylist: stylist.explain(items))


@with_options(filters=filters_of, asking=Asking)
def revise(
    run: RunArgument,
    items: Pieces,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="ITEM", help="This one stays; repeatable.")
    ] = None,
    count: Annotated[int, typer.Option("--count", "-k", min=1, help="Swaps to show.")] = 5,
    filters: Any = None,
    asking: Any = None,
) -> None:
    """Say which ITEM to change, and what to wear instead."""
    asking.ask(
        run, lambda stylist: stylist.revise(items, keep=keep or (), k=count, filters=filters)
    )


def _published(
    protocol: Published | None, end_threshold: float | None, request: ComposeRequest
) -> Han2017Config | None:
    """The published generation, if it is asked for with nothing that it does not know."""
    from modiste.stylist.compose import ComposeRequest
    from modiste.stylist.generation.han2017 import Han2017Config

    if protocol is None:
        if end_threshold is not None:
            raise Misuse("--end-threshold is for --protocol han2017; give both or neither.")
        return None
    if request != ComposeRequest(looks=request.looks):
        raise Misuse(
            "The published generation knows no slots, filters or seed; leave them out, or leave "
            "out --protocol."
        )
    return Han2017Config() if end_threshold is None else Han2017Config(end_threshold=end_threshold)


def _pairs(given: Iterable[str], option: str) -> tuple[tuple[str, str], ...]:
    """`name=value` words as pairs."""
    pairs = []
    for word in given:
        name, _, value = word.partition("=")
        if not name.strip() or not value.strip():
            raise Misuse(f"{option} {word!r} is not NAME=VALUE; write for example season=2023.")
        pairs.append((name.strip(), value.strip()))
    return tuple(pairs)

"""`modiste score | complete | compose | explain | revise`: ask the stylist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from modiste.cli import show
from modiste.cli.output import Json, OtherWardrobe, RunArgument, Seed, Threads, respond
from modiste.errors import Misuse

if TYPE_CHECKING:
    from modiste.catalogue.filters import Filter
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
Cheapest = Annotated[float | None, typer.Option(min=0, help="The lowest price.")]
Dearest = Annotated[float | None, typer.Option(min=0, help="The highest price.")]
Colours = Annotated[
    list[str] | None,
    typer.Option("--colour", "--color", metavar="NAME", help="Of this colour; any of several."),
]
Attributes = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="NAME=VALUE", help="With this attribute; repeatable."),
]
Excluded = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="ITEM", help="Not this item; repeatable.")
]
ExcludedCategories = Annotated[
    list[str] | None,
    typer.Option("--exclude-category", metavar="NAME", help="Nothing of it; repeatable."),
]
ExcludedAttributes = Annotated[
    list[str] | None,
    typer.Option("--without", metavar="NAME=VALUE", help="Nothing with it; repeatable."),
]


class Published(StrEnum):
    """Published ways to compose."""

    HAN2017 = "han2017"


def score(
    run: RunArgument,
    items: Pieces,
    wardrobe: OtherWardrobe = None,
    picture: Picture = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Say how well items go together."""
    _ask(run, wardrobe, lambda stylist: stylist.score(items), picture, threads, as_json)


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
    price_min: Cheapest = None,
    price_max: Dearest = None,
    colours: Colours = None,
    attributes: Attributes = None,
    exclude: Excluded = None,
    exclude_categories: ExcludedCategories = None,
    exclude_attributes: ExcludedAttributes = None,
    wardrobe: OtherWardrobe = None,
    picture: Picture = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Suggest items to wear with ITEM, best first."""
    filters = _filters(
        (price_min, price_max), colours, attributes, exclude, exclude_categories, exclude_attributes
    )
    _ask(
        run,
        wardrobe,
        lambda stylist: stylist.complete(
            items, category, k=count, filters=filters, diversity=diversity
        ),
        picture,
        threads,
        as_json,
    )


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
    price_min: Cheapest = None,
    price_max: Dearest = None,
    colours: Colours = None,
    attributes: Attributes = None,
    exclude: Excluded = None,
    exclude_categories: ExcludedCategories = None,
    exclude_attributes: ExcludedAttributes = None,
    wardrobe: OtherWardrobe = None,
    picture: Picture = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Compose whole looks around ITEM, a wish, or nothing.

    Or, with --queries, for every query of a file.
    """
    from modiste.stylist.compose import ComposeRequest

    request = ComposeRequest(
        text=wish,
        slots=None if slots is None else tuple(slot.strip() for slot in slots.split(",")),
        looks=looks,
        filters=_filters(
            (price_min, price_max),
            colours,
            attributes,
            exclude,
            exclude_categories,
            exclude_attributes,
        ),
        seed=seed,
    )
    if queries is not None:
        if items or wish is not None:
            raise Misuse("--queries stands instead of ITEM and --wish; give one or the other.")
        published = _published(protocol, end_threshold, request)
        _ask_queries(run, wardrobe, (queries, request, published), picture, threads, as_json)
        return
    if protocol is not None or end_threshold is not None:
        raise Misuse("--protocol and --end-threshold are for --queries FILE; give one.")
    _ask(
        run,
        wardrobe,
        lambda stylist: stylist.compose(items or (), request),
        picture,
        threads,
        as_json,
    )


def explain(
    run: RunArgument,
    items: Pieces,
    wardrobe: OtherWardrobe = None,
    picture: Picture = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Say what each ITEM adds or costs, and what clashes."""
    _ask(run, wardrobe, lambda stylist: stylist.explain(items), picture, threads, as_json)


def revise(
    run: RunArgument,
    items: Pieces,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="ITEM", help="This one stays; repeatable.")
    ] = None,
    count: Annotated[int, typer.Option("--count", "-k", min=1, help="Swaps to show.")] = 5,
    price_min: Cheapest = None,
    price_max: Dearest = None,
    colours: Colours = None,
    attributes: Attributes = None,
    exclude: Excluded = None,
    exclude_categories: ExcludedCategories = None,
    exclude_attributes: ExcludedAttributes = None,
    wardrobe: OtherWardrobe = None,
    picture: Picture = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Say which ITEM to change, and what to wear instead."""
    filters = _filters(
        (price_min, price_max), colours, attributes, exclude, exclude_categories, exclude_attributes
    )
    _ask(
        run,
        wardrobe,
        lambda stylist: stylist.revise(items, keep=keep or (), k=count, filters=filters),
        picture,
        threads,
        as_json,
    )


def _ask(
    run: Path,
    wardrobe: Path | None,
    question: Callable[[Stylist], Answer],
    picture: Path | None,
    threads: int | None,
    as_json: bool,
) -> None:
    from modiste.jobs.style import ask

    respond(
        lambda: ask(run, question, wardrobe=wardrobe, picture=picture, threads=threads),
        show.words,
        as_json=as_json,
    )


def _ask_queries(
    run: Path,
    wardrobe: Path | None,
    question: tuple[Path, ComposeRequest, Han2017Config | None],
    picture: Path | None,
    threads: int | None,
    as_json: bool,
) -> None:
    from modiste.jobs.style import ask_queries

    queries, request, published = question
    respond(
        lambda: ask_queries(
            run,
            queries,
            request,
            published=published,
            wardrobe=wardrobe,
            picture=picture,
            threads=threads,
        ),
        show.words,
        as_json=as_json,
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


def _filters(
    prices: tuple[float | None, float | None],
    colours: list[str] | None,
    attributes: list[str] | None,
    exclude: list[str] | None,
    exclude_categories: list[str] | None,
    exclude_attributes: list[str] | None,
) -> Filter:
    from modiste.catalogue.filters import Filter

    return Filter(
        price_min=prices[0],
        price_max=prices[1],
        colours=tuple(colours or ()),
        attributes=_pairs(attributes or (), "--with"),
        exclude_items=tuple(exclude or ()),
        exclude_categories=tuple(exclude_categories or ()),
        exclude_attributes=_pairs(exclude_attributes or (), "--without"),
    )


def _pairs(given: Iterable[str], option: str) -> tuple[tuple[str, str], ...]:
    """`name=value` words as pairs."""
    pairs = []
    for word in given:
        name, _, value = word.partition("=")
        if not name.strip() or not value.strip():
            raise Misuse(f"{option} {word!r} is not NAME=VALUE; write for example season=2023.")
        pairs.append((name.strip(), value.strip()))
    return tuple(pairs)

"""`modiste serve`: the HTTP API and the studio page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from modiste.cli.output import Json, OtherWardrobe, RunArgument
from modiste.errors import Misuse

if TYPE_CHECKING:
    from fastapi import FastAPI

    from modiste.serving.server import Build
    from modiste.serving.service import Service
    from modiste.serving.settings import EdgeSettings

USUAL_RATE = 50.0
USUAL_CONNECTIONS = 128


def serve(
    run: RunArgument,
    catalogue: Annotated[
        str | None,
        typer.Option(
            metavar="CAT",
            help="A catalogue made by `modiste catalogue build`: a folder, or postgresql://...; "
            "changes to it are served within seconds.",
        ),
    ] = None,
    wardrobe: OtherWardrobe = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0: other machines can call.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8000,
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keys that may write, one a line; more in MODISTE_KEYS. None: nobody may.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where photographs go that a key asks to keep."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Pages of this origin may call too; repeatable."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Answer to this name too; repeatable; '*': to any."),
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS", help="Believe X-Forwarded-For of this proxy or network; repeatable."
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Requests a second of one address or key; 0: any number. 50 if absent, and any "
            "number where only this machine can call.",
        ),
    ] = None,
    connections: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Open connections of one address, a trusted proxy aside; 0: any number. 128 if "
            "absent, and any number where only this machine can call.",
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Threads that ask the model; one a core if absent."),
    ] = None,
    opens: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    idle: Annotated[
        float | None,
        typer.Option(min=1, metavar="SECONDS", help="Stop after so long without a request."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No log line for every request.")] = False,
    as_json: Json = False,
) -> None:
    """Serve the HTTP API and the studio page.

    Prints the address once it is ready; Ctrl-C stops it, after what is being answered. Logs are
    lines of JSON on standard error.

    modiste serve RUN --open

    modiste serve RUN --catalogue CAT --host 0.0.0.0 --allow-host studio.example --key-file keys.txt
    """
    _check(allow_origin or [], catalogue, wardrobe)
    from modiste.serving.edge.access import read_keys
    from modiste.serving.edge.observe import write_logs
    from modiste.serving.server import Listening, is_loopback
    from modiste.serving.server import serve as work
    from modiste.serving.settings import EdgeSettings

    alone = is_loopback(host)
    usual_rate, usual_connections = (None, None) if alone else (USUAL_RATE, USUAL_CONNECTIONS)
    edge = EdgeSettings(
        hosts=tuple(allow_host or ()),
        origins=tuple(allow_origin or ()),
        key_digests=read_keys(key_file),
        rate=usual_rate if rate is None else rate or None,
        trusted_proxies=tuple(trusted_proxy or ()),
        connections_per_address=(usual_connections if connections is None else connections or None),
    )
    write_logs(requests=not quiet)
    work(
        builder(run, catalogue, wardrobe, data, threads),
        edge,
        Listening(
            host=host,
            port=port,
            opens=opens,
            announce=_announce_json if as_json else announce,
            idle=idle,
        ),
    )


def builder(
    run: Path,
    catalogue: str | None = None,
    wardrobe: Path | None = None,
    data: Path | None = None,
    threads: int | None = None,
) -> Build:
    """What makes a run's application, in the thread that loads while the socket listens."""

    def build(edge: EdgeSettings) -> tuple[FastAPI, Service]:
        from modiste.jobs.threads import available_cores, use_threads
        from modiste.serving.app import create_app
        from modiste.serving.service import Service
        from modiste.serving.settings import Settings
        from modiste.serving.sources import CatalogueSource, RunSource

        use_threads(1)  # many small questions: each on a core of its own is faster than split up
        settings = Settings(edge=edge, data=data, model_threads=threads or available_cores())
        source = RunSource(run, wardrobe) if catalogue is None else CatalogueSource(run, catalogue)
        service = Service(source, settings)
        return create_app(service, settings), service

    return build


def _check(origins: list[str], catalogue: str | None, wardrobe: Path | None) -> None:
    """Say at once what would otherwise be found out after seconds.

    Raises:
        Misuse: two catalogues, or an origin that is none.
    """
    if catalogue is not None and wardrobe is not None:
        raise Misuse("--catalogue and --wardrobe both say what is served; give one of them.")
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
            raise Misuse(f"--allow-origin {origin}: give an origin such as https://shop.example.")


def announce(url: str, items: int) -> None:
    """Say where the service is, once it can be asked."""
    print(f"Modiste is ready: {url} ({items:,} items)", flush=True)


def _announce_json(url: str, items: int) -> None:
    print(json.dumps({"url": url, "items": items}), flush=True)

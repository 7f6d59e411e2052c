"""Write docs/api.md from the service's description and the client; `make docs` runs it.

Nothing about a route, a field, a limit or an error is written down here: it comes from the
application's OpenAPI document and from docstrings, so that the page cannot drift from them.
"""

from __future__ import annotations

import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modiste.client.client import Client
from modiste.client.parameters import Filters, Search
from modiste.client.transport import ModisteApiError
from modiste.serving.problems import ANYWHERE, MEANING, RETRY_AFTER, STATUS

HEAD = """\
# The HTTP API and its client

Written by `make docs` from the service itself; a test fails where this page and the service differ.

`modiste serve RUN` answers on `http://127.0.0.1:8000`. Every address begins with `/v1`: what is
there keeps its meaning, while fields, routes and error codes may be added. Bodies and answers are
JSON in UTF-8, but for photographs and `/v1/metrics`. The description for programs is at
`/openapi.json`.

```
curl -s localhost:8000/v1/shop
curl -s localhost:8000/v1/complete -H 'Content-Type: application/json' \\
     -d '{"pieces": ["shirts-014", "skirts-003"], "category": "shoes", "k": 3}'
curl -s localhost:8000/v1/uploads -F file=@photo.jpg -c visit.txt
```

- **Ids** are those of the catalogue. One in a path is percent-encoded, `/` as `%2F`. The id of an
  uploaded photograph can stand wherever an item's can, for the visitor who brought it.
- **Visits.** The first upload answers with the cookie `modiste_visitor`; send it back. Photographs
  go when the visit ends, unless they were sent with a key and `keep=true`.
- **Keys.** What changes the service needs the header `X-Modiste-Key: ...` (or `Authorization:
  Bearer ...`) with a line of the file that `modiste serve --key-file` was given.
- **Request ids.** Every answer has `X-Request-ID`, which the service's log has too.
- **Fields** that a route does not know are refused, so that no slip of the pen is passed over.
"""

ERRORS = """\
## Errors

Every answer of status 400 or more is

```json
{"error": {"code": "unknown_item", "message": "No item 'x' here; ask /v1/items.",
           "where": "pieces.1", "request_id": "54b0c8d6"}}
```

`code` never changes its meaning, `message` is one sentence for people, `where` is the field or
null. What may pass carries `Retry-After`, in seconds. Codes marked * may come from any route; the
others stand at theirs.
"""

CLIENT = """\
## The Python client

```python
from modiste.client import Client, Filters

with Client("http://127.0.0.1:8000") as client:
    client.wait_until_ready(60)
    shirt = client.items(text="white shirt", limit=1).items[0]
    for piece in client.complete([shirt], "shoes", filters=Filters(price_max=60)).suggestions:
        print(piece.title, piece.verdict.words, piece.why)
```

Where a piece is asked for (`Given`), its id or a piece of an earlier answer will do. The methods
answer with the [documents](#documents) of these names, read-only: a list is a tuple, null is None,
`limits` and `attributes` are dicts. What a newer service adds is passed over.
"""

WIDTH = 100
"""Of an example, in characters."""


class Description:
    """The OpenAPI document, and what it says in words."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """A schema itself where it is only referred to."""
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def kind(self, schema: Mapping[str, Any]) -> str:
        """Type and limits in a few words."""
        if "$ref" in schema and "properties" not in self.resolved(schema):
            return self.kind(self.resolved(schema))
        if "$ref" in schema:
            name = shown_name(schema["$ref"].rpartition("/")[2])
            return f"[{name}](#{name.lower()})"
        if either := schema.get("anyOf") or schema.get("oneOf"):
            return " or ".join(self.kind(each) for each in either)
        if "const" in schema or "enum" in schema:
            values = schema.get("enum", [schema.get("const")])
            return " or ".join(f"`{json.dumps(value)}`" for value in values)
        kind = str(schema.get("type", "anything"))
        if kind == "array":
            kind = f"list of {self.kind(schema.get('items', {}))}"
        elif kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            kind = f"object: name -> {self.kind(schema['additionalProperties'])}"
        return kind + limits(schema)

    def fields(self, schema: Mapping[str, Any], *, asked: bool) -> list[str]:
        """A table of the fields of an object."""
        found = self.resolved(schema)
        rows = []
        for name, field in found.get("properties", {}).items():
            needed = asked and name in found.get("required", ())
            told = [*(["required"] if needed else []), *defaults(field)] if asked else []
            rows.append((f"`{name}`", self.kind(field), ", ".join(told), said(self, field)))
        return table(("field", "type", "default", "meaning"), rows)

    def example(self, schema: Mapping[str, Any]) -> Any:
        """A value as the schema describes it: its own example, else that of its parts."""
        if told := schema.get("examples"):
            return told[0]
        whole = self.resolved(schema)
        if "properties" in whole:
            return {name: self.example(field) for name, field in whole["properties"].items()}
        if "default" in whole:
            return whole["default"]
        if whole.get("type") == "array":
            return [self.example(whole["items"])]
        return self.example(whole["anyOf"][0])


def limits(schema: Mapping[str, Any]) -> str:
    """The bounds of a value, of a length or of a count."""
    unit = {"string": " characters", "array": " of them", "object": " names"}.get(
        str(schema.get("type")), ""
    )
    low, high = ("minimum", "maximum")
    if unit:
        ends = {" characters": "Length", " of them": "Items", " names": "Properties"}[unit]
        low, high = f"min{ends}", f"max{ends}"
    least, most = schema.get(low), schema.get(high)
    if least is None and most is None:
        return ""
    if most is None:
        return f", {number(least)}{unit} or more"
    if least is None:
        return f", at most {number(most)}{unit}"
    return f", {number(least)} to {number(most)}{unit}"


def number(value: float) -> str:
    """A bound as people write it."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def defaults(field: Mapping[str, Any]) -> list[str]:
    """The default of a field, if there is one worth telling."""
    if "default" not in field:
        return []
    value = field["default"]
    return [f"`{json.dumps(value)}`"] if not isinstance(value, dict) or not value else ["none set"]


def said(description: Description, field: Mapping[str, Any]) -> str:
    """What a field means, in the description's words."""
    return str(field.get("description", "")).replace("|", "\\|").replace("\n", " ")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """A Markdown table without its empty columns."""
    kept = [n for n in range(len(head)) if any(row[n] for row in rows)]
    lines = [
        [head[n] for n in kept],
        ["---"] * len(kept),
        *([row[n] for n in kept] for row in rows),
    ]
    return ["| " + " | ".join(cells) + " |" for cells in lines] if rows else []


def shown_name(name: str) -> str:
    """The name of a schema without what tells its Python class."""
    return name.removesuffix("Asked")


def routes(description: Description) -> Iterator[str]:
    """The section of each route."""
    yield "## Routes\n"
    for path, methods in description.document["paths"].items():
        for method, route in methods.items():
            yield "\n".join([*one_route(description, method.upper(), path, route), ""])


def one_route(
    description: Description, method: str, path: str, route: Mapping[str, Any]
) -> Iterator[str]:
    """Method and path, parameters, body, answer, errors."""
    yield f"### {method} {path}\n"
    yield str(route.get("description") or route.get("summary", ""))
    if parameters := route.get("parameters"):
        yield ""
        yield from table(
            ("parameter", "in", "type", "default", "meaning"),
            [one_parameter(description, each) for each in parameters],
        )
    for media, content in route.get("requestBody", {}).get("content", {}).items():
        yield f"\nBody, `{media}`:\n"
        yield from description.fields(content["schema"], asked=True)
        if media == "application/json":
            yield from example(description, content)
    for status, answer in sorted(route["responses"].items()):
        if status < "400":
            yield from one_answer(description, status, answer)
    yield f"\nErrors: {', '.join(codes_of(route)) or 'those of any route'}."


def one_parameter(description: Description, parameter: Mapping[str, Any]) -> tuple[str, ...]:
    """A row of the table of parameters."""
    schema = parameter.get("schema", {})
    told = ["required"] if parameter.get("required") else defaults(schema)
    meaning = said(description, parameter) or said(description, schema)
    kind = description.kind(schema)
    return (f"`{parameter['name']}`", str(parameter["in"]), kind, ", ".join(told), meaning)


def one_answer(description: Description, status: str, answer: Mapping[str, Any]) -> Iterator[str]:
    """What an answer holds, with an example where it is JSON."""
    contents = answer.get("content", {})
    if not contents:
        yield f"\nAnswer {status}: {answer.get('description', '')}"
    for media, content in contents.items():
        schema = content.get("schema", {})
        if "json" not in media or not schema:
            yield f"\nAnswer {status}, `{media}`: {answer.get('description', '')}"
            continue
        yield f"\nAnswer {status}: {description.kind(schema)}."
        yield from example(description, content)


def example(description: Description, content: Mapping[str, Any]) -> Iterator[str]:
    """A document of this kind: the description's own, else one put together field by field."""
    value = content.get("example")
    if told := content.get("examples"):
        value = next(iter(told.values()))["value"] if isinstance(told, dict) else told[0]
    if value is None:
        value = description.example(content["schema"])
    yield "\n```json"
    yield laid_out(value)
    yield "```"


def laid_out(value: Any, indent: int = 0) -> str:
    """JSON on as few lines as there is scorer for."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    if isinstance(value, dict):
        parts = [f"{json.dumps(k)}: {laid_out(v, indent + 2)}" for k, v in value.items()]
        first, last = "{}"
    else:
        parts = [laid_out(each, indent + 2) for each in value]
        first, last = "[]"
    lines = [""]
    for part in parts:
        fits = len(lines[-1]) + len(part) + indent + 4 <= WIDTH and "\n" not in lines[-1] + part
        lines[-1:] = [f"{lines[-1]} {part},"] if fits and lines[-1] else [lines[-1], f"{part},"]
    inner = "\n" + " " * (indent + 2)
    return first + inner + inner.join(filter(None, lines))[:-1] + f"\n{' ' * indent}{last}"


def codes_of(route: Mapping[str, Any]) -> Iterator[str]:
    """The codes of a route's own errors, by status."""
    for status, answer in sorted(route["responses"].items()):
        named = re.findall(r"`(\w+)`", str(answer.get("description", "")))
        own = [f"`{code}`" for code in named if code in STATUS and code not in ANYWHERE]
        if status >= "400" and own:
            yield f"{status} {' '.join(own)}"


def errors() -> str:
    """All codes."""
    rows = [
        (
            f"`{code}`" + (" *" if code in ANYWHERE else ""),
            str(status),
            MEANING.get(code, ""),
            str(RETRY_AFTER.get(code, "")),
        )
        for code, status in STATUS.items()
    ]
    head = ("code", "status", "meaning", "ask again after, s")
    return "\n".join([ERRORS, *table(head, rows), ""])


def objects(description: Description) -> Iterator[str]:
    """The documents that others refer to, by name; the body of a route stands at the route."""
    yield "## Documents\n"
    told = json.dumps(description.document)
    for name, schema in sorted(description.document["components"]["schemas"].items()):
        body = re.search(rf'"requestBody": [^}}]*/{name}"', told)
        if schema.get("properties") and not body:
            lines = [f"### {shown_name(name)}\n", str(schema.get("description", "")), ""]
            rows = description.fields(schema, asked=name.endswith("Asked"))
            yield "\n".join([*lines, *rows, ""])


def client() -> Iterator[str]:
    """The client's class, its methods, its error, what it takes."""
    yield CLIENT
    yield f"### Client\n\n{signature('Client', Client.__init__)}\n\n{prose(Client)}\n"
    for name, method in vars(Client).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            yield f"### Client.{name}\n\n{signature(name, method)}\n\n{prose(method)}\n"
    yield f"### ModisteApiError\n\n{prose(ModisteApiError)}\n"
    yield f"### What the client takes\n\n{class_of(Filters)}\n"
    yield f"{class_of(Search)}\n"


def signature(name: str, function: Any) -> str:
    """How a method is called."""
    told = inspect.signature(function)
    parts: list[str] = []
    for each in list(told.parameters.values())[1:]:
        if each.kind is each.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        default = "" if each.default is each.empty else f" = {each.default!r}"
        stars = "**" if each.kind is each.VAR_KEYWORD else ""
        parts.append(f"{stars}{each.name}: {each.annotation}{default}")
    end = "" if name == "Client" else f" -> {told.return_annotation}"
    text = f"{name}({', '.join(parts)}){end}"
    if len(text) > WIDTH:
        text = "\n    ".join([f"{name}(", *(f"{part}," for part in parts)]) + f"\n){end}"
    return f"```python\n{text}\n```"


def class_of(kind: type) -> str:
    """A class by its fields, then what they mean."""
    lines = [f"class {kind.__name__}:"]
    lines += [f"    {name}: {hint_of(hint)}" for name, hint in kind.__annotations__.items()]
    return "\n".join(["```python", *lines, "```", "", prose(kind)])


def hint_of(hint: Any) -> str:
    """An annotation as it is written."""
    return str(getattr(hint, "__forward_arg__", hint))


def prose(thing: Any) -> str:
    """A docstring as Markdown: its sections as lists, its example as code."""
    text = inspect.cleandoc(thing.__doc__ or "")
    text = text.replace("\nArgs:\n", "\n").replace("\nRaises:\n", "\nRaises:\n\n")
    text = re.sub(r"^    (\w+): (.*(?:\n        .*)*)", item, text, flags=re.M)
    return re.sub(r"(?:^    .*\n)+", code, text, flags=re.M).strip()


def item(found: re.Match[str]) -> str:
    """One line of a section as an item of a list."""
    return f"- `{found[1]}`: " + re.sub(r"\n\s+", " ", found[2])


def code(found: re.Match[str]) -> str:
    """Lines set in as a block of code."""
    return f"```python\n{textwrap.dedent(found[0])}```\n"


def page() -> str:
    """The whole of docs/api.md."""
    description = Description(document())
    parts = [HEAD, errors(), *routes(description), *objects(description), *client()]
    return "\n".join(parts).rstrip() + "\n"


def document() -> dict[str, Any]:
    """The OpenAPI document of the service; no run is opened for it."""
    from modiste.serving.app import create_app
    from modiste.serving.service import Service
    from modiste.serving.sources import RunSource

    service = Service(RunSource(Path("RUN")))
    try:
        return create_app(service).openapi()
    finally:
        service.close()


if __name__ == "__main__":
    target = Path(__file__).resolve().parent.parent / "docs" / "api.md"
    target.write_text(page(), "utf-8")
    print(target.name)

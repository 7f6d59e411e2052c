"""The modules of the page: all are there, all are used, and none imports itself in a circle."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter

from modiste.serving.app import PAGE

MODULES = {path.resolve(): path.read_text("utf-8") for path in (PAGE / "js").rglob("*.js")}
IMPORT = re.compile(r'^(?:import|\} from)\b[^"\n]*"([^"]+)";$', re.MULTILINE)
GRAPH = {
    path: {(path.parent / name).resolve() for name in IMPORT.findall(text)}
    for path, text in MODULES.items()
}


def test_modules_import_each_other_in_no_circle() -> None:
    TopologicalSorter(GRAPH).prepare()


def test_every_module_is_there_and_has_a_use() -> None:
    imported = set().union(*GRAPH.values())
    assert imported | {(PAGE / "js/app.js").resolve()} == set(MODULES)


def test_the_document_names_files_that_are_there() -> None:
    named = re.findall(r'(?:href|src)="/static/([^"]+)"', (PAGE / "index.html").read_text("utf-8"))
    assert len(named) > 2
    assert not [name for name in named if not (PAGE / name).is_file()]

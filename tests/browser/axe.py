"""The accessibility scan: axe-core, run in the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_core_python
from playwright.sync_api import Page

SOURCE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """rules => axe.run(document, {
    runOnly: {type: "tag", values: rules}, resultTypes: ["violations"]
})"""


def violations(page: Page) -> list[str]:
    """What breaks a rule of WCAG 2.2 A or AA, one line an element.

    The script goes in through the debugger, so that the page keeps its content security policy.
    """
    page.evaluate(SOURCE)
    found: dict[str, Any] = page.evaluate(RUN, RULES)
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]

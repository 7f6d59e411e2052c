"""A report to read: one HTML page that carries everything it shows and asks the network nothing."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from modiste.data.atomic import write_text
from modiste.data.pictures import read_image
from modiste.errors import ImageError
from modiste.evaluation.evaluate import EvaluationReport
from modiste.evaluation.fitb import Example
from modiste.evaluation.report.figures import headline_figures, notes, shown, table_rows, verdict
from modiste.evaluation.report.plots import draw_plots

_THUMBNAIL = (220, 220)  # pixels: sharp on a dense screen, small enough to carry a hundred


@dataclass(frozen=True, kw_only=True)
class ReportPage:
    """What a page says beside the measures. All text is escaped: titles are untrusted.

    Args:
        title: of the page, such as the name of the run.
        subtitle: one line below it.
        facts: name -> value: model, wardrobe, questions, seeds, commit.
        notes: sentences to add to "How this was measured".
        examples: questions to show in pictures.
        image: item id -> its image file, None where it has none. Only asked about `examples`.
        caption: item id -> what to call it.
        ceiling: `fitb` and `auc` -> the best that any scorer can reach, where that is known.
        curves: the training curves as a PNG.
    """

    title: str
    subtitle: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    examples: Sequence[Example] = ()
    image: Callable[[str], Path | None] = lambda _: None
    caption: Callable[[str], str] = lambda item_id: item_id
    ceiling: Mapping[str, float] = field(default_factory=dict)
    curves: bytes | None = None


def write_report(path: Path, report: EvaluationReport, page: ReportPage) -> None:
    """Write the page whole or not at all.

    Raises:
        ModisteError: the file cannot be written.
    """
    write_text(path, render_report(report, page))


def render_report(report: EvaluationReport, page: ReportPage) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=PackageLoader("modiste.evaluation", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        title=page.title,
        subtitle=page.subtitle,
        figures=headline_figures(report, page.ceiling),
        verdict=verdict(report),
        columns=[column.name for column in shown(report.measures)],
        rows=table_rows(report),
        left_out=list(report.left_out.values()),
        plots=draw_plots(report),
        example_groups=_example_groups(page),
        curves=_data_url(page.curves, "png") if page.curves else None,
        facts=page.facts,
        notes=[*page.notes, *notes(report)],
    )


def _example_groups(page: ReportPage) -> list[dict[str, Any]]:
    show = _Showcase(page)
    right = [show.question(example) for example in page.examples if example.right]
    wrong = [show.question(example) for example in page.examples if not example.right]
    drawn = "Drawn at random from the questions, not chosen."
    return [
        {"title": "Questions it got right", "note": drawn, "examples": right},
        {"title": "Questions it got wrong", "note": drawn, "examples": wrong},
    ]


class _Showcase:
    """Examples as the template wants them; each picture is read once."""

    def __init__(self, page: ReportPage) -> None:
        self.page = page
        self.pictures: dict[str, str | None] = {}

    def question(self, example: Example) -> dict[str, Any]:
        question = example.question
        digits = 2 if max(example.scores) - min(example.scores) > 0.1 else 3
        offers = [
            {
                "item": self.item(item_id),
                "score": f"{score:+.{digits}f}".replace("-", "\u2212"),
                "answer": place == question.answer,
                "chosen": place == example.chosen,
                "label": _mark(place == question.answer, place == example.chosen),
            }
            for place, (item_id, score) in enumerate(
                zip(question.candidates, example.scores, strict=True)
            )
        ]
        return {"given": [self.item(item_id) for item_id in question.question], "offers": offers}

    def item(self, item_id: str) -> dict[str, str | None]:
        if item_id not in self.pictures:
            self.pictures[item_id] = _thumbnail(self.page.image(item_id))
        return {"title": self.page.caption(item_id), "picture": self.pictures[item_id]}


def _mark(answer: bool, chosen: bool) -> str:
    if answer and chosen:
        return "its choice, rightly"
    return "its choice" if chosen else "people wore this" if answer else ""


def _thumbnail(path: Path | None) -> str | None:
    """A small JPEG as a data URL; None where there is no image or it cannot be read."""
    if path is None:
        return None
    try:
        picture = read_image(path, draft=_THUMBNAIL[0])
    except ImageError:
        return None
    picture.thumbnail(_THUMBNAIL, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=82)
    return _data_url(file.getvalue(), "jpeg")


def _data_url(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"

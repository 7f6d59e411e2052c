"""One JSON line per evaluation, and the curves drawn from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from modiste.data.atomic import atomic_path, write_text


def append_line(path: Path, line: dict[str, Any]) -> None:
    """Add one evaluation to `metrics.jsonl`."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The evaluations so far; a last line cut short by a kill is left out."""
    if not path.is_file():
        return []
    lines = []
    for text in path.read_text("utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            break
    return lines


def forget_after(path: Path, step: int) -> None:
    """Drop the evaluations after `step`: a resumed run makes them again."""
    kept = [line for line in read_lines(path) if line["step"] <= step]
    write_text(path, "".join(json.dumps(line) + "\n" for line in kept))


def choosing(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The evaluations that choose weights: those of the last stage."""
    return [line for line in lines if line.get("stage") == lines[-1].get("stage")]


def draw_curves(
    lines: list[dict[str, Any]], path: Path, *, metrics: tuple[str, ...], unit: str = "loss"
) -> None:
    """Draw the training loss, in its unit, and the validation metrics over the steps, as a PNG.

    A line marks where a stage of training gives way to the next.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    steps = [line["step"] for line in lines]
    left.plot(steps, [line.get("loss") for line in lines], color="#7a2331", marker="o", ms=3)
    left.set(title="training loss", xlabel="step", ylabel=unit)
    for name in metrics:
        points = [(line["step"], line[name]) for line in lines if name in line]
        if points:
            right.plot(*zip(*points, strict=True), marker="o", ms=3, label=name)
    right.set(title="validation", xlabel="step", ylim=(0, 1))
    if right.get_legend_handles_labels()[0]:
        right.legend(loc="lower right", frameon=False)
    for axes in (left, right):
        for step, stage in _boundaries(lines):
            axes.axvline(step, color="#999999", lw=0.8, ls="--")
            axes.annotate(
                stage,
                (step, 1),
                (3, -3),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                va="top",
                fontsize=8,
                color="#666666",
            )
        axes.spines[["top", "right"]].set_visible(False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120)


def _boundaries(lines: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """The last step of every stage but the last, and the name of the stage that follows."""
    pairs = zip(lines, lines[1:], strict=False)
    return [(a["step"], b["stage"]) for a, b in pairs if a.get("stage") != b.get("stage")]

"""A search as one picture: how it went, what mattered, and where good values lie."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from modiste.data.atomic import atomic_path
from modiste.jobs.tuning.study import Objective, value_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RED, GREY, LIGHT = "#7a2331", "#666666", "#bbbbbb"
_SLICES = 4
_ENOUGH = 4  # trials, to say what mattered


def importances(study: optuna.Study) -> dict[str, float]:
    """Dimension -> its share in how trials differ, the largest first; empty for too few trials."""
    whole = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(whole) < _ENOUGH or len({value_of(trial) for trial in whole}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(share) for name, share in found.items() if math.isfinite(share)}


def draw_search(
    trials: Sequence[FrozenTrial],
    objective: Objective,
    mattered: Mapping[str, float],
    path: Path,
) -> None:
    """Draw a search as a PNG.

    Above: every trial with the best so far, and what mattered. Below: the values tried of the
    settings that mattered most, each with what came of it.

    Args:
        trials: that came to an end, at least one of them unpruned.
        objective: of the search.
        mattered: dimension -> importance, the largest first; empty where too little is known.
        path: of the picture.
    """
    from matplotlib.figure import Figure

    whole = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    names = list(mattered) or sorted({name for trial in whole for name in trial.params})
    figure = Figure(figsize=(12, 6.4), layout="constrained")
    top, bottom = figure.subfigures(2, 1, squeeze=False)[:, 0]
    left, right = top.subplots(1, 2, width_ratios=(2, 1))
    _history(left, trials, objective)
    _importance(right, mattered)
    shown = names[:_SLICES]
    if shown:
        slices = bottom.subplots(1, len(shown), sharey=True, squeeze=False)[0]
        for axes, name in zip(slices, shown, strict=True):
            _slice(axes, whole, name)
        slices[0].set_ylabel(objective.words)
    for axes in figure.get_axes():
        axes.spines[["top", "right"]].set_visible(False)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110)


def so_far(values: Sequence[float], objective: Objective) -> list[float]:
    """The best of the values up to each."""
    best: list[float] = []
    for value in values:
        best.append(value if not best or objective.better(value, best[-1]) else best[-1])
    return best


def _history(axes: Axes, trials: Sequence[FrozenTrial], objective: Objective) -> None:
    from matplotlib.ticker import MaxNLocator

    whole = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    pruned = [t for t in trials if t.state is TrialState.PRUNED and t.intermediate_values]
    axes.scatter(
        [t.number for t in pruned],
        [t.intermediate_values[max(t.intermediate_values)] for t in pruned],
        color=LIGHT,
        marker="x",
        s=24,
        label="stopped early",
    )
    numbers, values = [t.number for t in whole], [value_of(t) for t in whole]
    axes.scatter(numbers, values, color=GREY, s=20, label="trained to the end")
    axes.step(numbers, so_far(values, objective), color=RED, where="post", label="best so far")
    axes.set(title="the search", xlabel="trial", ylabel=objective.words)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, fontsize=8)


def _importance(axes: Axes, mattered: Mapping[str, float]) -> None:
    axes.set(title="what mattered", xlabel="share of what trials differ by")
    if not mattered:
        axes.text(0.5, 0.5, "too few trials to say", ha="center", transform=axes.transAxes)
        axes.set(xticks=[], yticks=[])
        return
    names = list(mattered)[::-1]
    axes.barh(names, [mattered[name] for name in names], color=RED)


def _slice(axes: Axes, trials: Sequence[FrozenTrial], name: str) -> None:
    known = [trial for trial in trials if name in trial.params]
    kind = known[0].distributions[name]
    values: list[Any] = [trial.params[name] for trial in known]
    if isinstance(kind, optuna.distributions.CategoricalDistribution):
        choices = list(kind.choices)
        values = [choices.index(value) for value in values]
        axes.set_xticks(range(len(choices)), [f"{c:g}" if _number(c) else str(c) for c in choices])
        axes.set_xlim(-0.5, len(choices) - 0.5)
    elif isinstance(kind, optuna.distributions.FloatDistribution) and kind.log:
        axes.set_xscale("log")
        ticks = [kind.low, math.sqrt(kind.low * kind.high), kind.high]
        axes.set_xticks(ticks, [f"{tick:.2g}" for tick in ticks])
        axes.minorticks_off()
        axes.set_xlim(kind.low / 1.1, kind.high * 1.1)
    axes.scatter(values, [value_of(trial) for trial in known], color=RED, s=18, alpha=0.7)
    axes.set_xlabel(name)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""Which stage of its training a model is in at a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from modiste.models.base import Stage


@dataclass(frozen=True)
class Period:
    """A stage in steps: from `start` to before `end`."""

    stage: Stage
    start: int
    end: int
    chooses: bool
    """Whether its evaluations choose weights and stop the run: it is the last one."""


class Timetable:
    """The stages of a run, one after the other.

    Args:
        stages: at least one; those without epochs are left out.
        epoch_steps: steps an epoch.
    """

    def __init__(self, stages: Sequence[Stage], epoch_steps: int) -> None:
        held = [stage for stage in stages if stage.epochs > 0]
        ends = list(accumulate(stage.epochs * epoch_steps for stage in held))
        self.total = ends[-1]
        self.periods = tuple(
            Period(stage, start, end, end == self.total)
            for stage, start, end in zip(held, [0, *ends], ends, strict=False)
        )

    def at(self, step: int) -> Period:
        """The period of a step, counted from 0."""
        return next(period for period in self.periods if step < period.end)

    def facts(self, step: int) -> dict[str, str]:
        """What the log says of a step: its stage, where there are several."""
        return {"stage": self.at(step).stage.name} if len(self.periods) > 1 else {}

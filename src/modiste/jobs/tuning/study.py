"""Where a search is kept: FOLDER/study.db, with what it is a search of.

What a search makes large or small: from the metrics of one evaluation to a number.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.trial import TrialState
from sqlalchemy.exc import SQLAlchemyError

from modiste.errors import Misuse, ModisteError, RunError
from modiste.jobs.tuning.space import Space


@dataclass(frozen=True, kw_only=True)
class Objective:
    """`constant` plus the weighted metrics of an evaluation."""

    words: str
    direction: Literal["maximize", "minimize"]
    weights: Mapping[str, float]
    constant: float = 0.0

    @property
    def completion(self) -> bool:
        """Whether it needs slots completed and items reconstructed; see `Validation`."""
        return "reconstruction" in self.weights

    def value(self, metrics: Mapping[str, float]) -> float:
        """Of one evaluation."""
        return self.constant + sum(w * float(metrics[name]) for name, w in self.weights.items())

    def better(self, one: float, other: float) -> bool:
        """Whether `one` is better than `other`."""
        return one > other if self.direction == "maximize" else one < other


OBJECTIVES = {
    "selection": Objective(
        words="selection on validation", direction="maximize", weights={"selection": 1.0}
    ),
    "published": Objective(
        words="2 - accuracy - number of hits",
        direction="minimize",
        weights={"reconstruction": -1.0, "hits": -1.0},
        constant=2.0,
    ),
    "hit": Objective(
        words="2 - accuracy - hit@10",
        direction="minimize",
        weights={"reconstruction": -1.0, "hit@10": -1.0},
        constant=2.0,
    ),
}
"""By name. `published` adds a share, at most 1, to a count of hundreds: the accuracy of
reconstruction then never decides, as it does not in the search it comes from. `hit` is the same
in right units; `selection`, what chooses weights in training."""


RECONSTRUCTING = ("umbert", "wumbert")
"""Models that have `reconstruct`."""


def objective_of(name: str, model: str) -> Objective:
    """The objective of a search with a model.

    Raises:
        Misuse: the model does not reconstruct, and the objective is about that.
    """
    found = OBJECTIVES[name]
    if found.completion and model not in RECONSTRUCTING:
        raise Misuse(
            f"--objective {name} is about reconstructed items, and {model} reconstructs none; "
            "give --objective selection, or --model umbert or wumbert."
        )
    return found


NAME = "modiste"
FACTS = "modiste"
RETRY_OF = "retry_of"
PRUNERS = ("median", "hyperband", "none")
Keep = Literal["none", "small", "all"]
KEEPS: tuple[Keep, ...] = ("none", "small", "all")
ENDED = (TrialState.COMPLETE, TrialState.PRUNED)

optuna.logging.set_verbosity(optuna.logging.ERROR)  # we say it ourselves, and shorter


@dataclass(frozen=True, kw_only=True)
class TuneSearch:
    """A search, as every process that takes part in it knows it."""

    wardrobe: Path
    content_hash: str
    folder: Path
    model: str
    space_name: str
    space: Space
    objective_name: str
    pruner: str = "median"
    seed: int = 0
    trials: int = 20
    workers: int = 1
    keep: Keep = "small"

    @property
    def objective(self) -> Objective:
        """What it makes large or small."""
        return OBJECTIVES[self.objective_name]

    def facts(self) -> dict[str, Any]:
        """What makes it this search and no other."""
        return {
            "model": self.model,
            "wardrobe": self.content_hash,
            "objective": self.objective_name,
            "space": self.space_name,
            "seed": self.seed,
            "pruner": self.pruner,
            "settings": json.loads(json.dumps(self.space.to_json())),
        }


def claim(search: TuneSearch) -> optuna.Study:
    """The study of a search: a new one, or the one that is there if it is of this search.

    Raises:
        Misuse: the folder holds other things.
        RunError: its storage is of another search, or damaged.
    """
    path = search.folder / "study.db"
    others = {each.name for each in search.folder.iterdir()} - {path.name, "study.lock"}
    if not path.exists() and others:
        raise Misuse(f"{search.folder} is not empty and holds no search; give another --out.")
    try:
        study = optuna.create_study(
            study_name=NAME,
            storage=_storage(search),
            direction=search.objective.direction,
            load_if_exists=True,
        )
        kept, trials = study.user_attrs.get(FACTS), study.trials
        if (
            kept is None
            and not trials
            and study.direction.name.lower() == (search.objective.direction)
        ):
            study.set_user_attr(FACTS, search.facts())
            return study
    except (SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError, ValueError) as error:
        raise _damaged(path, error) from error
    _same(path, kept, search.facts())
    return study


def opened(search: TuneSearch) -> optuna.Study:
    """The study, for the next trial: what it draws follows from the seed and the trials before."""
    storage = _storage(search)
    study = optuna.load_study(study_name=NAME, storage=storage)
    trials = len(study.get_trials(deepcopy=False))
    study.sampler = optuna.samplers.TPESampler(
        seed=(search.seed * 1_000_003 + trials) % 2**32,
        n_startup_trials=max(1, min(10, math.ceil(search.trials / 3))),
    )
    study.pruner = _pruner(search)
    return study


def retry_dead(study: optuna.Study) -> int:
    """Mark trials that a kill cut off as failed, and put their settings in line. How many."""
    dead = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    for trial in dead:
        study.tell(trial.number, state=TrialState.FAIL)
        if trial.params:
            study.enqueue_trial(trial.params, user_attrs={RETRY_OF: trial.number})
    return len(dead)


def ended(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """Trials that came to an end, pruned ones too."""
    return study.get_trials(deepcopy=False, states=ENDED)


def best_of(study: optuna.Study, objective: Objective) -> optuna.trial.FrozenTrial | None:
    """The best of the trials that were trained to their end; the first of equals."""
    best: optuna.trial.FrozenTrial | None = None
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        if best is None or objective.better(value_of(trial), value_of(best)):
            best = trial
    return best


def value_of(trial: optuna.trial.FrozenTrial) -> float:
    """Of a trial that was trained to its end."""
    assert trial.value is not None
    return trial.value


def _storage(search: TuneSearch) -> optuna.storages.RDBStorage:
    """Several processes write: each waits for the others' writes rather than giving up."""
    path = (search.folder / "study.db").resolve()
    return optuna.storages.RDBStorage(
        f"sqlite:///{path}", engine_kwargs={"connect_args": {"timeout": 120}}
    )


def _pruner(search: TuneSearch) -> optuna.pruners.BasePruner:
    if search.pruner == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1)
    if search.pruner == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=1, reduction_factor=3)
    return optuna.pruners.NopPruner()


def _same(path: Path, kept: Any, asked: Mapping[str, Any]) -> None:
    if not isinstance(kept, Mapping):
        raise RunError(f"{path} holds a search that Modiste did not start; give another --out.")
    for name, value in asked.items():
        if kept.get(name) == value:
            continue
        if name == "wardrobe":
            what = "of another wardrobe, or of this one before it changed"
        elif name == "settings":
            what = "with other settings beside those it tries"
        else:
            what = f"with {name} {kept.get(name)}, not {value}"
        raise RunError(f"{path} holds a search {what}; give another --out, or what it began with.")


def _damaged(path: Path, error: Exception) -> ModisteError:
    first = (str(error).splitlines() or ["no message"])[0]
    return RunError(f"{path} is no search that can be read ({first}); give another --out.")

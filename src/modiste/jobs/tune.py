"""Tune: search the settings that a model does best with, on the validation split.

FOLDER/study.db    the search, an Optuna study: it can be gone on with, also after a kill
FOLDER/trials/     a folder for each trial's run, with little in it
FOLDER/best.toml   the best settings so far, for `modiste train --config`
FOLDER/search.png  the search as a picture
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import optuna
import tomli_w
from filelock import FileLock, Timeout
from optuna.trial import FrozenTrial, TrialState

from modiste.data.atomic import write_text
from modiste.data.wardrobe import Wardrobe
from modiste.errors import Misuse, RunError, UnknownName
from modiste.jobs.finetune import take_settings
from modiste.jobs.progress import Report, progress
from modiste.jobs.spec import new_spec, parse_settings
from modiste.jobs.tuning.picture import draw_search, importances
from modiste.jobs.tuning.space import settings_at, space_of
from modiste.jobs.tuning.study import (
    KEEPS,
    OBJECTIVES,
    PRUNERS,
    Keep,
    TuneSearch,
    best_of,
    claim,
    ended,
    objective_of,
    retry_dead,
    value_of,
)
from modiste.jobs.tuning.trial import run_trials


@dataclass(frozen=True, kw_only=True)
class TuneSummary:
    """What came of a search."""

    folder: Path
    objective: str
    """In words."""
    best: float
    best_trial: int
    settings: Mapping[str, Any]
    """The best point: dimension -> value."""
    metrics: Mapping[str, Any]
    """The evaluation whose weights the best trial kept."""
    complete: int
    pruned: int
    retried: int
    """Trials that an earlier process left unfinished, run again."""
    importance: Mapping[str, float]
    config: Path
    """The best settings, for `modiste train --config`."""
    picture: Path
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        facts = asdict(self)
        return facts | {name: str(facts[name]) for name in ("folder", "config", "picture")}


def tune(
    wardrobe_root: Path,
    *,
    model: str | None = None,
    trials: int = 20,
    out: Path | None = None,
    space: str = "default",
    objective: str = "selection",
    pruner: str = "median",
    config: Path | None = None,
    settings: Sequence[str] = (),
    workers: int = 1,
    keep: Keep = "small",
    seed: int | None = None,
) -> TuneSummary:
    """Search settings of a model, or go on with a search that was stopped.

    Args:
        wardrobe_root: a wardrobe with features.
        model: a name of `models.build.CONFIGS` that is trained; None: set_transformer, or what
            `config` says.
        trials: how many are to have come to an end, those of earlier calls among them.
        out: the folder of the search; None: `tune-MODEL` in the current one.
        space: `default`, or `published` as far as others published one.
        objective: a name of `OBJECTIVES`.
        pruner: what stops bad trials early: `median`, `hyperband` or `none`.
        config: a TOML file of settings to start from; what is searched wins over it.
        settings: `key=value`, not to be searched.
        workers: trials at once, each in a process with its share of the threads.
        keep: of trials' runs: `none`, `small` (settings and metrics) or `all`.
        seed: of the search and of training; None: 0, or what `config` says.

    Raises:
        Misuse: no such space, objective or settings.
        RunError: `out` holds another search, another process searches there, or no trial ended.
        ModisteError: see the parts.
    """
    began = time.monotonic()
    base, chosen = parse_settings(config, ()), parse_settings(None, settings)
    whose = model or str({**base, **chosen}.get("model", "set_transformer"))
    folder = out or Path(f"tune-{whose}")
    search = _search(
        Wardrobe(wardrobe_root),
        folder,
        (whose, space, objective),
        (base, chosen),
        seed=int({**base, **chosen}.get("seed", 0)) if seed is None else seed,
        pruner=pruner,
        trials=trials,
        workers=workers,
        keep=keep,
    )
    with _alone(folder):
        study = claim(search)
        retried = retry_dead(study)
        _run(search, study)
        mattered = importances(study)
        over = ended(study)
        best = best_of(study, search.objective)
        if best is None:
            raise RunError(
                f"No trial of {folder} was trained to its end; give more --trials, or --pruner "
                "none."
            )
        draw_search(over, search.objective, mattered, folder / "search.png")
    whole = sum(trial.state is TrialState.COMPLETE for trial in over)
    return TuneSummary(
        folder=folder,
        objective=search.objective.words,
        best=value_of(best),
        best_trial=best.number,
        settings=best.params,
        metrics=best.user_attrs.get("metrics", {}),
        complete=whole,
        pruned=len(over) - whole,
        retried=retried,
        importance=mattered,
        config=folder / "best.toml",
        picture=folder / "search.png",
        seconds=round(time.monotonic() - began, 1),
    )


def write_best(search: TuneSearch, best: FrozenTrial) -> None:
    """Write `best.toml`: all settings at the best point."""
    settings = {
        "model": search.model,
        "seed": search.seed,
        **settings_at(search.space, best.params),
    }
    head = (
        f"# Trial {best.number} of a search: {search.objective.words} {value_of(best):.4f}.\n"
        f"#   modiste train W --config {search.folder / 'best.toml'} --out RUN\n"
    )
    write_text(search.folder / "best.toml", head + tomli_w.dumps(settings))


def _search(
    wardrobe: Wardrobe,
    folder: Path,
    names: tuple[str, str, str],
    given: tuple[dict[str, Any], dict[str, Any]],
    **rest: Any,
) -> TuneSearch:
    """Everything checked that can be before the first trial."""
    (model, space, objective), (base, chosen) = names, given
    for what, name, known in (
        ("objective", objective, OBJECTIVES),
        ("pruner", rest["pruner"], PRUNERS),
        ("--keep", rest["keep"], KEEPS),
    ):
        if name not in known:
            raise UnknownName(what, name, known)
    if rest["trials"] < 1 or rest["workers"] < 1:
        raise Misuse("Give 1 or more --trials and --workers.")
    for each in (base, chosen):
        each.pop("model", None)
        each.pop("seed", None)
    if take_settings({**base, **chosen}, asked=False) is not None:
        raise Misuse("A search trains on frozen features; leave finetune_encoder out.")
    found = space_of(model, space, base, chosen)
    objective_of(objective, model)
    new_spec(wardrobe, model, dict(found.fixed))  # one clear sentence now, not in every trial
    return TuneSearch(
        wardrobe=wardrobe.root.resolve(),
        content_hash=wardrobe.content_hash,
        folder=folder,
        model=model,
        space_name=space,
        space=found,
        objective_name=objective,
        **rest,
    )


def _run(search: TuneSearch, study: optuna.Study) -> None:
    """Run the trials that are missing; after each the best settings so far are on disk."""
    with progress("searching") as report:
        done = _told(search, study, report)
        missing = search.trials - done
        if missing < 1:
            return

        def tell(number: int, evaluations: int, value: float) -> None:
            note = f"trial {number}, evaluation {evaluations}: {value:.4f}"
            report(len(ended(study)), search.trials, note)

        for _ in run_trials(search, missing, tell):
            _told(search, study, report)


def _told(search: TuneSearch, study: optuna.Study, report: Report) -> int:
    done = len(ended(study))
    best = best_of(study, search.objective)
    if best is not None:
        write_best(search, best)
    note = f"best {value_of(best):.4f}, trial {best.number}" if best is not None else ""
    report(done, max(search.trials, done), note)
    return done


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no other process search in the folder meanwhile; the lock dies with its process."""
    if folder.exists() and not folder.is_dir():
        raise Misuse(f"{folder} is a file; give another --out.")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "study.lock", timeout=0):
            yield
    except Timeout as error:
        raise RunError(f"Another process searches in {folder}; wait, or give another --out.") from (
            error
        )

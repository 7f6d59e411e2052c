"""One trial: settings drawn, a run trained, its figures told; and processes that do many."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from modiste.errors import ModisteError, TrainingDiverged
from modiste.jobs.threads import use_threads
from modiste.jobs.train import ValidationWatch, train
from modiste.jobs.tuning.space import settings_at, suggest
from modiste.jobs.tuning.study import TuneSearch, opened

Tell = Callable[[int, int, float], None]
"""Told (trial, evaluations so far, the objective) after every evaluation."""

SMALL = ("run.toml", "metrics.jsonl", "curves.png")
"""What is kept of a trial's run where little is."""


class Evaluations:
    """The evaluations of one trial: tells the pruner, and remembers the one that chose weights."""

    def __init__(self, search: TuneSearch, trial: optuna.Trial, tell: Tell | None) -> None:
        self.objective, self.trial, self.tell = search.objective, trial, tell
        self.count = 0
        self.best: dict[str, Any] = {}

    def hear(self, line: Mapping[str, Any]) -> None:
        """Take the line of one evaluation.

        Raises:
            optuna.TrialPruned: others were better by now.
        """
        self.count += 1
        if not self.best or line["selection"] > self.best["selection"]:
            self.best = dict(line)
        value = self.objective.value(line)
        self.trial.report(value, self.count)
        if self.tell:
            self.tell(self.trial.number, self.count, value)
        if self.trial.should_prune():
            raise optuna.TrialPruned

    def value(self) -> float:
        """Of the weights that training kept."""
        return self.objective.value(self.best)


def run_trial(search: TuneSearch, tell: Tell | None = None) -> int:
    """Draw settings, train, and tell the study what came of it. Returns the trial's number.

    A run that diverges or does worse than others is told as pruned. Killed in between, the trial
    stays marked as running; see `retry_dead`.

    Raises:
        ModisteError: the settings cannot be, or the disk is full; the trial is told as failed.
    """
    study = opened(search)
    trial = study.ask()
    folder = search.folder / "trials" / f"{trial.number:04d}"
    told = Evaluations(search, trial, tell)
    try:
        settings = settings_at(search.space, suggest(trial, search.space))
        shutil.rmtree(folder, ignore_errors=True)
        train(
            search.wardrobe,
            folder,
            model=search.model,
            given=settings,
            seed=search.seed,
            watch=ValidationWatch(hear=told.hear, completion=search.objective.completion),
        )
        trial.set_user_attr("metrics", told.best)
        study.tell(trial, told.value())
    except (optuna.TrialPruned, TrainingDiverged) as error:
        trial.set_user_attr("metrics", told.best)
        trial.set_user_attr("why", str(error) or "others were better by now")
        study.tell(trial, state=TrialState.PRUNED)
    except Exception:
        study.tell(trial, state=TrialState.FAIL)
        raise
    finally:
        _trim(folder, search)
    return int(trial.number)


def run_trials(search: TuneSearch, count: int, tell: Tell | None = None) -> Iterator[int]:
    """Run so many trials, `search.workers` at once; yields the number of each as it ends.

    Raises:
        ModisteError: a trial cannot be run, or its process died.
    """
    if search.workers == 1:
        for _ in range(count):
            yield run_trial(search, tell)
        return
    threads = max(1, share_of_threads(search))
    pool = ProcessPoolExecutor(
        min(search.workers, count),
        mp_context=get_context("spawn"),  # a forked copy of torch's threads would hang
        initializer=_start_worker,
        initargs=(threads,),
    )
    try:
        for done in as_completed([pool.submit(run_trial, search) for _ in range(count)]):
            yield done.result()
    except BrokenProcessPool as error:
        raise ModisteError(
            "A process of the search died, of too little memory perhaps; give the same command "
            "again to go on, with fewer --workers."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def share_of_threads(search: TuneSearch) -> int:
    """Threads of one worker: an equal share of what this process may use."""
    import torch

    return torch.get_num_threads() // search.workers


def _trim(folder: Path, search: TuneSearch) -> None:
    """Keep of a run what the search is to keep."""
    if search.keep == "none":
        shutil.rmtree(folder, ignore_errors=True)
    elif search.keep == "small" and folder.is_dir():
        for path in folder.iterdir():
            if path.name not in SMALL and path.is_file():
                path.unlink(missing_ok=True)


def _start_worker(threads: int) -> None:
    """Die with the process that started this one; keep standard output free."""
    sys.stdout = sys.stderr
    use_threads(threads)
    parent = parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()

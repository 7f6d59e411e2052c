"""Searching settings: what is found, what goes on after a kill, what is refused."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
import pytest
from filelock import FileLock

from modiste.errors import Misuse, ModisteError, RunError, TrainingDiverged, UnknownName
from modiste.jobs.train import train
from modiste.jobs.tune import tune
from modiste.jobs.tuning import trial as trials
from modiste.jobs.tuning.study import OBJECTIVES
from tests.conftest import Example
from tests.jobs.small_search import QUICK, MadeUp, quality, search

PNG = b"\x89PNG"


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> MadeUp:
    """Training that takes no time."""
    fake = MadeUp()
    monkeypatch.setattr(trials, "train", fake)
    return fake


def states(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / "study.db")
    try:
        return [state for (state,) in connection.execute("select state from trials order by 1")]
    finally:
        connection.close()


def test_the_best_settings_train_to_the_value_that_was_found(
    example: Example, tmp_path: Path
) -> None:
    found = search(example.wardrobe, tmp_path / "s", 2)
    assert (found.complete, found.pruned) == (2, 0)
    assert (tmp_path / "s" / "search.png").read_bytes()[:4] == PNG
    again = train(example.wardrobe, tmp_path / "run", config=found.config)
    assert again.best == pytest.approx(found.best, abs=1e-6)
    kept = sorted(path.name for path in (tmp_path / "s" / "trials" / "0001").iterdir())
    assert kept == ["curves.png", "metrics.jsonl", "run.toml"]


@pytest.mark.slow
def test_several_processes_share_a_search(example: Example, tmp_path: Path) -> None:
    found = search(example.wardrobe, tmp_path / "s", 3, workers=2, keep="none")
    assert found.complete + found.pruned == 3
    assert not list((tmp_path / "s" / "trials").iterdir())


def test_a_search_comes_nearer_to_the_best(
    example: Example, tmp_path: Path, made_up: MadeUp
) -> None:
    found = search(example.wardrobe, tmp_path / "s", 16, pruner="none")
    assert found.best > 0.78
    assert found.best == pytest.approx(max(quality(seen) for seen in made_up.seen))
    assert next(iter(found.importance)) == "lr"
    best = tomllib.loads((tmp_path / "s" / "best.toml").read_text("utf-8"))
    assert best["lr"] == found.settings["lr"]
    assert (best["model"], best["epochs"], best["item_dim"]) == ("set_transformer", 1, 16)


def test_model_and_seed_may_stand_in_the_file_to_start_from(
    example: Example, tmp_path: Path, made_up: MadeUp
) -> None:
    (tmp_path / "f.toml").write_text('model = "siamese"\nseed = 5\nlr = 0.5\nepochs = 1\n')
    found = tune(example.wardrobe, trials=1, out=tmp_path / "s", config=tmp_path / "f.toml")
    best = tomllib.loads(found.config.read_text("utf-8"))
    assert (best["model"], best["seed"], best["epochs"]) == ("siamese", 5, 1)
    assert best["lr"] == found.settings["lr"] != 0.5  # what is searched wins


def test_bad_trials_are_stopped_early_and_do_not_count_as_best(
    example: Example, tmp_path: Path, made_up: MadeUp
) -> None:
    found = search(example.wardrobe, tmp_path / "s", 12)
    assert found.pruned > 0
    assert found.complete + found.pruned == len(made_up.seen) == 12


def test_the_same_command_again_does_only_what_is_missing(
    example: Example, tmp_path: Path, made_up: MadeUp
) -> None:
    first = search(example.wardrobe, tmp_path / "s", 4)
    more = search(example.wardrobe, tmp_path / "s", 6)
    assert len(made_up.seen) == 6
    unbroken = search(example.wardrobe, tmp_path / "unbroken", 6)
    assert first.complete + first.pruned == 4
    assert made_up.seen[6:10] == made_up.seen[:4]  # the same seed tries the same
    assert more.best >= first.best
    assert unbroken.complete + unbroken.pruned == 6
    again = search(example.wardrobe, tmp_path / "s", 6)
    assert len(made_up.seen) == 12  # nothing was left to do
    assert again.best == more.best


def test_a_killed_search_goes_on_and_tries_again_what_was_cut_off(
    example: Example, tmp_path: Path, made_up: MadeUp
) -> None:
    script = Path(__file__).with_name("small_search.py")
    died = subprocess.run(
        [sys.executable, str(script), str(example.wardrobe), str(tmp_path / "s"), "3"],
        cwd=script.parents[2],
        env={"PYTHONPATH": "src:.", "PATH": ""},
        capture_output=True,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert states(tmp_path / "s").count("RUNNING") == 1
    cut_off = optuna.load_study(
        study_name="modiste", storage=f"sqlite:///{tmp_path / 's' / 'study.db'}"
    ).trials[2]
    found = search(example.wardrobe, tmp_path / "s")
    assert found.retried == 1
    assert found.complete + found.pruned == 6
    assert states(tmp_path / "s").count("FAIL") == 1
    assert made_up.seen[0]["lr"] == cut_off.params["lr"]
    assert len(made_up.seen) == 4  # two had ended before the kill


def test_a_run_that_diverges_is_a_bad_trial_and_not_the_end(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Diverges(MadeUp):
        def __call__(self, wardrobe: Path, out: Path, **given: Any) -> None:
            super().__call__(wardrobe, out, **given)
            if len(self.seen) == 2:
                raise TrainingDiverged("The loss is nan.")

    monkeypatch.setattr(trials, "train", Diverges())
    found = search(example.wardrobe, tmp_path / "s", 3)
    assert (found.complete, found.pruned) == (2, 1)


def test_settings_that_cannot_be_end_the_search_with_their_own_sentence(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise Misuse("width=7: no.")

    monkeypatch.setattr(trials, "train", refuses)
    with pytest.raises(Misuse, match="width=7"):
        search(example.wardrobe, tmp_path / "s", 3)
    assert states(tmp_path / "s") == ["FAIL"]


def test_a_raw_count_of_hits_leaves_accuracy_no_say(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The published objective picks one hit more over all reconstruction; right units do not."""

    def line(settings: Mapping[str, Any]) -> dict[str, float]:
        copies = settings["heads"] > 2
        hits = 23.0 if copies else 24.0
        accuracy = 0.75 if copies else 0.0003
        return {"hits": hits, "hit@10": hits / 2928, "reconstruction": accuracy}

    best = {}
    for objective in ("published", "hit"):
        monkeypatch.setattr(trials, "train", MadeUp(line=line))
        found = tune(
            example.wardrobe,
            model="umbert",
            space="published",
            objective=objective,
            pruner="none",
            trials=8,
            out=tmp_path / objective,
        )
        best[objective] = found.settings["heads"]
    assert best["published"] <= 2 < best["hit"]
    metrics = {"hits": 24.0, "hit@10": 24 / 2928, "reconstruction": 0.5}
    assert OBJECTIVES["published"].value(metrics) == -22.5
    assert OBJECTIVES["hit"].value(metrics) == pytest.approx(1.5 - 24 / 2928)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"model": "siamese", "settings": ()}, "with model set_transformer, not siamese"),
        ({"seed": 1}, "with seed 0, not 1"),
        ({"pruner": "none"}, "with pruner median, not none"),
        ({"settings": (*QUICK, "dropout=0.2")}, "with other settings"),
    ],
)
def test_a_storage_of_another_search_is_one_sentence(
    example: Example, tmp_path: Path, made_up: MadeUp, changed: dict[str, Any], said: str
) -> None:
    search(example.wardrobe, tmp_path / "s", 1)
    with pytest.raises(RunError, match=f"{said}.*give another --out"):
        search(example.wardrobe, tmp_path / "s", 2, **changed)


def test_a_storage_of_another_wardrobe_objective_or_space_is_one_sentence(
    example: Example, tmp_path: Path, made_up: MadeUp
) -> None:
    made_up.line = lambda settings: {"hits": 1.0, "hit@10": 0.1, "reconstruction": 0.1}
    given: dict[str, Any] = {"model": "umbert", "settings": ("pretrain=0",)}
    search(example.wardrobe, tmp_path / "s", 1, **given)
    with pytest.raises(RunError, match="with objective selection, not hit"):
        search(example.wardrobe, tmp_path / "s", 2, objective="hit", **given)
    with pytest.raises(RunError, match="with space default, not published"):
        search(example.wardrobe, tmp_path / "s", 2, space="published", **given)
    facts = "update study_user_attributes set value_json = replace(value_json, :was, :is)"
    connection = sqlite3.connect(tmp_path / "s" / "study.db")
    (kept,) = connection.execute("select value_json from study_user_attributes").fetchone()
    was = kept.partition('"wardrobe": "')[2].partition('"')[0]
    connection.execute(facts, {"was": was, "is": "0" * len(was)})
    connection.commit()
    connection.close()
    with pytest.raises(RunError, match="of another wardrobe"):
        search(example.wardrobe, tmp_path / "s", 2, **given)


def test_a_storage_that_is_none_or_not_ours_is_one_sentence(
    example: Example, tmp_path: Path, made_up: MadeUp
) -> None:
    broken, other, full = tmp_path / "broken", tmp_path / "other", tmp_path / "full"
    for folder in (broken, other, full):
        folder.mkdir()
    (broken / "study.db").write_bytes(b"no database at all, whatever it is called" * 40)
    with pytest.raises(RunError, match="no search that can be read"):
        search(example.wardrobe, broken)
    study = optuna.create_study(
        study_name="modiste", storage=f"sqlite:///{other / 'study.db'}", direction="maximize"
    )
    study.add_trial(optuna.trial.create_trial(value=1.0))
    with pytest.raises(RunError, match="Modiste did not start"):
        search(example.wardrobe, other)
    (full / "letter.txt").write_text("dear")
    with pytest.raises(Misuse, match="not empty"):
        search(example.wardrobe, full)


def test_two_searches_in_one_folder_are_refused(
    example: Example, tmp_path: Path, made_up: MadeUp
) -> None:
    (tmp_path / "s").mkdir()
    with FileLock(tmp_path / "s" / "study.lock"), pytest.raises(RunError, match="Another process"):
        search(example.wardrobe, tmp_path / "s")


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"model": "set_transformr"}, UnknownName),
        ({"model": "fusion"}, Misuse),
        ({"space": "publish"}, UnknownName),
        ({"space": "published"}, Misuse),
        ({"objective": "hit"}, Misuse),
        ({"objective": "hits"}, UnknownName),
        ({"settings": ("colour=red",)}, UnknownName),
        ({"settings": ("finetune_encoder=true",)}, Misuse),
        ({"trials": 0}, Misuse),
        ({"workers": 0}, Misuse),
        ({"keep": "some"}, UnknownName),
    ],
)
def test_what_cannot_be_searched_is_refused_before_anything_is_written(
    example: Example, tmp_path: Path, given: dict[str, Any], kind: type[ModisteError]
) -> None:
    with pytest.raises(kind):
        tune(example.wardrobe, **{"out": tmp_path / "s", **given})
    assert not (tmp_path / "s").exists()

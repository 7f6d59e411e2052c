"""`tune`, and what `train`, `evaluate` and `controls` make of what it found."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.conftest import Modiste
from tests.conftest import Example

SMALL = ("epochs=1", "layers=1", "references=8", "width=16", "ff=16", "hidden_dim=16", "pretrain=1")


def test_settings_are_searched_trained_with_and_measured(
    modiste: Modiste, example: Example, tmp_path: Path
) -> None:
    shutil.copytree(example.wardrobe, tmp_path / "w")
    fixed = [word for setting in SMALL for word in ("--set", setting)]
    words = ("tune", tmp_path / "w", "--model", "umbert", "--objective", "hit", "--trials", 2)
    answer = modiste(*words, "--out", tmp_path / "s", *fixed, "--threads", 1, "--json")
    assert answer.code == 0, answer.err
    found = answer.document
    assert found["complete"] + found["pruned"] == 2
    assert {"hits", "hit@10", "reconstruction"} <= found["metrics"].keys()
    assert found["best"] == 2 - found["metrics"]["reconstruction"] - found["metrics"]["hit@10"]
    told = modiste(*words, "--out", tmp_path / "s", *fixed, "--threads", 1)
    assert told.code == 0, told.err
    assert "best.toml" in told.out

    config, run = found["config"], tmp_path / "run"
    trained = modiste("train", tmp_path / "w", "--config", config, "--out", run, "--threads", 1)
    assert trained.code == 0, trained.err
    measured = modiste("evaluate", run, "--json").document
    worn = measured["completion"]["among_worn"]
    assert {"hit@1", "hit@10", "mrr", "n", "by_category", "intervals", "pool"} <= worn.keys()
    for control in ("chance", "popularity", "co_occurrence"):
        assert measured["controls"][control]["completion"]["among_worn"]["hit@10"] is not None
    for part in ("seen", "masked"):
        figures = measured["reconstruction"][part]
        assert {"accuracy", "chance", "popularity", "n", "by_category"} <= figures.keys()
    assert "items worn" in modiste("evaluate", run).out
    assert "items worn" in modiste("controls", tmp_path / "w").out


def test_a_search_of_something_else_is_one_sentence(
    modiste: Modiste, example: Example, tmp_path: Path
) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "study.db").write_bytes(b"\x00\x01 not a database" * 99)
    answer = modiste("tune", example.wardrobe, "--out", tmp_path / "s", "--trials", 1)
    assert answer.code == 1
    assert "give another --out" in answer.sentence
    assert "No model" in modiste("tune", example.wardrobe, "--model", "umbrt").sentence

"""`modiste fuse`: a table for people, one document for programs, sentences for what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from modiste.jobs.train import train
from tests.cli.conftest import Modiste
from tests.conftest import Example


@pytest.fixture(scope="module")
def second(example: Example, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another run on the example's wardrobe."""
    out = tmp_path_factory.mktemp("second") / "run"
    train(example.wardrobe, out, settings=["epochs=2", 'blocks=["colour"]'], seed=0)
    return out


def test_two_runs_become_one_that_other_commands_take(
    modiste: Modiste, example: Example, second: Path, tmp_path: Path
) -> None:
    out = tmp_path / "fused"
    shown = modiste("fuse", example.run, second, "--out", out)
    assert shown.code == 0, shown.err
    for word in ("equal weights", "found weights", "FITB", "R@10", "modiste compare"):
        assert word in shown.out
    report = modiste("evaluate", out, "--report", tmp_path / "page.html", "--json")
    assert report.document["fitb"]["n"] > 0
    assert "found" in (tmp_path / "page.html").read_text("utf-8")
    assert modiste("compose", out, "--json").document["looks"]
    compared = modiste("compare", example.run, second, out, "--json")
    assert set(compared.document["runs"]) == {str(example.run), str(second), str(out)}


def test_the_document_has_weights_and_figures_and_follows_from_the_seed(
    modiste: Modiste, example: Example, second: Path, tmp_path: Path
) -> None:
    documents = [
        modiste("fuse", example.run, second, "--out", tmp_path / name, "--seed", "3", "--json")
        for name in ("one", "two")
    ]
    first, again = (answer.document for answer in documents)
    assert [member["run"] for member in first["members"]] == [str(example.run), str(second)]
    assert sum(member["weight"] for member in first["members"]) == pytest.approx(1)
    assert first["validation"].keys() >= {"equal weights", "found weights"}
    for name in ("members", "tried", "validation"):
        assert first[name] == again[name]
    one, two = ((tmp_path / name / "weights.safetensors").read_bytes() for name in ("one", "two"))
    assert one == two


def test_bad_input_is_one_sentence(modiste: Modiste, example: Example, tmp_path: Path) -> None:
    out = tmp_path / "fused"
    for words, code, said in (
        ((example.run,), 2, "two runs or more"),
        ((example.run, example.run), 2, "each of them once"),
        ((example.run, tmp_path), 1, "No run at"),
    ):
        answer = modiste("fuse", *words, "--out", out)
        assert answer.code == code
        assert said in answer.sentence
        assert not out.exists()


def test_a_fusion_cannot_be_trained(modiste: Modiste, example: Example, tmp_path: Path) -> None:
    answer = modiste("train", example.wardrobe, "--model", "fusion", "--out", tmp_path / "run")
    assert answer.code == 2
    assert "modiste fuse" in answer.sentence

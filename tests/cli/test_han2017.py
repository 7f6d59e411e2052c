"""`modiste evaluate --protocol`, on a small Bi-LSTM of the README's wardrobe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Modiste
from tests.conftest import Example

SHORT = ("--set", "epochs=1", "--set", "width=16", "--set", "semantic_weight=0", "--seed", "1")


@pytest.fixture
def run(modiste: Modiste, example: Example, tmp_path: Path) -> Path:
    """A run of one epoch."""
    words = ("train", example.wardrobe, "--out", tmp_path / "run", "--model", "bilstm", *SHORT)
    answer = modiste(*words)
    assert answer.code == 0, answer.err
    return tmp_path / "run"


def test_the_document_has_both_rules_side_by_side(
    modiste: Modiste, run: Path, tmp_path: Path
) -> None:
    fast = modiste("evaluate", run, "--protocol", "han2017-fast", "--json").document
    assert fast["protocol"] == "han2017-fast"
    assert set(fast["fitb"]["published"]) == {"both", "forward", "backward"}
    both, ours = fast["fitb"]["published"]["both"], fast["fitb"]["ours"]["both"]
    assert len(both["top"]) == 4
    assert both["n"] + both["skipped"] == ours["n"]
    assert set(both["by_blank"]) == {"front", "middle", "end"}
    assert set(fast["compatibility"]["fast"]) == {"item", "outfit"}
    assert 0 <= fast["compatibility"]["published"]["auc"] <= 1
    assert len(fast["defects"]) == 3
    assert not (run / "report.html").exists()

    plain = modiste("evaluate", run, "--protocol", "han2017", "--json").document
    assert "fast" not in plain["compatibility"]
    assert plain["fitb"] == fast["fitb"]

    file = tmp_path / "q.jsonl"
    line = {"kind": "fitb", "question": ["nobody"], "candidates": ["a", "b"], "answer": 1}
    file.write_text(json.dumps(line) + "\n", "utf-8")
    words = ("evaluate", run, "--protocol", "han2017", "--questions", file)
    found = modiste(*words, "--json").document["fitb"]
    assert found["published"]["both"]["skipped_unknown"] == 1
    assert found["published"]["both"]["top"] == [None] * 4
    assert found["ours"]["both"]["accuracy"] == 0.5

    table = modiste("evaluate", run, "--protocol", "han2017-fast")
    assert table.code == 0, table.err
    for word in ("our rules", "front", "rank", "wins ties"):
        assert word in table.out
    assert modiste(*words).code == 0


def test_a_page_and_a_protocol_exclude_each_other(modiste: Modiste, example: Example) -> None:
    words = ("evaluate", example.run, "--protocol", "han2017", "--report", "page.html")
    answer = modiste(*words)
    assert answer.code == 2
    assert "--report" in answer.sentence


def test_a_model_that_the_protocol_does_not_know_is_one_sentence(
    modiste: Modiste, example: Example
) -> None:
    words = ("evaluate", example.run, "--wardrobe", example.wardrobe, "--protocol", "han2017")
    answer = modiste(*words)
    assert answer.code == 2
    assert "SetTransformer" in answer.sentence
    assert modiste("evaluate", example.run, "--protocol", "han2018").code == 2

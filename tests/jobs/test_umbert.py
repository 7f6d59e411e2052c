"""umBERT and WumBERT from a wardrobe to a run that answers, in two stages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modiste.jobs.evaluate import evaluate
from modiste.jobs.train import train
from modiste.stylist.stylist import Stylist
from modiste.training.log import read_lines
from modiste.training.run import Run
from tests.conftest import Example

SMALL = ("layers=1", "ff=32", "decoder_dim=16", "width=16", "heads=2", "references=8")
SMALL += ("pretrain=1", "epochs=2", "warmup=0", "candidates=4")
OURS = ("hidden_dim=16",)
PUBLISHED = ("items=frozen", "objective=mse", "loss_on=all", 'blocks=["image"]', "popularity=0")


@pytest.mark.parametrize(
    ("model", "settings"), [("umbert", PUBLISHED), ("wumbert", OURS)], ids=["published", "ours"]
)
def test_a_run_of_two_stages_is_one_command(
    example: Example, tmp_path: Path, model: str, settings: tuple[str, ...]
) -> None:
    out = tmp_path / "run"
    summary = train(example.wardrobe, out, model=model, settings=[*SMALL, *settings])
    lines = read_lines(out / "metrics.jsonl")
    assert [line["stage"] for line in lines] == ["pretrain", "finetune", "finetune"]
    assert summary.best_step in {line["step"] for line in lines[1:]}
    assert summary.best == max(line["selection"] for line in lines[1:])
    assert (out / "curves.png").is_file()
    assert Run(out).spec.selection["step"] == summary.best_step
    pieces = list(Run(out).wardrobe().outfits_of("test")[0].items)
    stylist = Stylist.load(out)
    assert np.isfinite(stylist.score(pieces).verdict.logit)
    assert stylist.complete(pieces[1:], k=3)
    assert 0 <= evaluate(out).report.to_json()["completion"]["hit@10"] <= 1

"""A fused run is a run: measured, worn, fused again; and what it says is what was searched."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from modiste.data.batches import collate
from modiste.jobs.compare import compare
from modiste.jobs.embed import embed
from modiste.jobs.evaluate import evaluate
from modiste.jobs.fuse import EQUAL, FOUND, FuseSummary, fuse
from modiste.jobs.train import train
from modiste.stylist.stylist import Stylist
from modiste.training.run import Run, table_of
from tests.conftest import Example

SMALL = ('blocks=["image"]', "epochs=4", "hidden_dim=32", "item_dim=16", "references=16")


@dataclass(frozen=True)
class Made:
    """Two runs that see photographs by different encoders, and their fusion."""

    wardrobe: Path
    first: Path
    second: Path
    fused: Path
    summary: FuseSummary


@pytest.fixture(scope="module")
def made(example: Example, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("fuse")
    wardrobe, second, fused = (folder / name for name in ("wardrobe", "second", "fused"))
    shutil.copytree(example.wardrobe, wardrobe)
    embed(wardrobe, image="lite0?weights=random")
    train(wardrobe, second, settings=SMALL, seed=1)
    summary = fuse([example.run, second], fused, wardrobe=wardrobe)
    return Made(wardrobe, example.run, second, fused, summary)


def test_a_fused_run_sees_photographs_by_both_encoders(made: Made) -> None:
    run = Run.open(made.fused)
    assert run.finished
    assert run.spec.blocks == ("image", "text", "colour", "image@2")
    assert run.spec.encoders["image@2"]["name"] == "lite0?weights=random"


def test_its_score_is_the_weighted_sum_of_those_of_the_runs(made: Made) -> None:
    fused = Run.open(made.fused)
    wardrobe = fused.wardrobe()
    outfits = [[wardrobe.rows[i] for i in o.items] for o in wardrobe.outfits_of("test")[:20]]
    scores = []
    for run in (Run.open(made.first), Run.open(made.second), fused):
        table = table_of(wardrobe, run.spec, run.counts)
        with torch.inference_mode():
            scores.append(run.model().score(collate(table, outfits)).numpy())
    members = fused.model().config.members  # type: ignore[union-attr]
    expected = sum(
        m.weight * (score - m.centre) / m.scale for m, score in zip(members, scores, strict=False)
    )
    np.testing.assert_allclose(scores[2], expected, rtol=1e-4, atol=1e-4)


def test_found_weights_are_no_worse_than_equal_ones_on_what_they_were_found_on(
    made: Made,
) -> None:
    found, equal = made.summary.validation[FOUND], made.summary.validation[EQUAL]
    assert found["auc"] >= equal["auc"] - 1e-4
    assert found["fitb"] + found["recall@10"] >= equal["fitb"] + equal["recall@10"] - 1e-4
    for weights in (made.summary.weights, made.summary.wanted_weights):
        assert sum(weights) == pytest.approx(1)
        assert min(weights) >= 0


def test_members_alone_are_measured_as_they_were_in_training(made: Made) -> None:
    """The best line of `metrics.jsonl`, on the questions of the seed that it was trained by."""
    again = fuse([made.first, made.second], made.fused.parent / "again", wardrobe=made.wardrobe)
    assert again.validation == made.summary.validation
    lines = [json.loads(line) for line in (made.first / "metrics.jsonl").read_text().splitlines()]
    best = max(lines, key=lambda line: line["selection"])
    alone = again.validation[str(made.first)]
    for name in ("fitb", "auc", "recall@10"):
        assert alone[name] == pytest.approx(best[name], abs=1e-4)


def test_what_was_searched_stands_in_the_run(made: Made) -> None:
    facts = Run.open(made.fused).spec.training["fusion"]
    assert facts["members"] == [str(made.first), str(made.second)]
    assert facts["validation"].keys() == made.summary.validation.keys()
    assert facts["tried"] == made.summary.tried > 20
    assert facts["questions"]["fitb"] > 0
    assert "AUC" in facts["searched"]


def test_a_fused_run_is_evaluated_and_compared_without_its_members(
    made: Made, tmp_path: Path
) -> None:
    alone = tmp_path / "alone"
    shutil.copytree(made.fused, alone)
    found = evaluate(alone)
    assert found.page.is_file()
    assert found.report.reliability is not None
    assert compare([made.second, alone], wardrobe=made.wardrobe).gains[str(alone)]


def test_a_fused_run_dresses_people_from_ids_wishes_and_photographs(made: Made) -> None:
    stylist = Stylist.load(made.fused)
    wardrobe = Run.open(made.fused).wardrobe()
    outfit = wardrobe.outfits_of("test")[0].items
    assert 0 < stylist.score(outfit).probability < 1
    photographs = [wardrobe.image_path(wardrobe.item(i).image) for i in outfit[:2]]
    by_ids = stylist.score(outfit[:2])
    by_sight = stylist.score([p for p in photographs if p is not None])
    assert np.isfinite(by_sight.verdict.logit)
    assert np.isfinite(by_ids.verdict.logit)
    assert len(stylist.complete(outfit[:1], k=3).to_json()["suggestions"]) == 3
    assert len(stylist.compose(outfit[:1])) > 0


def test_a_photograph_is_seen_as_the_same_picture_in_the_catalogue(made: Made) -> None:
    stylist = Stylist.load(made.fused)
    wardrobe = Run.open(made.fused).wardrobe()
    item = wardrobe.item(wardrobe.items["id"][0])
    path = wardrobe.image_path(item.image)
    assert path is not None
    external = stylist.photograph(path, item.fine).external
    assert external is not None
    row = stylist.context.stock.table.features[0]
    for columns in (slice(0, 1280), slice(1280 + 384 + 252, -1)):  # image, image@2
        np.testing.assert_allclose(external.features[columns], row[columns], atol=1e-3)


def test_a_fused_run_is_fused_again(made: Made, tmp_path: Path) -> None:
    summary = fuse([made.fused, made.second], tmp_path / "again")
    assert Run.open(tmp_path / "again").spec.blocks == Run.open(made.fused).spec.blocks
    alone = summary.validation[str(made.fused)]
    assert alone == pytest.approx(made.summary.validation[FOUND])
    assert np.isfinite(Stylist.load(tmp_path / "again").compose()[0].verdict.logit)

"""A fused run reads wishes by the words of a member, and sees what each member sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from modiste.data.wardrobe import Wardrobe
from modiste.jobs.fuse import fused_spec, write_fused
from modiste.models.fusion import Fusion
from modiste.stylist.compose import ComposeRequest
from modiste.stylist.stylist import Stylist
from modiste.stylist.wishes import members_of
from modiste.training.run import Run, spec_blocks, table_of

from .word_runs import write_run

NAMES = ("siamese", "visual_semantic", "bilstm")


@pytest.fixture(scope="module")
def runs(wardrobe: Wardrobe, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """The paper's three models on the small shop."""
    made = [write_run(wardrobe, name, tmp_path_factory.mktemp(name)) for name in NAMES]
    return [Run.open(root) for root in made]


@pytest.fixture(scope="module")
def fused(wardrobe: Wardrobe, runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All three fused, equal weights."""
    out = tmp_path_factory.mktemp("fused")
    spec, config = fused_spec(runs, wardrobe, seed=0)
    write_fused(out, spec, Fusion(config, [run.model() for run in runs]), runs)
    return out


def test_each_member_sees_the_catalogue_as_its_own_run_does(
    wardrobe: Wardrobe, runs: list[Run], fused: Path
) -> None:
    run = Run.open(fused)
    assert run.spec.blocks == ("colour", "words")
    model = run.model()
    assert isinstance(model, Fusion)
    table = table_of(wardrobe, run.spec, run.counts)
    found = list(members_of(model, spec_blocks(run.spec), table))
    for (member, blocks, seen), alone in zip(found, runs, strict=True):
        expected = table_of(wardrobe, alone.spec, alone.counts)
        np.testing.assert_array_equal(seen.features, expected.features)
        assert [block.name for block in blocks] == list(alone.spec.blocks)
        assert type(member) is type(alone.model())


def test_a_wish_is_read_by_the_first_member_that_learnt_words(runs: list[Run], fused: Path) -> None:
    by_fusion = Stylist.load(fused).context.query_encoders
    by_member = Stylist.load(runs[1].root).context.query_encoders
    assert by_fusion.read is not None
    assert by_member.read is not None
    np.testing.assert_allclose(by_fusion.read("red"), by_member.read("red"), atol=1e-6)


def test_the_three_models_score_compose_and_complete_together(fused: Path) -> None:
    stylist = Stylist.load(fused)
    outfit = ["boots-red-0", "shirts-red-0", "skirts-red-1"]
    assert np.isfinite(stylist.score(outfit).verdict.logit)
    turned = stylist.score(outfit[::-1]).verdict.logit
    assert turned == pytest.approx(stylist.score(outfit).verdict.logit, abs=1e-5)
    assert len(stylist.complete(outfit[:1], "shoes", k=2).to_json()["suggestions"]) == 2
    assert stylist.compose(outfit[:1], ComposeRequest(text="red", looks=1))[0].pieces

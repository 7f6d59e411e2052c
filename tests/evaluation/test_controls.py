from __future__ import annotations

import numpy as np
import pytest

from modiste.evaluation.controls import build_controls, popularity
from modiste.evaluation.scoring import CatalogueIndex
from modiste.models.controls import CONTROLS

RANDOM = np.random.default_rng(0)
OUTFITS = [[0, 6, 9], [1, 7], [0, 7, 10]]


def test_every_control_is_built_where_all_blocks_are_there(index: CatalogueIndex) -> None:
    blocks = {
        "image": RANDOM.normal(size=(12, 4)),
        "text": RANDOM.normal(size=(12, 3)),
        "background": RANDOM.normal(size=(12, 3)),
    }
    found = build_controls(index, blocks, OUTFITS)
    assert list(found.scorers) == list(CONTROLS)
    assert found.left_out == {}
    for scorer in found.scorers.values():
        assert np.isfinite(scorer.score(OUTFITS)).all()


@pytest.mark.parametrize("blocks", [{}, {"image": None, "text": None, "background": None}])
def test_a_control_that_lacks_its_blocks_is_left_out_and_said(
    index: CatalogueIndex, blocks: dict[str, None]
) -> None:
    found = build_controls(index, blocks, OUTFITS)
    assert set(found.left_out) == {"mean_cosine", "background"}
    assert set(found.scorers) == set(CONTROLS) - set(found.left_out)
    assert all(sentence.endswith(".") for sentence in found.left_out.values())


def test_mean_cosine_makes_do_with_texts(index: CatalogueIndex) -> None:
    found = build_controls(index, {"text": RANDOM.normal(size=(12, 3))}, OUTFITS)
    assert "mean_cosine" in found.scorers


def test_image_and_text_weigh_the_same_whatever_their_scale(index: CatalogueIndex) -> None:
    image, text = RANDOM.normal(size=(12, 4)), RANDOM.normal(size=(12, 3))
    scores = [
        build_controls(index, {"image": a * image, "text": text}, OUTFITS)
        .scorers["mean_cosine"]
        .score(OUTFITS)
        for a in (1.0, 1000.0)
    ]
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-6)


def test_an_item_without_a_photograph_spoils_no_score(index: CatalogueIndex) -> None:
    background, image = RANDOM.normal(size=(12, 3)), RANDOM.normal(size=(12, 4))
    background[6], image[6] = np.nan, np.nan
    found = build_controls(index, {"background": background, "image": image}, OUTFITS)
    for name in ("background", "mean_cosine"):
        assert np.isfinite(found.scorers[name].score(OUTFITS)).all()
    features = found.scorers["background"].table.features
    np.testing.assert_allclose(features[6], np.nanmedian(background, axis=0), rtol=1e-5)


def test_a_catalogue_without_any_photograph_measured_is_answered(index: CatalogueIndex) -> None:
    found = build_controls(index, {"background": np.full((12, 3), np.nan)}, OUTFITS)
    assert found.scorers["background"].score(OUTFITS).tolist() == [0.0, 0.0, 0.0]


def test_popularity_counts_outfits_not_repeats() -> None:
    counts = np.expm1(popularity([[0, 1, 1], [1], [2]], 4))
    np.testing.assert_allclose(counts, [1, 2, 1, 0], rtol=1e-6)
    assert popularity([], 3).tolist() == [0, 0, 0]

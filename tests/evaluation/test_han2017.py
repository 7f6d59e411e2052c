"""The published evaluation, against a plain transcription of it, and its defects on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from modiste.bench.plain_lstm import PlainLstm, answer, compatibility_scores, fitb_scores
from modiste.data.batches import ItemTable
from modiste.errors import Misuse
from modiste.evaluation.compatibility import measure_compatibility
from modiste.evaluation.han2017.compatibility import cross_entropy
from modiste.evaluation.han2017.fast import expectations, nearness_by_item, nearness_by_outfit
from modiste.evaluation.han2017.fitb import Sheet, Sheets
from modiste.evaluation.han2017.measure import (
    answers,
    ask,
    measure_compatibility_as_published,
    measure_fast,
    measure_fitb_as_published,
    our_figures,
    published_figures,
    rank_correlation,
)
from modiste.evaluation.han2017.sequences import Sequences
from modiste.evaluation.scoring import CatalogueIndex, EvaluationContext, ModelScorer
from modiste.models.bilstm import BiLstm, BiLstmConfig
from modiste.models.siamese import Siamese, SiameseConfig
from modiste.models.visual_semantic import VisualSemantic, VisualSemanticConfig
from modiste.outfit import CompatibilityQuestion, FitbQuestion, Question

ITEMS, DIM, FINE, WORDS = 40, 12, 4, 6
rng = np.random.default_rng(0)
TABLE = ItemTable(
    ids=tuple(f"i{n}" for n in range(ITEMS)),
    features=np.hstack(
        [
            rng.normal(size=(ITEMS, DIM)),
            rng.integers(1, WORDS + 1, size=(ITEMS, 2)),
            np.zeros((ITEMS, 1)),
        ]
    ).astype(np.float32),
    category=(np.arange(ITEMS) % FINE + 1).astype(np.int64),
    vocabulary=tuple("abcd"),
)
TERMS = EvaluationContext(CatalogueIndex(TABLE.ids, tuple("abcd" * 10), tuple("abcd" * 10)))


def fitb(size: int, position: int | None, answer: int = 0) -> FitbQuestion:
    drawn = [f"i{n}" for n in rng.choice(ITEMS, size=size + 4, replace=False)]
    return FitbQuestion(
        question=tuple(drawn[:size]),
        candidates=tuple(drawn[size:]),
        answer=answer,
        position=position,
    )


def outfit(size: int, label: int) -> CompatibilityQuestion:
    drawn = rng.choice(ITEMS, size=size, replace=False)
    return CompatibilityQuestion(items=tuple(f"i{n}" for n in drawn), label=label)


FITB = [fitb(size, at, at % 4) for size in (1, 2, 5, 7) for at in range(size + 1)]
OUTFITS = [outfit(size, n % 2) for size in (1, 2, 4, 8, 12) for n in range(4)]


def bilstm(**settings: Any) -> BiLstm:
    torch.manual_seed(0)
    chosen = {"order": "given", "words": WORDS, "word_columns": 2, "width": 16, "init": 0.5}
    model = BiLstm(BiLstmConfig(block_dims=(DIM,), categories=FINE, **chosen | settings))
    prepared(model)
    with torch.no_grad():
        for name, parameter in model.read.named_parameters():
            if "bias" in name:
                parameter.add_(torch.linspace(-0.3, 0.3, len(parameter)))
    return model


def prepared(model: Any) -> Any:
    features, category = torch.from_numpy(TABLE.features), torch.from_numpy(TABLE.category)
    model.prepare(features, category)
    model.settle(features, category)
    return model.eval()


def plain(model: BiLstm) -> tuple[PlainLstm, PlainLstm, np.ndarray]:
    """The transcription with the model's weights, and all items."""
    with torch.no_grad():
        items = model.keys(torch.from_numpy(TABLE.features), torch.from_numpy(TABLE.category))
    return PlainLstm.of(model.read.onwards), PlainLstm.of(model.read.backwards), items.numpy()


def rows(ids: Sequence[str]) -> list[int]:
    return [TABLE.rows[item_id] for item_id in ids]


@pytest.mark.parametrize(("way", "direction"), [("both", 2), ("forward", 1), ("backward", -1)])
def test_candidates_score_as_in_the_transcription(way: str, direction: int) -> None:
    model = bilstm()
    forward, backward, items = plain(model)
    found = answers(model, ask(model, TABLE, FITB))[way]
    dropped = 0
    for number, question in enumerate(FITB):
        assert question.position is not None
        expected = answer(forward, backward, items, rows(question.question), question.position)
        scores = fitb_scores(expected, items[rows(question.candidates)], direction)
        assert found.dropped[number] == (scores is None)
        if scores is None:
            dropped += 1
            continue
        np.testing.assert_allclose(found.published[number], scores, atol=1e-5)
        np.testing.assert_allclose(found.exact[number], scores, atol=1e-5)
    assert dropped == (0 if direction == 2 else 4)


def test_the_semantic_score_is_the_cosine_with_the_mean() -> None:
    model = bilstm()
    assert model.semantic is not None
    found = answers(model, ask(model, TABLE, FITB))["semantic"]
    with torch.no_grad():
        looks = model.semantic.image_vectors(torch.from_numpy(TABLE.features)).numpy()
    for number, question in enumerate(FITB):
        mean = looks[rows(question.question)].mean(axis=0)
        cosines = looks[rows(question.candidates)] @ mean / np.linalg.norm(mean)
        np.testing.assert_allclose(found.published[number], (cosines + 1) / 2, atol=1e-6)


def test_the_siamese_mean_is_of_vectors_of_any_length() -> None:
    model = prepared(Siamese(SiameseConfig(block_dims=(DIM,), categories=FINE, width=16)))
    found = answers(model, ask(model, TABLE, FITB))["siamese"]
    with torch.no_grad():
        looks = model.embed(torch.from_numpy(TABLE.features)).numpy()
    for number, question in enumerate(FITB):
        mean, each = looks[rows(question.question)].mean(axis=0), looks[rows(question.candidates)]
        cosines = each @ mean / np.linalg.norm(mean) / np.linalg.norm(each, axis=1)
        np.testing.assert_allclose(found.published[number], (cosines + 1) / 2, atol=1e-6)


def test_outfits_score_as_in_the_transcription() -> None:
    model = bilstm()
    forward, backward, items = plain(model)
    asked = ask(model, TABLE, OUTFITS)
    ours = measure_compatibility(ModelScorer(model, TABLE), OUTFITS, TERMS)
    found = measure_compatibility_as_published(model, asked, ours)
    pool = np.concatenate([items[asked.pool.rows], np.zeros((1, 16), np.float32)])
    for number, question in enumerate(OUTFITS):
        places = asked.pool.places(rows(question.items))
        expected = sum(compatibility_scores(forward, backward, pool, places))
        assert found.scores[number] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("cell", ["gru", "rnn"])
@pytest.mark.parametrize("order", ["given", "category"])
def test_other_cells_and_orders_agree_with_the_models_own_predictions(
    cell: str, order: str
) -> None:
    model = bilstm(cell=cell, order=order)
    asked = ask(model, TABLE, OUTFITS)
    ours = measure_compatibility(ModelScorer(model, TABLE), OUTFITS, TERMS)
    found = measure_compatibility_as_published(model, asked, ours)
    keys = torch.cat([asked.pool.keys, torch.zeros(1, 16)])  # type: ignore[list-item]
    for number, question in enumerate(OUTFITS):
        worn = sorted(
            asked.pool.places(rows(question.items)), key=lambda place: asked.pool.rank[place]
        )
        with torch.no_grad():
            both = model.predictions(keys[worn].unsqueeze(0), torch.tensor([len(worn)]))
            end = len(keys) - 1
            score = sum(
                torch.log_softmax(expected @ keys.T, dim=1)[range(len(worn)), target].mean().item()
                for expected, target in (
                    (both[0][0, 1:], [*worn[1:], end]),
                    (both[1][0, :-1], [end, *worn[:-1]]),
                )
            )
        assert found.scores[number] == pytest.approx(score, abs=1e-4)


def test_products_that_overflow_are_done_again() -> None:
    expected = torch.tensor([[300.0], [1.0], [0.0]])
    keys = torch.tensor([[1.0], [-1.0], [0.5]])
    target = torch.tensor([1, 0, 3])
    logits = torch.cat([expected @ keys.T, torch.zeros(3, 1)], dim=1)
    exact = torch.nn.functional.cross_entropy(logits, target, reduction="none")
    torch.testing.assert_close(cross_entropy(expected, keys, target), exact)


def test_tiles_of_items_make_up_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modiste.evaluation.han2017.compatibility.TILE", 7)
    expected, keys, target = torch.randn(9, 4), torch.randn(24, 4), torch.arange(9) * 3
    logits = torch.cat([expected @ keys.T, torch.zeros(9, 1)], dim=1)
    exact = torch.nn.functional.cross_entropy(logits, target, reduction="none")
    torch.testing.assert_close(cross_entropy(expected, keys, target), exact)


def sheet_of(count: int, answers: Sequence[int]) -> Sheet:
    return Sheet(
        context=Sequences.of([[0]] * count),
        candidates=np.tile(np.arange(4), (count, 1)),
        gap=np.ones((count, 4), dtype=np.int64),
        answers=np.array(answers, dtype=np.int64),
    )


def figures(scores: np.ndarray, answers: Sequence[int]) -> tuple[dict[str, Any], dict[str, Any]]:
    sheet = sheet_of(len(scores), answers)
    answered = Sheets(scores, scores, np.zeros(len(scores), dtype=bool))
    return (
        published_figures(sheet, answered),
        our_figures(sheet, answered, np.arange(len(scores)), 0),
    )


def test_knowing_nothing_is_always_right_as_published_and_chance_by_our_rules() -> None:
    published, ours = figures(np.full((8, 4), 0.25), [0, 1, 2, 3] * 2)
    assert published["top"] == [1.0] * 4
    assert published["ties_counted_right"] == 8
    assert ours["accuracy"] == 0.25
    assert ours["top"] == [0.25, 0.5, 0.75, 1.0]


def test_no_number_is_right_as_published_and_worth_nothing_by_our_rules() -> None:
    published, ours = figures(np.full((4, 4), np.nan), [0, 1, 2, 3])
    assert published["top"][0] == 1.0
    assert published["no_number_counted_right"] == 4
    assert ours["accuracy"] == 0.0
    assert ours["top"][0] == 0.0


def test_a_single_overflow_is_the_last_as_published() -> None:
    published, _ = figures(np.array([[np.nan, 0.0, 0.0, 0.0]]), [0])
    assert published["top"] == [0.0, 0.0, 0.0, 1.0]


def test_an_overflow_is_reproduced_and_mended() -> None:
    model = bilstm()
    with torch.no_grad():
        model.read.onwards.out.weight.mul_(1e4)
        model.read.backwards.out.weight.mul_(1e4)
    found = answers(model, ask(model, TABLE, FITB))["both"]
    assert np.isnan(found.published).any()
    assert not np.isnan(found.exact).any()
    np.testing.assert_allclose(found.exact.sum(axis=1), 1)


def test_top_k_orders_as_a_sort_with_the_truth_first_does() -> None:
    scores = rng.integers(0, 3, size=(200, 4)).astype(np.float64)
    answers = rng.integers(4, size=200)
    ranks = []
    for line, right in zip(scores, answers, strict=True):
        first = np.concatenate([[line[right]], np.delete(line, right)])
        ranks.append(np.argsort(-first, kind="stable").tolist().index(0))
    published, _ = figures(scores, answers.tolist())
    assert published["top"] == [pytest.approx(np.mean(np.array(ranks) < k)) for k in range(1, 5)]


def test_questions_with_a_missing_item_are_skipped_as_published_and_chance_by_our_rules() -> None:
    model = bilstm()
    broken = [replace(q, question=("nobody", *q.question[1:])) for q in FITB[:3]]
    found = measure_fitb_as_published(model, ask(model, TABLE, [*FITB, *broken]))
    whole = measure_fitb_as_published(model, ask(model, TABLE, FITB))
    assert found["published"]["both"]["n"] == len(FITB)
    assert found["published"]["both"]["skipped_unknown"] == 3
    assert found["published"]["both"]["top"] == whole["published"]["both"]["top"]
    assert found["ours"]["both"]["n"] == len(FITB) + 3
    expected = (whole["ours"]["both"]["accuracy"] * len(FITB) + 0.75) / (len(FITB) + 3)
    assert found["ours"]["both"]["accuracy"] == pytest.approx(expected, abs=1e-4)


def test_one_sided_blanks_are_skipped_and_counted() -> None:
    model = bilstm()
    found = measure_fitb_as_published(model, ask(model, TABLE, FITB))["published"]
    assert found["forward"]["skipped_one_sided"] == 4
    assert found["forward"]["by_blank"]["front"]["n"] == 0
    assert found["backward"]["by_blank"]["end"]["n"] == 0
    assert found["both"]["skipped"] == 0
    assert sum(part["n"] for part in found["both"]["by_blank"].values()) == len(FITB)


def test_other_items_in_the_pool_change_the_published_score_and_not_ours() -> None:
    model = bilstm()
    more: list[Question] = [*OUTFITS, *FITB]
    few: list[Question] = list(OUTFITS[:8])
    found = []
    for questions in (few, more):
        asked = ask(model, TABLE, questions)
        ours = measure_compatibility(ModelScorer(model, TABLE), asked.compatibility, TERMS)
        found.append(measure_compatibility_as_published(model, asked, ours))
    assert not np.allclose(found[0].scores, found[1].scores[:8], atol=1e-3)
    np.testing.assert_allclose(found[0].ours.scores, found[1].ours.scores[:8], atol=1e-5)


def test_outfits_with_a_missing_item_are_left_out_and_counted() -> None:
    model = bilstm()
    questions = [*OUTFITS, CompatibilityQuestion(items=("nobody", "i1"), label=1)]
    asked = ask(model, TABLE, questions)
    ours = measure_compatibility(ModelScorer(model, TABLE), questions, TERMS)
    found = measure_compatibility_as_published(model, asked, ours).to_json()["published"]
    assert (found["n"], found["skipped"]) == (len(OUTFITS), 1)


def test_candidates_of_several_categories_stand_where_outfits_are_read_by_category() -> None:
    model = bilstm(order="category")
    question = FitbQuestion(question=("i1", "i2"), candidates=("i0", "i5", "i6", "i7"), answer=3)
    sheet = ask(model, TABLE, [question]).sheet
    assert sheet.gap.tolist() == [[0, 1, 2, 2]]
    assert sheet.blank.tolist() == ["end"]
    assert np.isfinite(answers(model, ask(model, TABLE, [question]))["both"].exact).all()


def test_fast_scores_are_the_mean_cosine_with_what_is_expected() -> None:
    model = bilstm()
    forward, backward, items = plain(model)
    asked = ask(model, TABLE, OUTFITS)
    ours = measure_compatibility(ModelScorer(model, TABLE), OUTFITS, TERMS)
    found = measure_fast(model, measure_compatibility_as_published(model, asked, ours))
    known, slow = [q for q in OUTFITS if len(q.items) > 1], {"item": [], "outfit": []}
    assert asked.pool.keys is not None
    for question in known:
        for reach, scores in slow.items():
            total = 0.0
            for lstm, order in ((forward, 1), (backward, -1)):
                worn = items[rows(question.items)][::order]
                cosines = []
                for at in range(1, len(worn)):
                    if reach == "outfit":
                        guesses = lstm.read(worn[:at])[-1:]
                    else:
                        guesses = [lstm.read(worn[back : back + 1])[0] for back in range(at)]
                    cosines += [cosine(guess[0], worn[at]) for guess in guesses]
                total += float(np.mean(cosines))
            scores.append(total)
    places = [n for n, q in enumerate(OUTFITS) if len(q.items) > 1]
    keys, outfits = asked.pool.keys, asked.outfits
    for reach, both in (
        ("item", nearness_by_item(expectations(model.read, keys), keys, outfits)),
        ("outfit", nearness_by_outfit(model.read, keys, keys, outfits)),
    ):
        np.testing.assert_allclose(both.sum(axis=1)[places], slow[reach], atol=1e-5)
        assert -1 <= found[reach]["rank_correlation"] <= 1


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_rank_correlation_is_spearmans() -> None:
    from scipy.stats import spearmanr

    a, b = rng.normal(size=30).round(1), rng.normal(size=30).round(1)
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert rank_correlation(a, np.zeros(30)) is None


def test_an_embedding_without_recurrences_scores_outfits_by_the_mean_cosine() -> None:
    config = VisualSemanticConfig(block_dims=(DIM,), categories=FINE, words=WORDS, word_columns=2)
    model = prepared(VisualSemantic(config))
    asked = ask(model, TABLE, OUTFITS)
    ours = measure_compatibility(ModelScorer(model, TABLE), OUTFITS, TERMS)
    full = measure_compatibility_as_published(model, asked, ours)
    two = [len(q.items) > 1 for q in OUTFITS]
    np.testing.assert_allclose(full.scores[two], ours.scores[two])
    with pytest.raises(Misuse, match="bilstm"):
        measure_fast(model, full)


def test_no_question_and_an_empty_one_are_no_crash() -> None:
    model = bilstm()
    empty = FitbQuestion(question=(), candidates=("i1", "i2", "i3", "i4"), answer=1)
    nothing: list[Question] = []
    for questions in (nothing, [empty], [CompatibilityQuestion(items=(), label=1)]):
        asked = ask(model, TABLE, questions)
        found = measure_fitb_as_published(model, asked)
        ours = measure_compatibility(ModelScorer(model, TABLE), asked.compatibility, TERMS)
        full = measure_compatibility_as_published(model, asked, ours)
        assert full.to_json()["published"]["auc"] is None
        measure_fast(model, full)
        if questions == [empty]:
            assert found["ours"]["both"]["accuracy"] == 0.25
            assert found["published"]["both"]["skipped_one_sided"] == 1


def test_other_models_are_refused_in_a_sentence() -> None:
    from modiste.models.controls import fit_control

    with pytest.raises(Misuse, match="leave --protocol out"):
        ask(fit_control("chance", TABLE, []), TABLE, FITB)

"""Which of the items of an outfit a model tells from others, seen or masked."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from modiste.data.batches import ItemTable
from modiste.evaluation.reconstruction import measure_reconstruction, whole_outfits
from modiste.evaluation.scoring import CatalogueIndex, EvaluationContext, ModelScorer
from modiste.models.base import Reconstruction, Reconstructs
from modiste.models.set_transformer import SetTransformer
from modiste.models.umbert import UmBert, UmBertConfig
from modiste.outfit import CompatibilityQuestion, CompletionQuestion, FitbQuestion, OutfitBatch

IDS = tuple(f"i{row}" for row in range(12))
SLOTS = ("shoes",) * 4 + ("tops",) * 4 + ("bottoms",) * 4
CATEGORY = np.repeat([1, 2, 3], 4).astype(np.int64)
FEATURES = np.random.default_rng(0).normal(size=(12, 8)).astype(np.float32)
TABLE = ItemTable(IDS, FEATURES, CATEGORY, ("bottoms", "shoes", "tops"))
OUTFITS = [("i0", "i4", "i8"), ("i1", "i5", "i9")]


class Copies(UmBert):
    """Decodes what it sees; knows nothing of what it does not."""

    def reconstruct(self, batch: OutfitBatch) -> Reconstruction:
        found = super().reconstruct(batch)
        vectors = torch.nn.functional.pad(
            torch.cat(
                [
                    batch.items[found.outfit, found.place],
                    torch.ones(len(found.outfit), 1),
                ],
                dim=1,
            ),
            (0, 1),
        )
        vectors[found.masked] = 0.0
        return Reconstruction(vectors, found.outfit, found.place, found.masked)


def model(kind: type[UmBert] = UmBert) -> UmBert:
    torch.manual_seed(0)
    made = kind(
        UmBertConfig(
            **{"block_dims": (8,), "categories": 3, "width": 8, "heads": 2, "layers": 1, "ff": 8},
            **{"items": "frozen", "objective": "mse", "popularity": 0.0},
        )
    )
    return made.eval()


def terms(*worn: str) -> EvaluationContext:
    return EvaluationContext(CatalogueIndex(IDS, SLOTS, SLOTS, frozenset(worn)))


def test_a_model_that_copies_tells_what_it_sees_and_guesses_the_rest() -> None:
    scorer = ModelScorer(model(Copies), TABLE)
    found = measure_reconstruction(scorer, OUTFITS, terms(*IDS)).to_json()
    assert found["seen"]["accuracy"] == 1.0
    assert found["masked"]["accuracy"] == pytest.approx(1 / 4)  # all four items of a slot tie
    assert found["accuracy"] == pytest.approx((6 * 2 * 1.0 + 6 / 4) / 18, abs=1e-4)
    assert (found["seen"]["n"], found["masked"]["n"]) == (12, 6)
    assert found["masked"]["by_category"]["tops"]["chance"] == 0.25


def test_only_items_worn_are_looked_among_and_the_most_worn_is_popularity() -> None:
    counts = np.zeros(12, dtype=np.int64)
    counts[[0, 4, 9]] = 3
    scorer = ModelScorer(model(Copies), TABLE)
    found = measure_reconstruction(scorer, OUTFITS, terms("i0"), counts)
    assert set(found.pool.tolist()) == {2}
    masked = found.to_json()["masked"]["by_category"]
    assert masked["shoes"]["popularity"] == masked["bottoms"]["popularity"] == 0.5
    assert masked["shoes"]["chance"] == 0.5


def test_umbert_decodes_every_item_once_for_each_that_is_masked() -> None:
    umbert = model()
    batch = OutfitBatch(
        items=torch.from_numpy(FEATURES[[[0, 4, 8], [1, 5, 0]]]),
        present=torch.tensor([[True, True, True], [True, True, False]]),
        category=torch.from_numpy(CATEGORY[[[0, 4, 8], [1, 5, 0]]]),
        row=torch.tensor([[0, 4, 8], [1, 5, -1]]),
    )
    with torch.no_grad():
        found = umbert.reconstruct(batch)
        alone = umbert.answers(batch)
    assert isinstance(umbert, Reconstructs)
    assert not issubclass(SetTransformer, Reconstructs)
    assert found.masked.sum() == 5 and len(found.masked) == 9 + 4
    assert found.outfit.tolist() == [0] * 9 + [1] * 4
    assert found.place.tolist() == [0, 1, 2] * 3 + [0, 1] * 2
    torch.testing.assert_close(found.vectors[found.masked][:, :-1], alone)
    assert found.vectors[:, -1].abs().max() == 0  # popularity plays no part


def test_outfits_are_those_behind_questions_each_once() -> None:
    completion = [
        CompletionQuestion(question=("i4", "i8"), category="shoes", answer="i0"),
        CompletionQuestion(question=("i0", "i8"), category="tops", answer="i4"),
    ]
    blank = FitbQuestion(question=("i1", "i5"), candidates=("i8", "i9"), answer=1)
    judged = CompatibilityQuestion(items=("i1", "i2"), label=0)
    assert [set(o) for o in whole_outfits([*completion, blank])] == [{"i0", "i4", "i8"}]
    assert whole_outfits([blank, judged]) == [("i1", "i5", "i9")]


def test_nothing_known_is_nothing_said() -> None:
    scorer = ModelScorer(model(), TABLE)
    found = measure_reconstruction(scorer, [("i0", "elsewhere")], terms(*IDS))
    assert found.to_json()["accuracy"] is None

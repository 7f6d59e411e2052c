"""An encoder that learns: gradients reach the photographs, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from modiste.data.batches import ItemTable
from modiste.data.training_batches import BatchConfig, CandidatePools, TrainingBatches
from modiste.encoders.network import NetworkEncoder, Preprocessing
from modiste.errors import Misuse
from modiste.models.base import OutfitModel
from modiste.models.bilstm import BiLstm, BiLstmConfig
from modiste.outfit import OutfitBatch
from modiste.training.finetune import EndToEnd, FinetuneConfig, renewed_table
from modiste.training.loop import TrainConfig, _groups, train
from modiste.training.pixels import PhotographPixels, PicturedBatch, PicturedBatches

ITEMS, DIM, SIZE = 16, 6, (8, 6)
WITHOUT, BROKEN = 3, 5  # rows without a photograph, and with one that cannot be read
COLUMNS = slice(0, DIM)


class Tiny(nn.Module):
    """(n, 3, 8, 6) to (n, 6)."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.look = nn.Conv2d(3, 5, 3, padding=1)
        self.norm = nn.BatchNorm2d(5)
        self.head = nn.Linear(5, DIM)

    def forward(self, x: Tensor) -> Tensor:
        vectors: Tensor = self.head(torch.tanh(self.norm(self.look(x))).mean(dim=(2, 3)))
        return vectors


def encoder() -> NetworkEncoder:
    half = (0.5, 0.5, 0.5)
    preprocessing = Preprocessing(size=SIZE, mean=half, std=half)
    return NetworkEncoder("tiny", Tiny, preprocessing, fingerprint="0" * 64, dim=DIM)


@pytest.fixture
def photographs(tmp_path: Path) -> Iterator[PhotographPixels]:
    draw = np.random.default_rng(0)
    paths = {row: tmp_path / f"{row}.png" for row in range(ITEMS) if row != WITHOUT}
    for row, path in paths.items():
        cells = draw.integers(0, 256, (16, 12, 3), dtype=np.uint8)
        path.write_bytes(b"no picture") if row == BROKEN else Image.fromarray(cells).save(path)
    found = PhotographPixels(paths, encoder().preprocess, SIZE, memory=8 * 6 * 3 * 10)
    yield found
    found.close()


def table() -> ItemTable:
    draw = np.random.default_rng(1)
    return ItemTable(
        ids=tuple(f"i{n}" for n in range(ITEMS)),
        features=draw.normal(size=(ITEMS, DIM + 3)).astype(np.float32),
        category=(np.arange(ITEMS) % 4 + 1).astype(np.int64),
        vocabulary=tuple("abcd"),
    )


OUTFITS = [[0, 1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11], [12, 13], [14, 15, 0], [1, 4], [2, 5, 8]]


def batches(
    photographs: PhotographPixels, *, flips: bool = True, candidates: int = 0
) -> PicturedBatches:
    seen = table()
    worn = np.bincount(np.concatenate([np.array(rows) for rows in OUTFITS]), minlength=ITEMS)
    config = BatchConfig(batch_size=8, candidates=candidates, seed=1)
    plain = TrainingBatches(seen, OUTFITS, CandidatePools(seen.category, worn), config)
    return PicturedBatches(plain, photographs, flips=flips)


def end_to_end(*, norm: str = "frozen", width: int = 8, **settings: object) -> EndToEnd:
    torch.manual_seed(2)
    config = BiLstmConfig(
        block_dims=(DIM, 2),
        categories=4,
        width=width,
        semantic_weight=0,
        dropout=0,
        feature_dropout=0,
        init=0.5,
        order="given",
    )
    outfits = BiLstm(config)
    seen = table()
    outfits.prepare(torch.from_numpy(seen.features), torch.from_numpy(seen.category))
    tuning = FinetuneConfig(encoder="tiny", batch_norm=norm, **settings)  # type: ignore[arg-type]
    return EndToEnd(encoder(), outfits, COLUMNS, torch.full((DIM,), 0.25), tuning)


def doubled(batch: PicturedBatch) -> PicturedBatch:
    found = {name: getattr(batch, name) for name in PicturedBatch.__dataclass_fields__}
    found |= {"items": batch.items.double(), "pixels": batch.pixels.double(), "candidates": None}
    return PicturedBatch(**found)


def test_gradients_reach_every_pixel_and_agree_with_finite_differences(
    photographs: PhotographPixels,
) -> None:
    model = end_to_end().double().train()
    batch = doubled(batches(photographs).batch(0))
    batch.pixels.requires_grad_(True)
    model.loss(batch).backward()
    found = batch.pixels.grad
    assert found is not None and torch.isfinite(found).all()
    assert (found.abs().amax(dim=(1, 2, 3)) > 0).all()  # of every photograph
    draw = np.random.default_rng(3)
    places = [tuple(int(draw.integers(edge)) for edge in found.shape) for _ in range(6)]
    for place in places:
        expected = _slope(model, batch, batch.pixels.detach(), place, 1e-2)
        torch.testing.assert_close(found[place].item(), expected, rtol=1e-4, atol=1e-10)
    for name in ("look.weight", "head.bias"):
        parameter = model.network.get_parameter(name)
        assert parameter.grad is not None
        first = (0,) * parameter.dim()
        expected = _slope(model, batch, parameter.data, first, 1e-5)
        torch.testing.assert_close(parameter.grad[first].item(), expected, rtol=1e-4, atol=1e-9)


def _slope(
    model: EndToEnd, batch: PicturedBatch, values: Tensor, place: tuple[int, ...], step: float
) -> float:
    """Central difference of the loss by one entry of `values`, which shares its memory."""
    losses = []
    with torch.no_grad():
        for change in (step, -2 * step):
            values[place] += change
            losses.append(model.loss(batch).item())
        values[place] += step
    return (losses[0] - losses[1]) / (2 * step)


def test_the_encoder_fills_its_own_columns_and_no_others(photographs: PhotographPixels) -> None:
    model = end_to_end().eval()
    batch = batches(photographs, candidates=2).batch(0)
    seen = model.seen(batch)
    place = {int(row): n for n, row in enumerate(batch.pictured)}
    own = model.see(batch.pixels)
    torch.testing.assert_close(own.norm(dim=1), torch.ones(len(own)))
    for b, n in batch.present.nonzero().tolist():
        row = int(batch.row[b, n])
        expected = own[place[row]] if row in place else torch.full((DIM,), 0.25)
        torch.testing.assert_close(seen.items[b, n, COLUMNS], expected)
        assert torch.equal(seen.items[b, n, DIM:], batch.items[b, n, DIM:])
    assert (seen.items[~batch.present] == 0).all()
    assert batch.candidates is not None and seen.candidates is not None
    for n, row in enumerate(batch.candidates.row.tolist()):
        expected = own[place[row]] if row in place else torch.full((DIM,), 0.25)
        torch.testing.assert_close(seen.candidates.items[n, COLUMNS], expected)


def test_items_without_a_readable_photograph_give_no_gradient(
    photographs: PhotographPixels,
) -> None:
    batch = batches(photographs).batch(0)
    shown = set(batch.pictured.tolist())
    assert shown == set(range(ITEMS)) - {WITHOUT, BROKEN}
    assert BROKEN in photographs.unreadable and "5.png" in photographs.unreadable[BROKEN]
    nothing = PhotographPixels({}, encoder().preprocess, SIZE, memory=0)
    blind = batches(nothing).batch(0)
    assert len(blind.pixels) == 0
    model = end_to_end().train()
    model.loss(blind).backward()  # the outfit model learns all the same
    assert all(p.grad is None for p in model.encoder.parameters())
    assert any(p.grad is not None for p in model.outfits.parameters())


def test_photographs_are_mirrored_by_seed_and_step_alone(photographs: PhotographPixels) -> None:
    one, other = batches(photographs), batches(photographs)
    other.batch(4)  # read in another order, from memory and from files
    for step in (0, 1):
        assert torch.equal(one.batch(step).pixels, other.batch(step).pixels)
    plain = batches(photographs, flips=False).batch(0).pixels
    mirrored = one.batch(0).pixels
    same = (mirrored == plain).flatten(1).all(dim=1)
    assert 0 < same.sum() < len(same)
    assert torch.equal(mirrored[~same], plain[~same].flip(dims=[2]))


def test_frozen_batch_normalisation_stays_and_trained_one_follows(
    photographs: PhotographPixels,
) -> None:
    batch = batches(photographs).batch(0)
    for norm, moves in (("frozen", False), ("trained", True)):
        model = end_to_end(norm=norm, batch_norm_momentum=0.5).train()
        before = {n: t.clone() for n, t in model.network.state_dict().items() if "norm" in n}
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        model.loss(batch).backward()
        optimizer.step()
        after = model.network.state_dict()
        assert {n for n in before if not torch.equal(before[n], after[n])} == (
            set(before) if moves else set()
        )


def test_the_encoder_has_its_own_rate_and_decay() -> None:
    model = end_to_end(encoder_lr=0.3, encoder_decay=0.01)
    groups = _groups(model, TrainConfig())
    kernels, vectors, *rest = groups
    assert kernels["factor"] == vectors["factor"] == 0.3
    assert not any("factor" in group for group in rest)
    assert (kernels["weight_decay"], vectors["weight_decay"]) == (0.01, 0.0)
    named = dict(model.network.named_parameters())
    wanted = {id(named["look.weight"]), id(named["head.weight"])}
    assert {id(p) for p in kernels["params"]} == wanted
    taken = {id(p) for group in groups for p in group["params"]}
    assert taken == {id(p) for p in model.parameters() if p.requires_grad}


@pytest.mark.parametrize(("optimizer", "lr"), [("sgd", 2.0), ("adamw", 0.02)])
@pytest.mark.parametrize("alone", [False, True])
def test_the_loss_falls_on_eight_outfits_even_if_the_encoder_alone_learns(
    photographs: PhotographPixels, tmp_path: Path, optimizer: str, lr: float, alone: bool
) -> None:
    losses: list[float] = []
    model = end_to_end(encoder_lr=1.0, width=32)
    model.outfits.requires_grad_(not alone)
    start = {n: t.clone() for n, t in model.network.state_dict().items()}
    train(
        model,
        batches(photographs, flips=False),
        lambda _: {"selection": float(len(losses))},
        TrainConfig(epochs=100, lr=lr, warmup=0, optimizer=optimizer),  # type: ignore[arg-type]
        out=tmp_path,
        progress=lambda done, total, loss: losses.append(loss),
    )
    assert losses[-1] < 0.9 * losses[0]
    moved = model.network.state_dict()
    assert not torch.equal(moved["look.weight"], start["look.weight"])
    assert torch.equal(moved["norm.running_mean"], start["norm.running_mean"])


def test_a_renewed_table_is_what_the_encoder_sees_now(photographs: PhotographPixels) -> None:
    model, seen = end_to_end(), table()
    rows = [row for row in range(ITEMS) if row != 7]
    renewed = renewed_table(model, seen, photographs, rows)
    found, pixels = photographs.read(rows)
    own = model.see(torch.from_numpy(pixels)).detach().numpy()
    np.testing.assert_allclose(renewed.features[found, COLUMNS], own, atol=1e-6)
    for row in (WITHOUT, BROKEN):
        np.testing.assert_allclose(renewed.features[row, COLUMNS], own.mean(axis=0), atol=1e-6)
    np.testing.assert_array_equal(renewed.features[7], seen.features[7])  # was not asked about
    np.testing.assert_array_equal(renewed.features[:, DIM:], seen.features[:, DIM:])


def test_batches_without_photographs_are_refused(photographs: PhotographPixels) -> None:
    plain: OutfitBatch = batches(photographs).batches.batch(0)
    model: OutfitModel = end_to_end()
    with pytest.raises(Misuse, match="photographs"):
        model.loss(plain)


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_norm": "thawed"},
        {"encoder": "clip:ViT-B-32/openai"},
        {"encoder_lr": 0},
        {"batch_norm_momentum": 1.5},
        {"encoder_decay": -1},
        {"image_precision": "int8"},
    ],
)
def test_settings_that_cannot_be_are_one_sentence(settings: dict[str, object]) -> None:
    with pytest.raises(Misuse):
        FinetuneConfig(**{"encoder": "lite0", **settings})  # type: ignore[arg-type]

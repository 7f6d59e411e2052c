"""Fine-tuning from a wardrobe to a run that scores photographs, through kills and odd pictures."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from modiste.data.wardrobe import WardrobeInfo, create_wardrobe
from modiste.encoders.build import build_image_encoder
from modiste.encoders.embed import embed_images
from modiste.encoders.network import NetworkEncoder
from modiste.encoders.weights import save_weights
from modiste.errors import Misuse, UnknownName
from modiste.jobs import finetune
from modiste.jobs.evaluate import evaluate
from modiste.jobs.train import TrainSummary, train
from modiste.outfit import Item, Outfit, Split
from modiste.stylist.stylist import Stylist
from modiste.training.log import read_lines
from modiste.training.run import Run

ITEMS, FINE = 24, ("boots", "jeans", "shirt")
SETTINGS = (
    "blocks=['image']",
    "semantic_weight=0",
    "width=8",
    "epochs=2",
    "batch_size=6",
    "warmup=0",
    "encoder_lr=1",
)


class Stop(BaseException):
    """Stands for a kill."""


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODISTE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """timm's smallest ResNet, untrained, that sees 32 pixels."""
    source = build_image_encoder("test_resnet?weights=random")
    assert isinstance(source, NetworkEncoder)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_weights(source.network(), path, replace(source.preprocessing, size=(32, 32)))
    return f"test_resnet?weights={path}"


@pytest.fixture(scope="module")
def clothes(tmp_path_factory: pytest.TempPathFactory, tiny: str) -> Path:
    """Garments of two colours that do not mix; one has no photograph, one a broken one."""
    root = tmp_path_factory.mktemp("clothes") / "W"
    (root / "images").mkdir(parents=True)
    draw = np.random.default_rng(0)
    items = []
    for n in range(ITEMS):
        colour = np.array([200, 60, 60] if n % 2 else [60, 60, 200])
        cells = np.clip(colour + draw.normal(0, 30, (12, 10, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(cells).resize((40, 48)).save(root / f"images/{n}.png")
        fine = FINE[n % 3]
        file = None if n == 9 else f"images/{n}.png"
        items.append(Item(id=f"i{n}", category=fine, fine=fine, image=file))
    (root / "images/10.png").write_bytes(b"no picture")
    outfits = []
    for n in range(30):
        split: Split = "train" if n < 20 else "valid" if n < 25 else "test"
        picked = [n % 2 + 2 * int(draw.integers(12)) for _ in range(8)]
        worn = {k % 3: f"i{k}" for k in picked}
        outfits.append(Outfit(id=f"o{n}", items=tuple(worn.values()), split=split))
    wardrobe = create_wardrobe(root, items, outfits, WardrobeInfo(name="W"))
    encoder = build_image_encoder(tiny)
    with wardrobe.writing():
        embed_images(wardrobe, encoder, facts={}, progress=lambda *_: None)
    return root


@pytest.fixture(scope="module")
def tuned(clothes: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TrainSummary, Path]:
    """A tuned run, moved elsewhere after it was made."""
    made, moved = (tmp_path_factory.mktemp("runs") / name for name in ("made", "moved"))
    summary = tune(clothes, made)
    shutil.move(made, moved)
    return summary, moved


def tune(clothes: Path, out: Path, *more: str) -> TrainSummary:
    return train(clothes, out, model="bilstm", settings=[*SETTINGS, *more], finetune_encoder=True)


def tensors(out: Path) -> dict[str, torch.Tensor]:
    return {
        f"{file}:{name}": tensor
        for file in ("encoder", "weights")
        for name, tensor in load_file(out / f"{file}.safetensors").items()
    }


def same(one: Path, other: Path) -> bool:
    first, second = tensors(one), tensors(other)
    return first.keys() == second.keys() and all(torch.equal(first[n], second[n]) for n in first)


def test_the_run_holds_an_ordinary_model_and_an_encoder_that_has_learnt(
    tuned: tuple[TrainSummary, Path], clothes: Path, tiny: str
) -> None:
    summary, root = tuned
    run = Run.open(root)
    assert run.finished and summary.best == run.spec.selection["best"]
    facts = tomllib.loads((root / "run.toml").read_text())["features"]["encoders"]["image"]
    assert facts["name"] == "test_resnet?weights=encoder.safetensors"
    encoder = build_image_encoder(run.spec.encoders["image"]["name"])
    untouched = build_image_encoder(tiny)
    assert encoder.fingerprint == facts["fingerprint"] != untouched.fingerprint
    assert isinstance(encoder, NetworkEncoder) and encoder.preprocessing.size == (32, 32)
    assert not any(name.startswith("encoder.") for name in run.model().state_dict())
    current = tomllib.loads((clothes / "features/current.toml").read_text())["image"]
    assert untouched.fingerprint.startswith(current)  # the wardrobe's own stay what they were
    assert not (root / "checkpoint.bin").exists()


def test_the_run_is_evaluated_and_chosen_by_what_its_features_give(
    tuned: tuple[TrainSummary, Path],
) -> None:
    summary, root = tuned
    found = evaluate(root, split="valid").to_json()
    assert found["fitb"]["n"] > 0
    assert 0 <= found["compatibility"]["auc"] <= 1
    assert summary.metrics["auc"] >= 0


def test_photographs_score_as_the_items_that_they_show(
    tuned: tuple[TrainSummary, Path], clothes: Path
) -> None:
    root = tuned[1]
    stylist = Stylist.load(root)
    by_id = stylist.score(["i0", "i2", "i7"])
    pictures = [f"{FINE[n % 3]}={clothes / 'images' / f'{n}.png'}" for n in (0, 2, 7)]
    by_picture = stylist.score(pictures)
    assert by_picture.verdict.logit == pytest.approx(by_id.verdict.logit, abs=1e-4)


@pytest.mark.parametrize("stop_at", [2, 3, 4])
def test_a_stopped_run_goes_on_and_ends_as_an_unbroken_one(
    clothes: Path,
    tuned: tuple[TrainSummary, Path],
    tmp_path: Path,
    stop_at: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tell = finetune.Tuning.tell

    def stopping(self: finetune.Tuning, done: int, total: int, loss: float) -> None:
        tell(self, done, total, loss)
        if done == stop_at:
            raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(finetune.Tuning, "tell", stopping)
        with pytest.raises(Stop):
            tune(clothes, tmp_path / "run")
    train(clothes, tmp_path / "run", resume=True)
    assert same(tmp_path / "run", tuned[1])
    clock = [
        [{k: v for k, v in line.items() if k != "seconds"} for line in read_lines(f)]
        for f in (tmp_path / "run/metrics.jsonl", tuned[1] / "metrics.jsonl")
    ]
    assert clock[0] == clock[1]


@pytest.mark.parametrize("broken", ["save_tensors", "save_weights", "tuned_spec"])
def test_a_run_stopped_after_training_is_not_trained_again(
    clothes: Path,
    tuned: tuple[TrainSummary, Path],
    tmp_path: Path,
    broken: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(finetune, broken, stop)
        with pytest.raises(Stop):
            tune(clothes, tmp_path / "run")
    with monkeypatch.context() as patch:
        if broken != "save_weights":  # the one moment at which nothing has been taken apart
            patch.setattr(finetune, "train", stop)
        tune(clothes, tmp_path / "run")
    assert same(tmp_path / "run", tuned[1])


def test_any_encoder_is_started_with_whatever_the_wardrobe_was_embedded_by(
    clothes: Path, tmp_path: Path
) -> None:
    before = (clothes / "features/current.toml").read_text()
    summary = tune(clothes, tmp_path / "run", "encoder='test_vit3?weights=random'", "epochs=1")
    assert (clothes / "features/current.toml").read_text() == before
    spec = Run.open(summary.run).spec
    assert spec.training["finetune"]["encoder"] == "test_vit3?weights=random"
    assert spec.encoders["image"]["dim"] == spec.model.block_dims[0]  # type: ignore[union-attr]
    assert spec.encoders["image"]["name"].startswith("test_vit3?weights=/")


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        (["encoder='no_such_net'"], UnknownName, "no_such_net"),
        (["encoder='lite0?weights=none.safetensors'"], Misuse, "no such file"),
        (["encoder='clip:ViT-B-32/openai'"], Misuse, "cannot be fine-tuned"),
        (["encoder_lr='fast'"], Misuse, "encoder_lr"),
        (["blocks=['colour']"], Misuse, "photographs"),
    ],
)
def test_what_cannot_be_tuned_is_one_sentence(
    clothes: Path, tmp_path: Path, settings: list[str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        tune(clothes, tmp_path / "run", *settings)
    assert not (tmp_path / "run").exists()


def test_settings_of_tuning_without_tuning_are_refused(clothes: Path, tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="--finetune-encoder"):
        train(clothes, tmp_path / "run", model="bilstm", settings=["encoder_lr=0.1"])


def test_an_encoder_file_that_is_gone_or_damaged_is_one_sentence(
    tuned: tuple[TrainSummary, Path], clothes: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(tuned[1], run)
    photographs = [f"{FINE[n % 3]}={clothes / 'images' / f'{n}.png'}" for n in (0, 2)]
    damages: list[Callable[[Path], object]] = [lambda p: p.write_bytes(b"rubbish"), Path.unlink]
    for damage in damages:
        damage(run / "encoder.safetensors")
        stylist = Stylist.load(run)
        assert stylist.score(["i0", "i2"])  # ids need no encoder
        with pytest.raises(Misuse, match=r"encoder\.safetensors holds no weights"):
            stylist.score(photographs)


def test_several_processes_are_refused(
    clothes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Two:
        share = (0, 2)

    with pytest.raises(Misuse, match="torchrun"):
        finetune.start_tuning(None, None, None, Two(), None)  # type: ignore[arg-type]
    monkeypatch.setenv("WORLD_SIZE", "2")  # as torchrun sets it
    with pytest.raises(Misuse, match="torchrun"):
        tune(clothes, tmp_path / "run")


def test_a_wardrobe_whose_photographs_are_gone_is_one_sentence(
    clothes: Path, tmp_path: Path
) -> None:
    shutil.copytree(clothes, tmp_path / "W", ignore=shutil.ignore_patterns("images"))
    with pytest.raises(Misuse, match="none that can be read"):
        tune(tmp_path / "W", tmp_path / "run")

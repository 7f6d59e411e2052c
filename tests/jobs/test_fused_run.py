"""What can be fused, what cannot, and what a fused run takes along."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.errors import DataError, FeatureError, Misuse, ModisteError, RunError
from modiste.jobs.fuse import fuse, fused_spec, fusible, write_fused
from modiste.models.build import build_model
from modiste.models.set_transformer import SetTransformerConfig
from modiste.outfit import Item, Outfit
from modiste.training.run import Run, RunSpec, write_counts, write_spec

IDS = ("x", "y")
Maker = Callable[..., Path]


@pytest.fixture
def wardrobe(tmp_path: Path) -> Wardrobe:
    items = [Item(id=i, category="tops", fine="shirt") for i in IDS]
    outfits = [Outfit(id="o", items=IDS)]
    return create_wardrobe(tmp_path / "W", items, outfits, WardrobeInfo(name="W"))


@pytest.fixture
def make(tmp_path: Path, wardrobe: Wardrobe) -> Maker:
    """Writes a finished run that nobody trained."""

    def run(name: str, counts: dict[str, int] | None = None, **changed: Any) -> Path:
        root = tmp_path / name
        root.mkdir()
        config = SetTransformerConfig(block_dims=(4,), categories=1, hidden_dim=8, item_dim=8)
        spec = RunSpec(
            model=config,
            blocks=("image",),
            encoders={"image": {"name": "lite0", "fingerprint": "a" * 64, "dim": 4}},
            vocabulary=("shirt",),
            wardrobe={
                "name": "W",
                "path": str(wardrobe.root),
                "content_hash": wardrobe.content_hash,
            },
            training={"loop": {"seed": 0}},
            selection={"metric": "m", "best": 0.5, "step": 3},
        )
        write_spec(root, replace(spec, **changed))
        write_counts(root, {"x": 1, "y": 1} if counts is None else counts)
        torch.manual_seed(len(name))
        save_file(build_model(config).state_dict(), root / "weights.safetensors")
        return root

    return run


def test_one_run_or_the_same_run_twice_is_misuse(make: Maker, tmp_path: Path) -> None:
    first = make("a")
    for given in ([], [first], [first, first], [first, tmp_path / "." / "a"]):
        with pytest.raises(Misuse, match="two runs or more"):
            fuse(given, tmp_path / "out")


def test_a_folder_that_holds_something_is_left_alone(make: Maker, tmp_path: Path) -> None:
    runs = [make("a"), make("b")]
    with pytest.raises(Misuse, match="not empty"):
        fuse(runs, runs[0])
    with pytest.raises(Misuse, match="not empty"):
        fuse(runs, runs[0] / "run.toml")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"selection": {}}, "not finished"),
        ({"wardrobe": {"name": "V", "path": "v", "content_hash": "other"}}, "another wardrobe"),
        ({"vocabulary": ("boots", "shirt")}, "other categories"),
        ({"counts": {"x": 2, "y": 1}}, "counts other items"),
    ],
)
def test_runs_that_do_not_go_together_are_named(
    make: Maker, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    with pytest.raises(RunError, match=said) as found:
        fuse([make("good"), make("odd", **changed)], tmp_path / "out")
    assert "odd" in str(found.value)
    assert not (tmp_path / "out").exists()


def test_no_run_at_a_place_is_said(make: Maker, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No run at"):
        fuse([make("a"), tmp_path / "nowhere"], tmp_path / "out")


def test_a_wardrobe_that_changed_or_lacks_features_is_said(
    make: Maker, wardrobe: Wardrobe, tmp_path: Path
) -> None:
    runs, out = [make("a"), make("b")], tmp_path / "out"
    with pytest.raises(FeatureError, match="modiste embed"):
        fuse(runs, out)
    items = [Item(id=i, category="tops", fine="shirt") for i in (*IDS, "z")]
    info = WardrobeInfo(name="W")
    create_wardrobe(wardrobe.root, items, [Outfit(id="o", items=IDS)], info, replace=True)
    with pytest.raises(RunError, match="has changed since"):
        fuse(runs, out)
    shutil.rmtree(wardrobe.root)
    with pytest.raises(ModisteError, match="--wardrobe"):
        fuse(runs, out)
    assert not out.exists()


def test_a_wardrobe_without_validation_outfits_is_said(
    make: Maker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("modiste.jobs.fuse.table_of", lambda *_: None)
    with pytest.raises(DataError, match="no validation outfits"):
        fuse([make("a"), make("b")], tmp_path / "out")


def test_a_fine_tuned_encoder_goes_with_the_fused_run(
    make: Maker, wardrobe: Wardrobe, tmp_path: Path
) -> None:
    plain, tuned = make("plain"), tmp_path / "tuned"
    name = f"lite0?weights={tuned / 'encoder.safetensors'}"
    make("tuned", encoders={"image": {"name": name, "fingerprint": "b" * 64, "dim": 4}})
    (tuned / "encoder.safetensors").write_bytes(b"weights")
    runs = fusible([plain, tuned], tmp_path / "out")
    spec, config = fused_spec(runs, wardrobe, seed=0)
    write_fused(tmp_path / "out", spec, build_model(config), runs)
    shutil.rmtree(tuned)
    moved = tmp_path / "elsewhere"
    (tmp_path / "out").rename(moved)
    found = Run.open(moved).spec
    assert found.blocks == ("image", "image@2")
    assert found.encoders["image"]["name"] == "lite0"
    _, _, file = found.encoders["image@2"]["name"].partition("?weights=")
    assert Path(file).parent == moved.resolve()
    assert Path(file).read_bytes() == b"weights"


def test_a_fine_tuned_encoder_that_is_gone_is_said(
    make: Maker, wardrobe: Wardrobe, tmp_path: Path
) -> None:
    name = f"lite0?weights={tmp_path / 'tuned' / 'encoder.safetensors'}"
    encoders = {"image": {"name": name, "fingerprint": "b" * 64, "dim": 4}}
    runs = fusible([make("plain"), make("tuned", encoders=encoders)], tmp_path / "out")
    spec, config = fused_spec(runs, wardrobe, seed=0)
    with pytest.raises(RunError, match=r"encoder\.safetensors"):
        write_fused(tmp_path / "out", spec, build_model(config), runs)
    assert not (tmp_path / "out" / "run.toml").exists()

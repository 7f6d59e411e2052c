"""The run on disk: it comes back as it was, and says what is wrong when it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.errors import RunError, WardrobeError
from modiste.models.build import build_model
from modiste.models.set_transformer import SetTransformerConfig
from modiste.outfit import Item, Outfit
from modiste.training.run import Run, RunSpec, write_counts, write_spec

SPEC = RunSpec(
    model=SetTransformerConfig(block_dims=(4, 2), categories=3, hidden_dim=8, item_dim=8),
    blocks=("image", "text"),
    encoders={
        "image": {"name": "lite0", "fingerprint": "a" * 64, "dim": 4},
        "text": {"name": "minilm", "fingerprint": "b" * 64, "dim": 2},
    },
    vocabulary=("boots", "jeans", "shirt"),
    wardrobe={"name": "W", "path": "nowhere", "content_hash": "c"},
    training={"loop": {"seed": 0}},
)


def wardrobe(root: Path, ids: tuple[str, ...]) -> Wardrobe:
    items = [Item(id=i, category="tops", fine="shirt") for i in ids]
    return create_wardrobe(root, items, [Outfit(id="o", items=ids)], WardrobeInfo(name="W"))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    root = tmp_path / "run"
    root.mkdir()
    write_spec(root, SPEC)
    write_counts(root, {"x": 3, "y": 1})
    save_file(build_model(SPEC.model).state_dict(), root / "weights.safetensors")
    return root


def test_a_run_comes_back_as_it_was(run: Path) -> None:
    found = Run.open(run)
    assert found.spec == SPEC
    assert not found.finished
    assert found.counts == {"x": 3, "y": 1}
    assert found.trained_on == {"x", "y"}
    assert not found.model().training


def test_a_run_is_finished_once_its_weights_were_chosen(run: Path) -> None:
    write_spec(run, replace(SPEC, selection={"metric": "m", "best": 0.5, "step": 3}))
    assert Run.open(run).finished


@pytest.mark.parametrize("file", ["weights.safetensors", "worn.parquet"])
@pytest.mark.parametrize("keep", [None, 10])
def test_a_missing_or_cut_file_is_named(run: Path, file: str, keep: int | None) -> None:
    data = (run / file).read_bytes()
    (run / file).unlink()
    if keep is not None:
        (run / file).write_bytes(data[:keep])
    found = Run.open(run)
    with pytest.raises(RunError, match=file):
        found.model() if file.startswith("weights") else found.counts  # noqa: B018


def test_weights_of_another_model_are_refused(run: Path) -> None:
    save_file({"x": torch.zeros(2)}, run / "weights.safetensors")
    with pytest.raises(RunError, match="not of this model"):
        Run.open(run).model()


@pytest.mark.parametrize("text", ["", "model = 3", "[model]\nname = 'other'\nsettings = {}", "= ="])
def test_a_damaged_spec_is_named(run: Path, text: str) -> None:
    (run / "run.toml").write_text(text)
    with pytest.raises(RunError, match="run.toml is damaged"):
        Run.open(run)


def test_no_run_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No run at"):
        Run.open(tmp_path)


def test_a_wardrobe_without_any_of_the_items_is_another_one(run: Path, tmp_path: Path) -> None:
    other = wardrobe(tmp_path / "other", ("p", "q"))
    with pytest.raises(RunError, match="has none of its items"):
        Run.open(run).wardrobe(other.root)
    grown = wardrobe(tmp_path / "grown", ("x", "y", "z"))  # a shop's catalogue changes
    assert Run.open(run).wardrobe(grown.root).content_hash == grown.content_hash
    with pytest.raises(RunError, match="--wardrobe"):
        Run.open(run).wardrobe()
    with pytest.raises(WardrobeError, match="No wardrobe"):
        Run.open(run).wardrobe(tmp_path / "gone")

"""Inception v3, which Han et al. 2017 started from, is an encoder like any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from modiste.cli.main import app
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.encoders.build import build_image_encoder
from modiste.encoders.features import current_features
from modiste.encoders.image import encode_image
from modiste.errors import Misuse
from modiste.outfit import Item, Outfit, Split

NAME = "inception_v3.tf_in1k?weights=random"


@pytest.fixture(scope="module")
def clothes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight drawn pictures, worn in twelve outfits."""
    root = tmp_path_factory.mktemp("clothes") / "W"
    (root / "images").mkdir(parents=True)
    draw = np.random.default_rng(0)
    items = []
    for n in range(8):
        cells = draw.integers(0, 256, (5, 4, 3), dtype=np.uint8)
        Image.fromarray(cells).resize((40, 50)).save(root / f"images/{n}.png")
        slot = ("shoes", "tops")[n % 2]
        items.append(Item(id=f"i{n}", category=slot, fine=slot, image=f"images/{n}.png"))
    splits: tuple[Split, ...] = ("train", "train", "valid")
    outfits = [
        Outfit(id=f"o{n}", items=(f"i{n % 8}", f"i{(3 * n + 1) % 8}"), split=splits[n % 3])
        for n in range(12)
        if n % 8 != (3 * n + 1) % 8
    ]
    create_wardrobe(root, items, outfits, WardrobeInfo(name="W"))
    return root


def test_it_embeds_a_wardrobe_and_scores_photographs(
    clothes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODISTE_CACHE", str(tmp_path / "cache"))
    run = CliRunner()
    made = run.invoke(app, ["embed", str(clothes), "--image", NAME, "--json"])
    assert made.exit_code == 0, made.output
    report = json.loads(made.stdout)
    assert report["encoded"]["image"] == 8
    wardrobe = Wardrobe(clothes)
    features = current_features(wardrobe)["image"]
    assert (features.encoder, features.dim) == (NAME, 2048)
    seen = encode_image(build_image_encoder(features.encoder), clothes / "images/3.png")
    np.testing.assert_allclose(seen, features.matrix[3], rtol=1e-3, atol=1e-5)
    small = ["--set", "semantic_weight=0", "--set", "width=8", "--set", "epochs=1"]
    out = str(tmp_path / "run")
    trained = run.invoke(app, ["train", str(clothes), "--model", "bilstm", *small, "--out", out])
    assert trained.exit_code == 0, trained.output
    asked = [f"shoes={clothes}/images/0.png", f"tops={clothes}/images/3.png"]
    scored = run.invoke(app, ["score", out, *asked, "--json"])
    assert scored.exit_code == 0, scored.output
    assert 0 <= json.loads(scored.stdout)["probability"] <= 1


def test_without_a_hub_it_says_what_else_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from modiste.encoders.build import build_image_encoder

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(Misuse, match=r"inception_v3\.tf_in1k.*connect to the hub once.*FILE"):
        build_image_encoder("inception_v3.tf_in1k")

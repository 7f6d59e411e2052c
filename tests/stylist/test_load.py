from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from modiste.data.wardrobe import Wardrobe
from modiste.encoders.blocks import Block
from modiste.encoders.colour import COLOUR_DIM, COLOUR_FINGERPRINT
from modiste.encoders.embed import embed_images
from modiste.errors import FeatureError, Misuse, RunError
from modiste.evaluation.calibration import Calibration
from modiste.models.build import build_model
from modiste.models.set_transformer import SetTransformerConfig
from modiste.stylist.stylist import Stylist
from modiste.stylist.wishes import query_encoders_of
from modiste.training.run import RunSpec, write_counts, write_spec

from .conftest import draw

CALIBRATION = Calibration(slope=1.5, offset=0.1, centre=0.0, scale=1.0, n=50)


@pytest.fixture(scope="module")
def run(wardrobe: Wardrobe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of an untrained model that sees nothing but colours."""
    _embed_colours(wardrobe)
    root = tmp_path_factory.mktemp("run")
    vocabulary = tuple(sorted(set(wardrobe.items["fine"])))
    config = SetTransformerConfig(block_dims=(COLOUR_DIM,), categories=len(vocabulary))
    torch.manual_seed(0)
    save_file(build_model(config).state_dict(), root / "weights.safetensors")
    encoder = {"name": "colour", "fingerprint": COLOUR_FINGERPRINT, "dim": COLOUR_DIM}
    facts = {
        "name": "shop",
        "path": str(wardrobe.root),
        "content_hash": wardrobe.content_hash,
    }
    spec = RunSpec(
        model=config,
        blocks=("colour",),
        encoders={"colour": encoder},
        vocabulary=vocabulary,
        wardrobe=facts,
        calibration=CALIBRATION.to_dict(),
    )
    write_counts(root, {item: 1 for o in wardrobe.outfits_of("train") for item in o.items})
    write_spec(root, spec)
    return root


class Darkness:
    """An encoder that sees one thing."""

    name, dim, fingerprint, precision, edge = "darkness", 1, "d" * 64, "fp32", 8

    def preprocess(self, picture: Image.Image) -> npt.NDArray[np.uint8]:
        return np.asarray(picture.resize((1, 1)))

    def encode(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return pixels.mean(axis=(1, 2, 3), dtype=np.float32)[:, None]


def _embed_colours(wardrobe: Wardrobe) -> None:
    with wardrobe.writing():
        embed_images(wardrobe, Darkness(), facts={}, progress=lambda done, total: None)


def test_a_run_is_loaded_with_its_wardrobe_and_calibration(run: Path) -> None:
    stylist = Stylist.load(run)
    result = stylist.score(["boots-red-0", "shirts-red-0"])
    assert result.verdict.calibrated
    expected = CALIBRATION.probability(result.verdict.logit)
    assert result.probability == pytest.approx(float(expected))
    assert stylist.slots == ("bags", "bottoms", "dresses", "shoes", "tops")


def test_a_photograph_is_seen_as_the_same_picture_in_the_catalogue(
    run: Path, wardrobe: Wardrobe, tmp_path: Path
) -> None:
    stylist = Stylist.load(run)
    shown = wardrobe.image_path("images/boots-blue-2.png")
    assert shown is not None
    external = stylist.photograph(shown, "boots").external
    assert external is not None
    row = stylist.context.stock.table.features[wardrobe.rows["boots-blue-2"]]
    np.testing.assert_allclose(external.features[:COLOUR_DIM], row[:COLOUR_DIM], atol=1e-6)
    assert external.features[-1] == pytest.approx(np.log(0.5))  # worn by nobody yet
    piece = stylist.photograph(draw(tmp_path / "new.png", "red", "tops", 30))
    assert piece.note and piece.garment.guessed


def test_a_photograph_that_changed_is_looked_at_again(run: Path, tmp_path: Path) -> None:
    stylist, path = Stylist.load(run), tmp_path / "mine.png"
    seen = []
    for colour in ("red", "blue"):
        external = stylist.photograph(draw(path, colour, "tops"), "shirts").external
        assert external is not None
        seen.append(external.features)
    assert not np.allclose(seen[0], seen[1])


def test_a_model_without_titles_takes_no_wish(run: Path) -> None:
    assert Stylist.load(run).context.query_encoders.read is None


def test_no_run_no_features_and_another_wardrobe_are_said_in_a_sentence(
    run: Path, tmp_path: Path, wardrobe: Wardrobe
) -> None:
    with pytest.raises(RunError, match="modiste train"):
        Stylist.load(tmp_path)
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("wardrobe.toml", "items.parquet", "outfits.parquet"):
        (bare / name).write_bytes((wardrobe.root / name).read_bytes())
    with pytest.raises(FeatureError, match="modiste embed"):
        Stylist.load(run, bare)


def test_encoders_that_have_changed_are_noticed(run: Path) -> None:
    stylist = Stylist.load(run)
    stock = stylist.context.stock
    block = Block("text", "no-such-encoder", "0" * 64, 4)
    read = query_encoders_of(stock.wardrobe, [block], stock.table).read
    assert read is not None
    with pytest.raises(Misuse, match="no-such-encoder"):
        read("something blue")

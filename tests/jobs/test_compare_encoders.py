"""Encoders are compared on one wardrobe, beside chance, without changing what it uses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from painted import painted_wardrobe
from PIL import Image

from modiste.cli.main import main
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.build import build_image_encoder
from modiste.encoders.embed import embed_images
from modiste.encoders.features import current_features
from modiste.errors import DataError, Misuse
from modiste.jobs.compare_encoders import compare_encoders
from modiste.jobs.encoder import train

SMALL = ["size=16", "channels=6", "hidden=16", "code=8", "batch_size=8", "epochs=1"]


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Wardrobe:
    """With two autoencoders beside it, `one`, which made its current features, and `two`."""
    root = tmp_path_factory.mktemp("painted")
    wardrobe = painted_wardrobe(root / "W")
    for name, seed in (("one", 0), ("two", 5)):
        train(wardrobe.root, "autoencoder", root / name, settings=SMALL, seed=seed)
    with wardrobe.writing():
        encoder = build_image_encoder(str(root / "one"))
        embed_images(wardrobe, encoder, facts={}, progress=lambda *_: None)
    return wardrobe


def names(wardrobe: Wardrobe) -> list[str]:
    return [str(wardrobe.root.parent / name) for name in ("one", "two")]


def test_every_encoder_has_its_figures_and_chance_stands_last(
    painted: Wardrobe, tmp_path: Path
) -> None:
    before = current_features(painted)["image"].fingerprint
    sheet = tmp_path / "sheet.png"
    found = compare_encoders(painted.root, names(painted), picture=sheet)
    assert list(found.figures) == ["one", "two", "chance"]
    assert found.figures["one"].dim == 8 and found.colours == "the column color"
    chance = found.figures["chance"]
    assert chance.category == pytest.approx(17 / 35)
    assert chance.colour == pytest.approx(5 / 35)
    assert current_features(painted)["image"].fingerprint == before
    columns, rows = found.table()
    assert all(len(row) == len(columns) for row in rows)
    assert len(found.notes) == 1 and "two" in found.notes[0]  # another seed: another split
    with Image.open(sheet) as picture:
        pixels = np.asarray(picture)
    assert pixels.std() > 5 and pixels.shape[0] > 8 * 100


def test_vectors_that_say_the_colour_find_it(painted: Wardrobe) -> None:
    found = compare_encoders(painted.root, names(painted))
    one = found.figures["one"]
    assert one.category > found.figures["chance"].category + 0.2  # stripes are not dots


def test_a_model_is_trained_on_each_and_taken_again(painted: Wardrobe, tmp_path: Path) -> None:
    small = ["hidden_dim=16", "item_dim=8", "heads=2", "references=4", "epochs=1"]
    asked = {"runs": tmp_path / "runs", "settings": small}
    found = compare_encoders(painted.root, names(painted), **asked)
    made = {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/*/weights.safetensors")}
    assert {path.parent.name for path in made} == {"one", "two"}
    assert all(found.figures[name].trained is not None for name in ("one", "two"))
    columns, rows = found.table()
    assert columns[-1] == "hit@10" and all(len(row) == len(columns) for row in rows)
    again = compare_encoders(painted.root, names(painted), **asked)
    assert made == {path: path.stat().st_mtime_ns for path in made}
    assert again.to_json() == found.to_json()


def test_the_command_prints_one_document(
    painted: Wardrobe, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["compare-encoders", str(painted.root), *names(painted), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document["encoders"]) == {"one", "two", "chance"}
    assert main(["compare-encoders", str(painted.root), *names(painted)]) == 0
    assert "nearest neighbours" in capsys.readouterr().out


def test_what_cannot_be_compared_is_one_sentence(painted: Wardrobe, tmp_path: Path) -> None:
    one = names(painted)[0]
    with pytest.raises(Misuse, match="two encoders or more"):
        compare_encoders(painted.root, [one, one])
    with pytest.raises(Misuse, match=r"sheet\.pdf"):
        compare_encoders(painted.root, names(painted), picture=tmp_path / "sheet.pdf")
    bare = painted_wardrobe(tmp_path / "bare", images=False)
    with pytest.raises(DataError, match="no photographs"):
        compare_encoders(bare.root, names(painted))

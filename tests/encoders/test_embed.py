"""Embed: once, only what is new, through kills and odd pictures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from modiste.arrays import Floats
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.encoders.base import Pixels
from modiste.encoders.blocks import item_table, model_blocks
from modiste.encoders.embed import EmbedReport, embed_images, embed_texts
from modiste.encoders.features import current_features, open_features
from modiste.encoders.image import lite0
from modiste.errors import FeatureError
from modiste.outfit import Item


class Tiny:
    """A real encoder of four numbers a picture, which counts what it encodes."""

    name, dim, edge = "tiny", 4, 8

    def __init__(self, version: str = "1") -> None:
        self.fingerprint = version * 64
        self.encoded = 0

    def preprocess(self, picture: Image.Image) -> Pixels:
        return np.asarray(picture.resize((8, 8)), dtype=np.uint8)

    def encode(self, pixels: Pixels) -> Floats:
        self.encoded += len(pixels)
        values = pixels.reshape(len(pixels), -1, 3).astype(np.float32)
        return np.hstack([values.mean(axis=1), values.std(axis=(1, 2))[:, None]])


def paint(folder: Path, count: int) -> list[Item]:
    (folder / "images").mkdir(parents=True)
    for n in range(count):
        colour = (n * 7 % 256, n * 13 % 256, n * 29 % 256)
        Image.new("RGB", (20, 30), colour).save(folder / f"images/{n}.png")
    return [
        Item(id=f"i{n}", category="tops", fine="shirt", title=f"shirt {n}", image=f"images/{n}.png")
        for n in range(count)
    ]


@pytest.fixture
def wardrobe(tmp_path: Path) -> Wardrobe:
    items = paint(tmp_path / "W", 40)
    return create_wardrobe(tmp_path / "W", items, [], WardrobeInfo(name="W"))


def run(wardrobe: Wardrobe, encoder: Tiny) -> EmbedReport:
    return embed_images(wardrobe, encoder, facts={}, progress=lambda *_: None)  # type: ignore[arg-type]


def test_vectors_stand_in_item_order_and_are_those_of_the_encoder(wardrobe: Wardrobe) -> None:
    encoder = Tiny()
    run(wardrobe, encoder)
    found = open_features(wardrobe, encoder.fingerprint)
    assert found.present.all()
    for row in (0, 17, 39):
        path = wardrobe.image_path(wardrobe.items["image"][row])
        assert path is not None
        with Image.open(path) as picture:
            expected = encoder.encode(encoder.preprocess(picture)[None])[0]
        np.testing.assert_allclose(found.matrix[row], expected)


def test_only_what_is_new_or_changed_is_encoded(wardrobe: Wardrobe) -> None:
    run(wardrobe, Tiny())
    again = Tiny()
    run(wardrobe, again)
    assert again.encoded == 0
    Image.new("RGB", (20, 30), "red").save(wardrobe.root / "images/3.png")
    run(wardrobe, again)
    assert again.encoded == 1
    np.testing.assert_allclose(
        open_features(wardrobe, again.fingerprint).matrix[3],
        [255, 0, 0, np.std([255, 0, 0])],
        rtol=1e-5,
    )
    other = Tiny("2")
    run(wardrobe, other)
    assert other.encoded == 40
    assert current_features(wardrobe)["image"].fingerprint == other.fingerprint


def test_the_same_picture_under_two_ids_is_encoded_once(tmp_path: Path) -> None:
    items = paint(tmp_path / "W", 2)
    twin = Item(id="twin", category="tops", fine="shirt", image=items[0].image)
    wardrobe = create_wardrobe(tmp_path / "W", [*items, twin], [], WardrobeInfo(name="W"))
    encoder = Tiny()
    run(wardrobe, encoder)
    matrix = open_features(wardrobe, encoder.fingerprint).matrix
    assert encoder.encoded == 2
    np.testing.assert_array_equal(matrix[0], matrix[2])


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_embed import Tiny, run
from modiste.data.wardrobe import Wardrobe
class Mortal(Tiny):
    def encode(self, pixels):
        if self.encoded >= 32:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode(pixels)
run(Wardrobe(Path(sys.argv[1])), Mortal())
"""


def test_a_killed_run_goes_on_where_it_stopped(wardrobe: Wardrobe) -> None:
    command = [sys.executable, "-c", KILLED, wardrobe.root, Path(__file__).parent]
    killed = subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=False)
    assert killed.returncode == -signal.SIGKILL
    encoder = Tiny()
    report = run(wardrobe, encoder)
    assert encoder.encoded == 8
    assert report.reused["image"] == 32
    unbroken = Tiny("2")
    run(wardrobe, unbroken)
    np.testing.assert_array_equal(
        open_features(wardrobe, encoder.fingerprint).matrix,
        open_features(wardrobe, unbroken.fingerprint).matrix,
    )


def broken(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n rubbish")


def truncated(path: Path) -> None:
    Image.effect_noise((64, 64), 80).save(path, "JPEG")
    path.write_bytes(path.read_bytes()[:700])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [broken, truncated, empty])
def test_a_picture_that_cannot_be_read_is_skipped_by_name(
    wardrobe: Wardrobe, spoil: Callable[[Path], None]
) -> None:
    spoil(wardrobe.root / "images/5.png")
    report = run(wardrobe, Tiny())
    assert [skip["id"] for skip in report.skipped] == ["i5"]
    present = open_features(wardrobe, Tiny().fingerprint).present
    assert present.sum() == 39 and not present[5]


@pytest.mark.parametrize("mode", ["CMYK", "P", "L", "RGBA", "1", "I;16"])
def test_pictures_of_every_mode_are_read(wardrobe: Wardrobe, mode: str) -> None:
    suffix = "tiff" if mode in ("CMYK", "I;16") else "png"
    path = wardrobe.root / "images/5.png"
    plain = Image.new("L" if mode == "I;16" else "RGB", (20, 30), 200 if mode == "I;16" else "navy")
    (plain if mode == "I;16" else plain.convert(mode)).save(path, suffix.upper())
    assert not run(wardrobe, Tiny()).skipped


def test_features_cut_short_are_refused_and_embed_mends_them(wardrobe: Wardrobe) -> None:
    run(wardrobe, Tiny())
    folder = next(p for p in (wardrobe.root / "features").iterdir() if p.name.startswith("1111"))
    vectors = folder / "vectors.f32"
    vectors.write_bytes(vectors.read_bytes()[:100])
    with pytest.raises(FeatureError, match="modiste embed"):
        open_features(wardrobe, Tiny().fingerprint)
    encoder = Tiny()
    run(wardrobe, encoder)
    assert encoder.encoded >= 40 - 100 // 16
    assert open_features(wardrobe, encoder.fingerprint).present.all()


def test_features_of_an_encoder_never_run_are_missed(wardrobe: Wardrobe) -> None:
    with pytest.raises(FeatureError, match="modiste embed"):
        open_features(wardrobe, "f" * 64)
    with pytest.raises(FeatureError, match="modiste embed"):
        model_blocks(wardrobe)


def test_lite0_is_the_same_in_onnx_runtime_and_in_torch() -> None:
    import torch

    encoder = lite0()
    pixels = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
    with torch.inference_mode():
        exact = encoder.module(torch.from_numpy(pixels)).numpy()
    np.testing.assert_allclose(encoder.encode(pixels), exact, atol=2e-3)
    assert encoder.dim == 1280
    assert encoder.fingerprint == lite0().fingerprint


def test_an_item_without_a_picture_takes_the_mean_of_the_others(tmp_path: Path) -> None:
    items = paint(tmp_path / "W", 4)
    bare = Item(id="bare", category="tops", fine="shirt", title="")
    wardrobe = create_wardrobe(tmp_path / "W", [*items, bare], [], WardrobeInfo(name="W"))
    run(wardrobe, Tiny())
    blocks = model_blocks(wardrobe)
    table = item_table(wardrobe, blocks=blocks, vocabulary=["shirt"], counts={"i0": 3})
    np.testing.assert_allclose(
        table.features[4, :-1], table.features[:4, :-1].mean(axis=0), rtol=1e-4
    )
    np.testing.assert_allclose(table.features[:2, -1], np.log([3.5, 0.5]), rtol=1e-5)
    assert table.category.tolist() == [1] * 5


def test_titles_are_encoded_once_each(wardrobe: Wardrobe) -> None:
    class Words:
        name, dim, fingerprint, seen = "words", 2, "w" * 64, 0

        def encode(self, texts: list[str]) -> Floats:
            self.seen += len(texts)
            return np.array([[len(text), 1] for text in texts], dtype=np.float32)

    words = Words()
    embed_texts(wardrobe, words, progress=lambda *_: None)  # type: ignore[arg-type]
    embed_texts(wardrobe, words, progress=lambda *_: None)  # type: ignore[arg-type]
    assert words.seen == 40
    assert open_features(wardrobe, words.fingerprint).matrix[12, 0] == len("shirt 12")

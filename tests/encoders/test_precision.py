"""int8 or fp32: measured, decided once, kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from networks import small_encoder
from PIL import Image

from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.encoders import precision, settle
from modiste.encoders.embed import EmbedReport, embed_images
from modiste.encoders.features import current_features
from modiste.encoders.image import encode_image
from modiste.encoders.network import Int8Encoder, NetworkEncoder
from modiste.encoders.settle import encoder_of
from modiste.errors import FeatureError
from modiste.outfit import Item

COUNT = 240


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> NetworkEncoder:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODISTE_CACHE", str(tmp_path_factory.mktemp("cache")))
        small = small_encoder()
        assert small.graph is not None
    return small


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("painted") / "images"
    folder.mkdir()
    random = np.random.default_rng(0)
    for n in range(COUNT):
        cells = random.integers(0, 256, (4, 3, 3), dtype=np.uint8)
        Image.fromarray(cells).resize((24, 32)).save(folder / f"{n}.png")
    return folder


@pytest.fixture
def wardrobe(tmp_path: Path, painted: Path, monkeypatch: pytest.MonkeyPatch) -> Wardrobe:
    root = tmp_path / "W"
    (root / "images").mkdir(parents=True)
    for source in painted.iterdir():
        (root / "images" / source.name).hardlink_to(source)
    items = [
        Item(id=f"i{n}", category="tops", fine="shirt", image=f"images/{n}.png")
        for n in range(COUNT)
    ]
    monkeypatch.setattr(settle, "WORTH_LOOKING", 100)
    monkeypatch.setattr(precision, "WORTH", 0.0)  # so small a network is no faster in 8 bits
    monkeypatch.setattr(precision, "TARGET", 0.3)
    return create_wardrobe(root, items, [], WardrobeInfo(name="W"))


def run(wardrobe: Wardrobe, encoder: NetworkEncoder) -> EmbedReport:
    return embed_images(wardrobe, encoder, facts={}, progress=lambda *_: None)


def test_int8_is_taken_where_enough_neighbours_survive(
    wardrobe: Wardrobe, encoder: NetworkEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = run(wardrobe, encoder)
    found = current_features(wardrobe)["image"]
    assert report.precision == found.facts["precision"] == "int8"
    assert report.agreement is not None and report.agreement >= 0.3
    assert found.fingerprint != encoder.fingerprint

    monkeypatch.setattr(settle, "build_image_encoder", lambda _: encoder)
    again = encoder_of(wardrobe.root, found)
    assert isinstance(again, Int8Encoder)
    np.testing.assert_array_equal(
        encode_image(again, wardrobe.root / "images/17.png"), found.matrix[17]
    )


def test_fp32_stays_where_too_few_do(
    wardrobe: Wardrobe, encoder: NetworkEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "TARGET", 1.1)
    report = run(wardrobe, encoder)
    found = current_features(wardrobe)["image"]
    assert report.precision == "fp32" and found.fingerprint == encoder.fingerprint
    assert report.agreement is not None and "neighbours" in report.notes[0]
    pixels = encoder.preprocess(Image.open(wardrobe.root / "images/3.png").convert("RGB"))
    np.testing.assert_allclose(found.matrix[3], encoder.encode(pixels[None])[0], atol=1e-5)


def test_fp32_stays_where_int8_is_not_faster(
    wardrobe: Wardrobe, encoder: NetworkEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "WORTH", 1000.0)
    report = run(wardrobe, encoder)
    assert report.precision == "fp32" and "faster" in report.notes[0]


def test_a_decision_holds_for_what_comes_later(
    wardrobe: Wardrobe, encoder: NetworkEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(wardrobe, encoder)
    first = current_features(wardrobe)["image"]
    monkeypatch.setattr(precision, "TARGET", 1.1)
    monkeypatch.setattr(settle, "WORTH_LOOKING", 10**9)
    Image.new("RGB", (24, 32), "red").save(wardrobe.root / "new.png")
    (wardrobe.root / "new.png").replace(wardrobe.root / "images/5.png")  # not through the hard link
    report = run(wardrobe, encoder)
    assert report.encoded["image"] == 1 and report.precision == "int8"
    assert current_features(wardrobe)["image"].fingerprint == first.fingerprint


def test_few_pictures_are_encoded_in_fp32_straight_away(
    wardrobe: Wardrobe, encoder: NetworkEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settle, "WORTH_LOOKING", COUNT + 1)
    report = run(wardrobe, encoder)
    assert report.precision == "fp32" and report.agreement is None
    monkeypatch.setattr(settle, "WORTH_LOOKING", 100)
    assert run(wardrobe, encoder).encoded["image"] == 0, "what is there in fp32 is kept"


def test_a_lost_int8_network_is_said_in_one_sentence(
    wardrobe: Wardrobe, encoder: NetworkEncoder
) -> None:
    run(wardrobe, encoder)
    (model,) = (wardrobe.root / "features").glob("int8-*.onnx")
    model.write_bytes(model.read_bytes()[:-20])
    with pytest.raises(FeatureError, match="missing or damaged; delete"):
        run(wardrobe, encoder)


def test_features_of_changed_weights_are_not_mixed_with_new_pictures(
    wardrobe: Wardrobe, encoder: NetworkEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(wardrobe, encoder)
    found = current_features(wardrobe)["image"]
    monkeypatch.setattr(settle, "build_image_encoder", lambda _: small_encoder(seed=1))
    with pytest.raises(FeatureError, match="another version of small"):
        encoder_of(wardrobe.root, found)

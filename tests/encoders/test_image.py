"""Image encoders by name, and the odd files that people have."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from modiste.encoders import image
from modiste.encoders.base import fingerprint_of
from modiste.encoders.build import build_image_encoder, build_text_encoder
from modiste.encoders.image import encode_image, lite0
from modiste.encoders.network import Preprocessing
from modiste.encoders.onnx import NotExportable
from modiste.errors import ImageError, MissingExtra, Misuse, UnknownName

NAME = "test_efficientnet?weights=random"  # timm's own smallest network


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODISTE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def picture(seed: int = 0) -> Image.Image:
    cells = np.random.default_rng(seed).integers(0, 256, (9, 6, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize((60, 90), Image.Resampling.NEAREST)


def test_any_timm_model_is_its_own_torch_network() -> None:
    encoder = build_image_encoder(NAME)
    assert isinstance(encoder, image.NetworkEncoder) and encoder.graph is not None
    pixels = np.stack([encoder.preprocess(picture(seed)) for seed in range(5)])
    with torch.inference_mode():
        exact = encoder.module(torch.from_numpy(pixels)).numpy()
    found = encoder.encode(pixels)
    assert found.shape == (5, encoder.dim) and found.dtype == np.float32
    np.testing.assert_allclose(found, exact, atol=1e-4)


def test_a_network_that_onnx_cannot_express_runs_in_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise NotExportable("an operator that ONNX lacks")

    encoder = build_image_encoder(NAME)
    assert isinstance(encoder, image.NetworkEncoder)
    pixels = encoder.preprocess(picture())[None]
    expected = encoder.encode(pixels)
    monkeypatch.setattr("modiste.encoders.network.cached", refuse)
    other = build_image_encoder(NAME)
    np.testing.assert_allclose(other.encode(pixels), expected, atol=1e-4)


def test_local_weights_are_read_and_foreign_ones_refused(tmp_path: Path) -> None:
    source = build_image_encoder(NAME)
    assert isinstance(source, image.NetworkEncoder)
    weights = source.module.network.state_dict()  # type: ignore[union-attr]
    moved = {k: v + 0.1 if v.is_floating_point() else v for k, v in weights.items()}
    save_file(moved, tmp_path / "w.safetensors")
    torch.save(moved, tmp_path / "w.pth")
    one, two = (
        build_image_encoder(f"test_efficientnet?weights={tmp_path / name}")
        for name in ("w.safetensors", "w.pth")
    )
    for encoder in (one, two):
        assert isinstance(encoder, image.NetworkEncoder)
        found = encoder.module.network.state_dict()  # type: ignore[union-attr]
        assert all(torch.equal(found[name], moved[name]) for name in found)
    assert one.fingerprint == two.fingerprint != source.fingerprint
    save_file({"foreign": torch.zeros(2)}, tmp_path / "f.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"rubbish")
    torch.save({"a": Evil()}, tmp_path / "evil.pth")
    for name, words in (("f", "lacks"), ("broken", "no weights"), ("none", "no weights")):
        with pytest.raises(Misuse, match=words):
            build_image_encoder(f"test_efficientnet?weights={tmp_path / name}.safetensors")
    with pytest.raises(Misuse, match="no weights"):
        build_image_encoder(f"test_efficientnet?weights={tmp_path / 'evil.pth'}")
    assert not Evil.woken


class Evil:
    """Would run code when unpickled."""

    woken = False

    def __reduce__(self) -> object:
        return (setattr, (Evil, "woken", True))


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="resnet18"):
        build_image_encoder("resnet_18")
    with pytest.raises(UnknownName, match="minilm"):
        build_text_encoder("minlm")
    with pytest.raises(Misuse, match="only"):
        build_image_encoder("resnet18?colour=red")


def test_weights_that_cannot_be_downloaded_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(Misuse, match="connect to the hub once, or use lite0"):
        build_image_encoder("test_efficientnet")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    for build in (build_image_encoder, build_text_encoder):
        with pytest.raises(MissingExtra, match=r"modiste\[clip\]"):
            build("clip:ViT-B-32/openai")


def test_both_towers_of_an_open_clip_model(tmp_path: Path) -> None:
    open_clip = pytest.importorskip("open_clip", reason="the extra clip is not installed")
    tower = {"width": 32, "layers": 1}
    config = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "patch_size": 16, "head_width": 16, **tower},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "heads": 2, **tower},
    }
    (tmp_path / "tiny-clip.json").write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path)
    sees = build_image_encoder("clip:tiny-clip?weights=random")
    reads = build_text_encoder("clip:tiny-clip?weights=random")
    assert sees.dim == reads.dim == 16 and sees.edge == 32
    assert sees.fingerprint != reads.fingerprint
    vectors = sees.encode(np.stack([sees.preprocess(picture(seed)) for seed in range(3)]))
    assert vectors.shape == (3, 16)
    words = reads.encode(["red shoes", "a blue dress", "red shoes"])
    np.testing.assert_allclose(words[0], words[2], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(words, axis=1), 1, atol=1e-5)
    assert np.abs(words[0] - words[1]).max() > 1e-3
    weights = image.load_clip("tiny-clip?weights=random", "a test").state_dict()
    save_file({n: t + 0.01 for n, t in weights.items()}, tmp_path / "w.safetensors")
    other = build_image_encoder(f"clip:tiny-clip?weights={tmp_path / 'w.safetensors'}")
    assert other.fingerprint != sees.fingerprint
    with pytest.raises(Misuse, match="cannot be had"):
        build_image_encoder(f"clip:tiny-clip?weights={tmp_path / 'none.safetensors'}")
    with pytest.raises(UnknownName, match="tiny-clip"):
        build_image_encoder("clip:tiny-clop?weights=random")
    with pytest.raises(Misuse, match="Which weights"):
        build_image_encoder("clip:tiny-clip")


def test_the_fingerprint_changes_with_preprocessing_and_weights(tmp_path: Path) -> None:
    half = (0.5, 0.5, 0.5)
    plain = Preprocessing(size=(224, 224), mean=half, std=half)
    others = [replace(plain, size=(224, 192)), replace(plain, mean=(0.4, 0.5, 0.5))]
    weights = tmp_path / "w"
    weights.write_bytes(b"1")
    prints = {fingerprint_of([weights], one.facts()) for one in (plain, *others)}
    weights.write_bytes(b"2")
    prints.add(fingerprint_of([weights], plain.facts()))
    assert len(prints) == 4


def test_the_whole_garment_is_seen_hems_and_shoes_included() -> None:
    preprocessing = Preprocessing(size=(50, 50), mean=(0.5,) * 3, std=(0.5,) * 3)
    tall = Image.new("RGB", (40, 200), "white")
    tall.paste("red", (0, 190, 40, 200))
    pixels = preprocessing.pixels(tall)
    assert pixels.shape == (50, 50, 3)
    assert (pixels[-1] == [255, 0, 0]).all()


def test_a_photograph_turned_by_exif_is_the_upright_one(tmp_path: Path) -> None:
    encoder = build_image_encoder(NAME)
    upright = picture()
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.save(tmp_path / "upright.png")
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_allclose(
        encode_image(encoder, tmp_path / "turned.png"),
        encode_image(encoder, tmp_path / "upright.png"),
        atol=1e-5,
    )
    with pytest.raises(ImageError, match=r"nothing\.png"):
        encode_image(encoder, tmp_path / "nothing.png")


def test_lite0_needs_no_network_to_know_its_name() -> None:
    assert lite0().fingerprint == lite0().fingerprint != build_image_encoder(NAME).fingerprint

"""`NAME?weights=FILE`: a fine-tuned encoder is an encoder like any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from modiste.encoders.build import build_image_encoder
from modiste.encoders.network import NetworkEncoder, Preprocessing
from modiste.encoders.weights import (
    located,
    portable,
    save_weights,
    saved_preprocessing,
    split_weights,
)
from modiste.errors import Misuse

TINY = "test_resnet?weights=random"


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODISTE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def built(name: str) -> NetworkEncoder:
    encoder = build_image_encoder(name)
    assert isinstance(encoder, NetworkEncoder)
    return encoder


def network_of(encoder: NetworkEncoder) -> torch.nn.Module:
    network = encoder.module.network
    assert isinstance(network, torch.nn.Module)
    return network


def test_lite0_with_its_own_weights_in_a_file_gives_the_same_vectors(tmp_path: Path) -> None:
    plain = built("lite0")
    save_weights(network_of(plain), tmp_path / "e.safetensors", plain.preprocessing)
    again = built(f"lite0?weights={tmp_path / 'e.safetensors'}")
    pixels = torch.randint(0, 256, (2, 224, 224, 3), dtype=torch.uint8)
    with torch.inference_mode():
        np.testing.assert_array_equal(again.module(pixels), plain.module(pixels))
    assert again.preprocessing == plain.preprocessing and again.dim == plain.dim


def test_the_fingerprint_is_of_the_weights_and_not_of_where_they_lie(tmp_path: Path) -> None:
    source = built(TINY)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        save_weights(network_of(source), tmp_path / folder / "e.safetensors", source.preprocessing)
    names = [f"test_resnet?weights={tmp_path / f / 'e.safetensors'}" for f in ("a", "b")]
    first, second = map(built, names)
    assert first.fingerprint == second.fingerprint == source.fingerprint
    moved = {name: t + 1 for name, t in load_file(tmp_path / "b" / "e.safetensors").items()}
    save_file(moved, tmp_path / "b" / "e.safetensors")
    assert built(names[1]).fingerprint != source.fingerprint


def test_the_preprocessing_travels_with_the_weights(tmp_path: Path) -> None:
    source, path = built(TINY), tmp_path / "e.safetensors"
    other = replace(source.preprocessing, size=(48, 40), mean=(0.1, 0.2, 0.3))
    save_weights(network_of(source), path, other)
    found = built(f"test_resnet?weights={path}")
    assert found.preprocessing == other and found.edge == 40
    assert found.preprocess(Image.new("RGB", (9, 9))).shape == (48, 40, 3)
    assert found.fingerprint != source.fingerprint


@pytest.mark.parametrize("text", ["no JSON", "{}", '{"size": [0, 1], "mean": [0], "std": [1]}'])
def test_a_preprocessing_that_makes_no_sense_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "e.safetensors"
    save_file({"a": torch.zeros(1)}, path, metadata={"modiste.preprocessing": text})
    with pytest.raises(Misuse, match="preprocessing"):
        saved_preprocessing(path)


@pytest.mark.parametrize("model", ["lite0", "test_resnet"])
def test_a_file_that_cannot_be_read_or_is_of_another_network_is_one_sentence(
    tmp_path: Path, model: str
) -> None:
    (tmp_path / "broken.safetensors").write_bytes(b"rubbish")
    save_file({"foreign": torch.zeros(2)}, tmp_path / "foreign.safetensors")
    for file, words in (("none", "no such file"), ("broken", "no weights"), ("foreign", "lacks")):
        with pytest.raises(Misuse, match=words):
            build_image_encoder(f"{model}?weights={tmp_path / file}.safetensors")


def test_a_relative_file_is_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = built(TINY)
    save_weights(network_of(source), tmp_path / "e.safetensors", source.preprocessing)
    monkeypatch.chdir(tmp_path)
    name = built("test_resnet?weights=e.safetensors").name
    assert name == f"test_resnet?weights={tmp_path / 'e.safetensors'}"


def test_a_file_inside_a_folder_moves_with_the_folder(tmp_path: Path) -> None:
    run = tmp_path / "run"
    inside = located("lite0?weights=encoder.safetensors", run)
    assert inside == f"lite0?weights={run / 'encoder.safetensors'}"
    assert portable(inside, run) == "lite0?weights=encoder.safetensors"
    for name in ("lite0", "resnet18?weights=random", "lite0?weights=/elsewhere/w.safetensors"):
        assert portable(name, run) == located(name, run) == name
    assert split_weights("lite0?weights=a=b?c") == ("lite0", "a=b?c")


def test_inception_sees_299_pixels_from_minus_one_to_one_in_2048_numbers() -> None:
    encoder = built("inception_v3.tf_in1k?weights=random")
    half = (0.5, 0.5, 0.5)
    assert encoder.preprocessing == Preprocessing(size=(299, 299), mean=half, std=half)
    assert encoder.dim == 2048
    seen = []
    network_of(encoder).register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    black, white = (Image.new("RGB", (30, 60), colour) for colour in ("black", "white"))
    with torch.inference_mode():
        encoder.module(torch.from_numpy(np.stack([encoder.preprocess(black)])))
        encoder.module(torch.from_numpy(np.stack([encoder.preprocess(white)])))
    assert (seen[0] == -1).all() and (seen[1] == 1).all() and seen[0].shape == (1, 3, 299, 299)

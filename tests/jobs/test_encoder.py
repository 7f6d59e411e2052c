"""Encoders are trained on photographs, go on after a kill, and then serve like any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from painted import paint, painted_wardrobe
from PIL import Image
from safetensors.torch import load_file

from modiste.cli.main import main
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.autoencoder import Autoencoder, AutoencoderConfig
from modiste.encoders.build import build_image_encoder
from modiste.encoders.embed import embed_images
from modiste.encoders.features import current_features
from modiste.encoders.image import encode_image
from modiste.encoders.trained import TrainedEncoder, build_network, read_encoder_spec
from modiste.errors import DataError, ImageError, Misuse, RunError, UnknownName
from modiste.jobs import encoder as job
from modiste.jobs.encoder import train
from modiste.jobs.train import train as train_run
from modiste.training.pixels import PhotographPixels, PictureBatches
from modiste.training.run import Run

SMALL = {
    "autoencoder": ["size=16", "channels=6", "hidden=16", "code=8", "batch_size=8", "epochs=3"],
    "classifier": ["backbone=test_resnet?weights=random", "size=32", "batch_size=8", "epochs=2"],
}
KINDS = list(SMALL)


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Wardrobe:
    return painted_wardrobe(tmp_path_factory.mktemp("painted") / "W")


@pytest.fixture(scope="module")
def trained(painted: Wardrobe, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One encoder of each kind."""
    folder = tmp_path_factory.mktemp("encoders")
    for kind in KINDS:
        train(painted.root, kind, folder / kind, settings=SMALL[kind])
    return {kind: folder / kind for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_the_folder_has_what_is_promised(trained: dict[str, Path], kind: str) -> None:
    names = {path.name for path in trained[kind].iterdir()}
    wanted = {"encoder.toml", "encoder.safetensors", "weights.safetensors"}
    wanted |= {"metrics.jsonl", "curves.png"}
    if kind == "autoencoder":
        wanted.add("reconstructions.png")
    assert names == wanted


def test_reconstructions_stand_below_their_originals(
    painted: Wardrobe, trained: dict[str, Path]
) -> None:
    with Image.open(trained["autoencoder"] / "reconstructions.png") as sheet:
        pixels = np.asarray(sheet)
    found = pixels[4:20, 4:20]
    encoder = build_image_encoder(str(trained["autoencoder"]))
    shown = [
        encoder.preprocess(Image.open(path).convert("RGB"))
        for path in sorted((painted.root / "images").glob("*.png"))
    ]
    assert any(np.array_equal(found, one) for one in shown)
    assert not any(np.array_equal(pixels[24:40, 4:20], one) for one in shown)


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_that_was_killed_ends_as_an_unbroken_one(
    painted: Wardrobe,
    trained: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    whole = PictureBatches.batch

    def killed(self: PictureBatches, step: int):
        if step == 3:
            raise KeyboardInterrupt
        return whole(self, step)

    out = tmp_path / "encoder"
    with monkeypatch.context() as patch:
        patch.setattr(PictureBatches, "batch", killed)
        with pytest.raises(KeyboardInterrupt):
            train(painted.root, kind, out, settings=SMALL[kind])
    with pytest.raises(Misuse, match="still in training.*--resume"):
        build_image_encoder(str(out))
    train(painted.root, kind, out, resume=True)
    for name in ("weights.safetensors", "encoder.safetensors"):
        unbroken, resumed = load_file(trained[kind] / name), load_file(out / name)
        assert unbroken.keys() == resumed.keys()
        assert all(torch.equal(unbroken[key], resumed[key]) for key in unbroken)


def test_a_training_killed_at_its_end_is_only_finished(
    painted: Wardrobe, trained: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, kind = tmp_path / "encoder", "autoencoder"

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(job, "save_weights", killed)
        with pytest.raises(KeyboardInterrupt):
            train(painted.root, kind, out, settings=SMALL[kind])
    with monkeypatch.context() as patch:
        patch.setattr(PictureBatches, "batch", killed)  # nothing is left to be learnt
        train(painted.root, kind, out, settings=SMALL[kind])
    same = (load_file(folder / "encoder.safetensors") for folder in (out, trained[kind]))
    one, two = same
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_the_weights_that_did_best_are_kept_not_the_last(
    painted: Wardrobe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = iter([0.2, 0.9, 0.1])
    kept: list[dict[str, torch.Tensor]] = []

    def judged(seen, *_, **__):
        kept.append({n: t.clone() for n, t in seen.network.state_dict().items()})
        return {"selection": next(told, 0.0), "ssim": 0.0}

    monkeypatch.setattr(job, "measured", judged)
    summary = train(painted.root, "autoencoder", tmp_path / "e", settings=SMALL["autoencoder"])
    saved = load_file(tmp_path / "e" / "weights.safetensors")
    assert all(torch.equal(saved[name], kept[1][name]) for name in saved)
    assert any(not torch.equal(saved[name], kept[2][name]) for name in saved)
    assert (summary.best, summary.best_step) == (0.9, 2 * summary.steps // 3)


@pytest.mark.parametrize("kind", KINDS)
def test_it_embeds_like_any_other_encoder(
    painted: Wardrobe, trained: dict[str, Path], kind: str
) -> None:
    encoder = build_image_encoder(str(trained[kind]))
    with painted.writing():
        report = embed_images(painted, encoder, facts={}, progress=lambda *_: None)
    assert report.encoded["image"] == 36 and not report.skipped
    features = current_features(painted)["image"]
    assert features.encoder == f"{kind}?weights={trained[kind].resolve()}/encoder.safetensors"
    assert features.dim == {"classifier": 128, "autoencoder": 8}[kind]
    again = build_image_encoder(features.encoder)
    path = painted.root / "images" / "dots-red-1.png"
    one = encode_image(again, path)
    row = painted.rows["dots-red-1"]
    np.testing.assert_allclose(one, features.matrix[row], rtol=1e-4, atol=1e-5)
    assert features.matrix.std(axis=0).min() > 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_on_with_an_outfit_model(
    painted: Wardrobe, trained: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    with painted.writing():
        encoder = build_image_encoder(str(trained[kind]))
        embed_images(painted, encoder, facts={}, progress=lambda *_: None)
    run = tmp_path / "run"
    small = ["hidden_dim=16", "item_dim=8", "heads=2", "references=4", "epochs=1", "batch_size=6"]
    settings = ["blocks=image", f"encoder={trained[kind]}", *small]
    train_run(painted.root, run, settings=settings, finetune_encoder=True)
    tuned = build_image_encoder(Run.open(run).spec.encoders["image"]["name"])
    assert tuned.name == f"{kind}?weights={run.resolve()}/encoder.safetensors"
    assert tuned.fingerprint != encoder.fingerprint
    assert tuned.dim == encoder.dim


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_embedded_is_what_was_validated(
    painted: Wardrobe, trained: dict[str, Path], kind: str
) -> None:
    """One preprocessing: a photograph's code is the same in the loop and in `embed`."""
    from modiste.training.encoder_loop import Seen

    network = build_network(read_encoder_spec(trained[kind]).network, started=False)
    network.load_state_dict(load_file(trained[kind] / "weights.safetensors"))
    path = painted.root / "images" / "stripes-blue-2.png"
    encoder = build_image_encoder(str(trained[kind]))
    assert isinstance(encoder, TrainedEncoder)
    pixels = network.preprocessing.pixels(Image.open(path).convert("RGB"))
    with torch.inference_mode():
        picture = Seen(network).eval().picture(torch.tensor(pixels[None]))
        code = network.embedder(picture)[0].numpy()
    np.testing.assert_allclose(encode_image(encoder, path), code, rtol=1e-4, atol=1e-5)


def test_the_fingerprint_follows_the_weights_not_the_place(
    trained: dict[str, Path], tmp_path: Path
) -> None:
    import shutil

    moved = tmp_path / "moved"
    shutil.copytree(trained["autoencoder"], moved)
    one, two = (build_image_encoder(str(f)) for f in (trained["autoencoder"], moved))
    assert one.fingerprint == two.fingerprint and one.name != two.name
    assert build_image_encoder(one.name).fingerprint == one.fingerprint
    tensors = load_file(moved / "encoder.safetensors")
    tensors["0.weight"] += 1e-3
    from modiste.encoders.weights import save_weights

    network = torch.nn.Module()
    network.state_dict = lambda: tensors  # type: ignore[method-assign,assignment]
    save_weights(network, moved / "encoder.safetensors", one.preprocessing)  # type: ignore[attr-defined]
    assert build_image_encoder(str(moved)).fingerprint != one.fingerprint


@pytest.mark.parametrize(
    ("name", "harm", "said"),
    [
        (
            "encoder.safetensors",
            lambda path: path.write_bytes(path.read_bytes()[:500]),
            "no weights",
        ),
        ("encoder.safetensors", lambda path: path.write_bytes(b""), "no weights"),
        ("encoder.safetensors", lambda path: path.unlink(), "missing"),
        ("encoder.toml", lambda path: path.write_text("kind = 3"), "damaged"),
        ("encoder.toml", lambda path: path.write_bytes(b"\xff\xfe"), "damaged"),
        (
            "encoder.toml",
            lambda path: path.write_text(path.read_text().replace("code = 8", "code = 9")),
            "no weights",
        ),
        (
            "encoder.toml",
            lambda path: path.write_text(path.read_text().replace("size = 16", 'size = "a"')),
            "damaged",
        ),
    ],
)
def test_a_damaged_folder_is_one_sentence(
    trained: dict[str, Path], tmp_path: Path, name: str, harm, said: str
) -> None:
    import shutil

    folder = tmp_path / "harmed"
    shutil.copytree(trained["autoencoder"], folder)
    harm(folder / name)
    with pytest.raises(Misuse, match=said) as caught:
        build_image_encoder(str(folder))
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)


def test_a_pickle_in_place_of_the_weights_is_not_opened(
    trained: dict[str, Path], tmp_path: Path
) -> None:
    import pickle
    import shutil

    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "harm",))

    folder = tmp_path / "harmed"
    shutil.copytree(trained["autoencoder"], folder)
    (folder / "encoder.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(Misuse, match="no weights"):
        build_image_encoder(str(folder))
    assert not (tmp_path / "harm").exists()


def test_a_folder_without_an_encoder_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="holds no encoder"):
        build_image_encoder(f"{tmp_path}/")


def test_a_wardrobe_without_photographs_is_said(tmp_path: Path) -> None:
    wardrobe = painted_wardrobe(tmp_path / "W", images=False)
    with pytest.raises(DataError, match="has no photographs"):
        train(wardrobe.root, "autoencoder", tmp_path / "e", settings=SMALL["autoencoder"])
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_photographs_of_one_pixel_are_said(tmp_path: Path, kind: str) -> None:
    wardrobe = painted_wardrobe(tmp_path / "W")
    for path in (wardrobe.root / "images").glob("*.png"):
        Image.new("RGB", (1, 1), "red").save(path)
    with pytest.raises(DataError, match="at most 1 x 1 pixels"):
        train(wardrobe.root, kind, tmp_path / "e", settings=SMALL[kind])


def test_a_photograph_of_one_pixel_is_skipped_when_embedding(
    trained: dict[str, Path], tmp_path: Path
) -> None:
    wardrobe = painted_wardrobe(tmp_path / "W")
    tiny = wardrobe.root / "images" / "dots-red-0.png"
    Image.new("RGB", (1, 1), "red").save(tiny)
    encoder = build_image_encoder(str(trained["autoencoder"]))
    with wardrobe.writing():
        report = embed_images(wardrobe, encoder, facts={}, progress=lambda *_: None)
    assert [entry["id"] for entry in report.skipped] == ["dots-red-0"]
    assert "1 x 1 pixels shows nothing" in report.skipped[0]["reason"]
    with pytest.raises(ImageError, match="1 x 1 pixels"):
        encode_image(encoder, tiny)


def test_some_small_or_broken_photographs_are_left_out_and_counted(tmp_path: Path) -> None:
    wardrobe = painted_wardrobe(tmp_path / "W")
    Image.new("RGB", (1, 1), "red").save(wardrobe.root / "images" / "dots-red-0.png")
    (wardrobe.root / "images" / "dots-red-1.png").write_bytes(b"broken")
    summary = train(
        wardrobe.root, "autoencoder", tmp_path / "e", settings=[*SMALL["autoencoder"], "epochs=1"]
    )
    assert sum(summary.items.values()) == 34
    assert summary.notes[0] == (
        "2 photographs were left out: they cannot be read, or have fewer than 8 x 8 pixels."
    )


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        (["colour=3"], UnknownName, "setting.*colour"),
        (["crop=middle"], Misuse, "crop='middle'"),
        (["epochs=two"], Misuse, "whole number"),
        (["size=1"], Misuse, "size=1"),
        (["source=8"], Misuse, "source=8.*16 pixels"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    painted: Wardrobe, tmp_path: Path, settings: list[str], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        train(
            painted.root,
            "autoencoder",
            tmp_path / "e",
            settings=[*SMALL["autoencoder"], *settings],
        )
    assert not (tmp_path / "e").exists()


def test_a_finished_encoder_is_not_written_over(
    painted: Wardrobe, trained: dict[str, Path]
) -> None:
    with pytest.raises(RunError, match="finished"):
        train(painted.root, "classifier", trained["classifier"], settings=SMALL["classifier"])
    with pytest.raises(RunError, match="nothing to resume"):
        train(painted.root, "classifier", trained["classifier"], resume=True)


def test_changes_follow_from_seed_and_step_alone() -> None:
    from modiste.training.pixels import PictureConfig

    photographs = PhotographPixels({}, lambda picture: np.asarray(picture), (24, 24), 0)
    config = PictureConfig(batch_size=4, crop="resized", flips="both")
    for row in range(8):
        photographs.paths[row] = Path(f"{row}")
        photographs._kept[row] = np.asarray(paint("dots", "red", row, (24, 24)))
    labels = {row: row for row in range(8)}
    made = [PictureBatches(photographs, range(8), labels, 16, config) for _ in range(2)]
    forward = [made[0].batch(step) for step in range(4)]
    backward = [made[1].batch(step) for step in (3, 2, 1, 0)][::-1]
    for one, two in zip(forward, backward, strict=True):
        assert torch.equal(one.pixels, two.pixels) and torch.equal(one.label, two.label)
    assert sorted(torch.cat([b.label for b in forward[:2]]).tolist()) == list(range(8))
    assert not torch.equal(forward[0].label, forward[2].label)


def test_the_command_trains_and_says_what_is_wrong(
    painted: Wardrobe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["encoder", "train", "autoencoder", str(painted.root), "--out", str(tmp_path / "e")]
    small = [word for pair in SMALL["autoencoder"] for word in ("--set", pair)]
    assert main([*words, *small, "--set", "epochs=1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["kind"] == "autoencoder" and document["items"]["train"] == 22
    assert main([*words, *small, "--set", "epochs=1"]) == 1
    assert "finished encoder; give another --out" in capsys.readouterr().err
    words[-1] = str(tmp_path / "other")
    assert main([*words, "--set", "sise=16"]) == 2
    assert "did you mean 'size'?" in capsys.readouterr().err
    assert main([*words, "--resume"]) == 2
    assert "holds no encoder" in capsys.readouterr().err


@pytest.mark.parametrize("crop", ["none", "resized", "window"])
def test_every_crop_makes_pictures_of_the_networks_size(
    painted: Wardrobe, tmp_path: Path, crop: str
) -> None:
    settings = [*SMALL["autoencoder"], "epochs=1", f"crop={crop}", "flips=both", "source=20"]
    summary = train(painted.root, "autoencoder", tmp_path / "e", settings=settings)
    assert summary.steps == 2 and 0 < summary.test["ssim"] <= 1


def test_gradients_are_shortened_where_asked(painted: Wardrobe, tmp_path: Path) -> None:
    plain = ["epochs=1", "optimizer=sgd", "momentum=0", "weight_decay=0", "lr=1", "clip=1e-7"]
    train(painted.root, "autoencoder", tmp_path / "e", settings=[*SMALL["autoencoder"], *plain])
    torch.manual_seed(0)
    start = build_network(read_encoder_spec(tmp_path / "e").network).state_dict()
    moved = load_file(tmp_path / "e" / "weights.safetensors")
    assert max(float((moved[n] - start[n]).abs().max()) for n in start) < 1e-6


def test_an_autoencoder_that_draws_one_picture_only_is_noticed(
    painted: Wardrobe, tmp_path: Path
) -> None:
    settings = [*SMALL["autoencoder"], "epochs=1", "lr=1e-9"]
    summary = train(painted.root, "autoencoder", tmp_path / "e", settings=settings)
    assert any("the same picture" in note for note in summary.notes)


def test_one_that_draws_what_it_sees_is_not(painted: Wardrobe, tmp_path: Path) -> None:
    network = Autoencoder(AutoencoderConfig(size=16, channels=2, hidden=2, code=2))
    network.forward = lambda picture: picture  # type: ignore[method-assign]
    paths = dict(enumerate(sorted((painted.root / "images").glob("*.png"))))
    prepare = network.preprocessing
    photographs = PhotographPixels(paths, prepare.pixels, prepare.size, 2**20)
    assert job._draw(network, photographs, list(paths), tmp_path / "sheet.png") > 10

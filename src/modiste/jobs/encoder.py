"""Train an image encoder on a wardrobe's photographs: `modiste encoder train`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from PIL import Image

from modiste.data.atomic import atomic_path
from modiste.data.photographs import load_photographs
from modiste.data.splits import split_items
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.autoencoder import Autoencoder
from modiste.encoders.base import Pixels
from modiste.encoders.classifier import ClassifierConfig
from modiste.encoders.network import Preprocessing
from modiste.encoders.trained import (
    CONFIGS,
    FACTS,
    LEAST,
    WEIGHTS,
    EncoderSpec,
    build_network,
    read_encoder_spec,
    write_encoder_spec,
)
from modiste.encoders.weights import save_weights
from modiste.errors import DataError, Misuse, RunError, UnknownName
from modiste.jobs.progress import progress
from modiste.jobs.spec import check_types, parse_settings
from modiste.outfit import SPLITS
from modiste.training.encoder_loop import EncoderTraining, Seen, measured, train_encoder
from modiste.training.log import draw_curves, read_lines
from modiste.training.pixels import PhotographPixels, PictureBatches, PictureConfig

ACROSS = 8
"""Photographs in a row."""
_GAP = 4  # pixels


def draw_reconstructions(originals: Pixels, drawn: Pixels, path: Path) -> None:
    """Write a PNG: rows of up to eight photographs, each above its reconstruction.

    Args:
        originals: (n, H, W, 3) uint8, n at least 1.
        drawn: (n, H, W, 3) uint8, of the same photographs.
        path: the file; written whole or not at all.
    """
    bands = [
        _band([originals[at : at + ACROSS], drawn[at : at + ACROSS]])
        for at in range(0, len(originals), ACROSS)
    ]
    with atomic_path(path) as temporary:
        Image.fromarray(np.concatenate(bands)).save(temporary, "PNG")


def _band(rows: list[Pixels]) -> Pixels:
    """Two rows of pictures, one above the other, ACROSS of them wide, on white."""
    _, height, width, _ = rows[0].shape
    sheet = np.full((2 * height + 3 * _GAP, ACROSS * (width + _GAP) + _GAP, 3), 255, dtype=np.uint8)
    for line, pictures in enumerate(rows):
        top = line * height + (line + 1) * _GAP
        for place, picture in enumerate(pictures):
            left = place * (width + _GAP) + _GAP
            sheet[top : top + height, left : left + width] = picture
    return sheet


DEFAULTS: dict[str, dict[str, Any]] = {
    "classifier": {"crop": "resized"},
    "autoencoder": {
        "epochs": 50,
        "batch_size": 128,
        "optimizer": "adam",
        "weight_decay": 1e-5,
        "patience": 5,
    },
}
"""Other defaults than those of the settings' own classes: as published, but for the crops of the
autoencoder, which made things larger in training than they were when embedded."""
_DRAWN = 16  # reconstructions
_FLAT = 1.0  # of 255: reconstructions that differ by less are one picture
_FLAT_NOTE = (
    "The autoencoder draws the same picture for every photograph: it has learnt nothing. Train it "
    "longer, or with a lower rate, such as --set lr=0.0001 --set clip=1."
)


@dataclass(frozen=True, kw_only=True)
class EncoderSummary:
    """What came of training an encoder."""

    encoder: Path
    kind: str
    items: Mapping[str, int]
    """Split -> photographs."""
    best: float
    best_step: int
    steps: int
    seconds: float
    selection: str
    """What chose the weights."""
    test: Mapping[str, float]
    """What the chosen weights achieve on the items of the test split."""
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"encoder": str(self.encoder)}

    def to_text(self) -> str:
        """The same for people."""
        items = ", ".join(f"{count:,} {split}" for split, count in self.items.items())
        test = ", ".join(f"{name} {value:.4f}" for name, value in self.test.items())
        return "\n".join(
            [
                f"Trained on photographs ({items}): {self.steps:,} steps, {self.seconds:,.0f} s.",
                f"Best {self.selection} on the validation items: {self.best:.4f} at step "
                f"{self.best_step:,}. On the test items: {test}.",
                *self.notes,
                f"Next: modiste embed W --image {self.encoder}",
            ]
        )


@dataclass(frozen=True)
class _Items:
    """The items whose photographs can be learnt from.

    Args:
        rows: split -> catalogue rows.
        labels: row -> number of its category.
        categories: their names.
        paths: row -> file.
        left_out: how many have a photograph that shows too little, or cannot be read.
    """

    rows: dict[str, list[int]]
    labels: dict[int, int]
    categories: tuple[str, ...]
    paths: dict[int, Path]
    left_out: int


def train(
    wardrobe_root: Path,
    kind: str,
    out: Path,
    *,
    settings: Sequence[str] = (),
    config: Path | None = None,
    seed: int = 0,
    resume: bool = False,
) -> EncoderSummary:
    """Train an encoder, or go on with one whose training was interrupted.

    Args:
        wardrobe_root: a wardrobe with photographs.
        kind: classifier or autoencoder.
        out: the encoder's folder. An unfinished training of the same settings goes on there.
        settings: `key=value` of the network, the loop or the pictures.
        config: a TOML file of such settings; `settings` win over it.
        seed: of everything random.
        resume: go on with the unfinished training at `out`, with the settings it has.

    Raises:
        UnknownName: no such kind, setting or backbone.
        Misuse: a setting cannot be, or the backbone cannot be had.
        DataError: too few photographs, or none that shows anything.
        RunError: `out` holds something else.
        TrainingDiverged: the loss is not finite.
    """
    if kind not in CONFIGS:
        raise UnknownName("kind of encoder", kind, CONFIGS)
    wardrobe = Wardrobe(wardrobe_root)
    if resume:
        spec = read_encoder_spec(out)
        if spec.kind != kind:
            raise RunError(f"{out} holds a {spec.kind}; resume it as one, or give another --out.")
        if spec.wardrobe["content_hash"] != wardrobe.content_hash:
            raise RunError(
                f"{out} was begun on {spec.wardrobe['path']}, and {wardrobe.root} has other "
                "items; give that wardrobe, or another --out for a new training."
            )
        if spec.selection:
            raise RunError(f"{out} holds a finished encoder; there is nothing to resume.")
        return _run(wardrobe, spec, _items(wardrobe, spec), out)
    given = parse_settings(config, settings)
    given.setdefault("seed", seed)
    spec = new_encoder_spec(wardrobe, kind, given)
    items = _items(wardrobe, spec)
    _claim(out, spec)
    return _run(wardrobe, spec, items, out)


def new_encoder_spec(wardrobe: Wardrobe, kind: str, given: Mapping[str, Any]) -> EncoderSpec:
    """The spec of an encoder that is yet to be trained.

    Raises:
        UnknownName: no such setting.
        Misuse: a setting cannot be.
    """
    kinds = (CONFIGS[kind], EncoderTraining, PictureConfig)
    names = [{field.name for field in fields(each)} - {"categories"} for each in kinds]
    for key in given:
        if not any(key in some for some in names):
            raise UnknownName("setting", key, set().union(*names))
    given = DEFAULTS[kind] | dict(given)
    parts = [{key: given[key] for key in given if key in some} for some in names]
    for each, part in zip(kinds, parts, strict=True):
        check_types(each, part)
    network = CONFIGS[kind](**parts[0])
    training, pictures = EncoderTraining(**parts[1]), PictureConfig(**parts[2])
    pictures.source_of(network.size)
    if isinstance(network, ClassifierConfig):
        names_of = wardrobe.items[network.labels].drop_nulls()
        network = replace(network, categories=tuple(sorted(set(names_of))))
    return EncoderSpec(
        network=network,
        training={"loop": asdict(training), "pictures": asdict(pictures)},
        wardrobe={
            "name": wardrobe.info.name,
            "path": str(wardrobe.root.resolve()),
            "content_hash": wardrobe.content_hash,
        },
    )


def _run(wardrobe: Wardrobe, spec: EncoderSpec, items: _Items, out: Path) -> EncoderSummary:
    began = time.monotonic()
    loop = EncoderTraining(**spec.training["loop"])
    pictures = PictureConfig(**spec.training["pictures"])
    torch.manual_seed(loop.seed)
    network = build_network(spec.network)
    prepare = network.preprocessing
    held = _photographs(items, (*items.rows["valid"], *items.rows["test"]), prepare, pictures)
    source = replace(prepare, size=(pictures.source_of(spec.network.size),) * 2)
    batches = PictureBatches(
        _photographs(items, items.rows["train"], source, pictures),
        items.rows["train"],
        items.labels,
        spec.network.size,
        pictures,
    )
    asked = some_of(items.rows["valid"], pictures.valid_items, pictures.seed)
    with progress(f"training the {spec.kind}") as report:
        standing = train_encoder(
            network,
            batches,
            partial(measured, photographs=held, rows=asked, labels=items.labels),
            loop,
            out=out,
            progress=lambda done, total, loss: report(done, total, f"loss {loss:.3f}"),
        )
    batches.close()
    test = measured(Seen(network), held, items.rows["test"] or asked, items.labels)
    test.pop("selection")
    lines = read_lines(out / "metrics.jsonl")
    unit = "nats" if spec.kind == "classifier" else "100 (1 - SSIM)"
    draw_curves(lines, out / "curves.png", metrics=(network.measures[0],), unit=unit)
    notes = _notes(items)
    if isinstance(network, Autoencoder):
        spread = _draw(network, held, asked, out / "reconstructions.png")
        notes += () if spread > _FLAT else (_FLAT_NOTE,)
    held.close()
    save_weights(network.embedder, out / WEIGHTS, prepare)
    selection = {"metric": network.selection, "best": standing.best, "step": standing.best_step}
    write_encoder_spec(out, replace(spec, selection=selection | {"test": test}))
    (out / "checkpoint.bin").unlink(missing_ok=True)
    return EncoderSummary(
        encoder=out,
        kind=spec.kind,
        items={split: len(items.rows[split]) for split in SPLITS},
        best=standing.best,
        best_step=standing.best_step,
        steps=lines[-1]["step"],
        seconds=round(time.monotonic() - began, 1),
        selection=network.selection,
        test=test,
        notes=notes,
    )


def some_of(rows: Sequence[int], most: int, seed: int) -> list[int]:
    """`most` of the rows, or all where it is 0, always the same ones, ascending."""
    if not most or most >= len(rows):
        return sorted(rows)
    chosen = np.random.default_rng((seed, 13)).permutation(len(rows))[:most]
    return sorted(rows[place] for place in chosen.tolist())


def pictured_items(wardrobe: Wardrobe) -> dict[str, str]:
    """Item id -> coarse category of the items whose photograph shows something.

    Raises:
        DataError: there are no photographs, or all of them are too small or broken.
    """
    if wardrobe.items["image"].null_count() == len(wardrobe.items):
        raise DataError(
            f"{wardrobe.root} has no photographs, and an encoder learns from nothing else; import "
            "it with --images."
        )
    table = load_photographs(wardrobe)
    readable = table.filter(pl.col("error").is_null())
    shown = readable.filter(pl.min_horizontal("width", "height") >= LEAST)
    if shown.is_empty() and not readable.is_empty():
        width, height = readable.select(pl.col("width", "height").max()).row(0)
        raise DataError(
            f"The photographs of {wardrobe.root} have at most {width} x {height} pixels, which "
            f"show nothing; an encoder learns from {LEAST} x {LEAST} or more."
        )
    if shown.is_empty():
        raise DataError(
            f"No photograph of {wardrobe.root} can be read ({table['error'][0]}); import it again."
        )
    chosen = wardrobe.items.filter(pl.col("id").is_in(shown["id"].to_list()))
    return dict(chosen.select("id", "category").rows())


def _items(wardrobe: Wardrobe, spec: EncoderSpec) -> _Items:
    category_of = pictured_items(wardrobe)
    column = getattr(spec.network, "labels", "category")
    name_of = dict(wardrobe.items.select("id", column).rows())
    paths = {
        wardrobe.rows[item]: path
        for item in category_of
        if (path := wardrobe.image_path(wardrobe.item(item).image)) is not None
    }
    split_of = split_items(category_of, seed=int(spec.training["pictures"]["seed"]))
    rows: dict[str, list[int]] = {split: [] for split in SPLITS}
    for item, split in split_of.items():
        if wardrobe.rows[item] in paths:
            rows[split].append(wardrobe.rows[item])
    if len(rows["train"]) < 2 or not rows["valid"]:
        raise DataError(
            f"{wardrobe.root} has {len(paths)} photographs to learn from, too few to keep some "
            "for validation; give a larger wardrobe."
        )
    categories: tuple[str, ...] = getattr(spec.network, "categories", ())
    number = {name: place for place, name in enumerate(categories)}
    labels = {wardrobe.rows[item]: number.get(name_of[item], 0) for item in category_of}
    pictured = len(wardrobe.items) - wardrobe.items["image"].null_count()
    return _Items(rows, labels, categories, paths, pictured - len(paths))


def _photographs(
    items: _Items, rows: Sequence[int], prepare: Preprocessing, config: PictureConfig
) -> PhotographPixels:
    """Photographs kept at the size of `prepare`, with half of the memory that there may be."""
    paths = {row: items.paths[row] for row in rows}
    return PhotographPixels(paths, prepare.pixels, prepare.size, config.pixels_mb * 2**19)


def _draw(network: Autoencoder, held: PhotographPixels, rows: Sequence[int], path: Path) -> float:
    """Reconstructions of a few held-out photographs; returns how much they differ, of 255."""
    _, originals = held.read(some_of(rows, _DRAWN, 0))
    with torch.inference_mode():
        picture = Seen(network).eval().picture(torch.from_numpy(originals))
        drawn = (network(picture) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    draw_reconstructions(originals, drawn, path)
    return float(drawn.std(axis=0).mean())


def _notes(items: _Items) -> tuple[str, ...]:
    if not items.left_out:
        return ()
    return (
        f"{items.left_out:,} photographs were left out: they cannot be read, or have fewer than "
        f"{LEAST} x {LEAST} pixels.",
    )


def _claim(out: Path, spec: EncoderSpec) -> None:
    """Start at `out`, or make sure that what is there is this training, unfinished."""
    if (out / FACTS).exists():
        found = read_encoder_spec(out)
        if found.selection:
            raise RunError(f"{out} holds a finished encoder; give another --out for a new one.")
        if found != spec:
            raise RunError(
                f"{out} holds an unfinished encoder with other settings or data; give another "
                "--out, or the settings it was started with."
            )
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Misuse(f"{out} is not empty and holds no encoder; give another --out.")
    write_encoder_spec(out, spec)

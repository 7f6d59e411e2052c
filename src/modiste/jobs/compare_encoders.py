"""Several image encoders on one wardrobe: neighbours, outfits by mean cosine, models on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from modiste.arrays import Doubles, Floats, Ints
from modiste.catalogue.facts import SAY_COLOUR
from modiste.data.batches import ItemTable, category_index
from modiste.data.best import highest
from modiste.data.photographs import load_photographs
from modiste.data.splits import split_items
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.blocks import Block, block_facts, without_frequency
from modiste.encoders.build import build_image_encoder
from modiste.encoders.features import Features, current_features, open_features
from modiste.encoders.trained import encoder_folder, read_encoder_spec
from modiste.errors import Misuse, RunError
from modiste.evaluation.evaluate import Measures, measure
from modiste.evaluation.scoring import EvaluationContext, ModelScorer
from modiste.jobs.encoder import pictured_items
from modiste.jobs.evaluate import catalogue_index_of, chosen_questions
from modiste.jobs.finetune import embed_beside
from modiste.jobs.spec import new_spec, parse_settings
from modiste.jobs.train import train_spec
from modiste.models.controls import fit_control
from modiste.models.fusion import FusionConfig
from modiste.outfit import Question, Split
from modiste.stylist.pictures.neighbours import Neighbour, draw_neighbours, picture_format
from modiste.training.run import Run, RunSpec, spec_blocks, table_of

_BLOCK = 512  # queries at once: all against all would fill the memory


def nearest_others(vectors: Floats, queries: Ints, same: Ints, count: int) -> Ints:
    """The rows nearest to each query by cosine, nearest first.

    Args:
        vectors: (M, D) float32; zero where an item has none, and such items are never found.
        queries: (q,) rows.
        same: (M,) number of the picture that each item shows: those of one number are never
            neighbours of each other, since it would be no merit to find them.
        count: how many, at most M.

    Returns:
        (q, count) int64; -1 where there are fewer. Of equals the lower row comes first.
    """
    lengths = np.linalg.norm(vectors, axis=1)
    unit = vectors / np.maximum(lengths, 1e-12)[:, None]
    found = np.full((len(queries), count), -1, dtype=np.int64)
    for at in range(0, len(queries), _BLOCK):
        rows = queries[at : at + _BLOCK]
        cosine = unit[rows] @ unit.T  # (b, M)
        cosine[:, lengths == 0] = -np.inf
        cosine[same[rows][:, None] == same[None, :]] = -np.inf
        for place, each in enumerate(cosine, start=at):
            some = highest(each, count)
            found[place] = np.where(np.isfinite(each[some]), some, -1)
    return found


def shared(neighbours: Ints, queries: Ints, labels: Sequence[str | None]) -> Doubles:
    """(q,) share of each query's neighbours that have its label; NaN for a query without one.

    Args:
        neighbours: (q, k) rows; -1 where there is none.
        queries: (q,) rows.
        labels: of all M items; None where one has none, which is like no other.
    """
    names = {name: number for number, name in enumerate(dict.fromkeys(labels)) if name is not None}
    numbers = np.array([names.get(name, -1) if name is not None else -1 for name in labels])
    mine, theirs = numbers[queries], numbers[neighbours]
    alike = (theirs == mine[:, None]) & (neighbours >= 0)
    there = np.maximum((neighbours >= 0).sum(axis=1), 1)
    return np.where(mine >= 0, alike.sum(axis=1) / there, np.nan)


def shared_by_chance(queries: Ints, present: Ints, labels: Sequence[str | None]) -> float:
    """What `shared` is on average for neighbours drawn at random from the rows `present`."""
    counts: dict[str, int] = {}
    for row in present.tolist():
        if (name := labels[row]) is not None:
            counts[name] = counts.get(name, 0) + 1
    asked = [name for row in queries.tolist() if (name := labels[row]) is not None]
    if not asked or len(present) < 2:
        return float("nan")
    return float(np.mean([(counts.get(name, 1) - 1) / (len(present) - 1) for name in asked]))


NEIGHBOURS = 5
QUERIES = 8
"""Rows of the picture."""
CHANCE = "chance"


@dataclass(frozen=True, kw_only=True)
class EncoderFigures:
    """What one encoder achieves."""

    encoder: str
    """Its full name."""
    dim: int
    category: float
    """Share of the five nearest neighbours that are of the same coarse category."""
    fine: float
    """The same of fine categories."""
    colour: float
    """The same of colours."""
    mean_cosine: Measures
    """What outfits of items that look alike are worth."""
    trained: Measures | None = None
    """What a model trained on its vectors achieves; None where none was."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        neighbours = {"category": self.category, "fine": self.fine, "colour": self.colour}
        facts: dict[str, Any] = {"encoder": self.encoder, "dim": self.dim}
        facts |= {"neighbours": neighbours}
        facts["mean_cosine"] = self.mean_cosine.to_json()
        if self.trained is not None:
            facts["trained"] = self.trained.to_json()
        return facts


@dataclass(frozen=True, kw_only=True)
class EncoderComparison:
    """Encoders beside each other."""

    asked: str
    """Which questions, in words."""
    queries: int
    """Items whose neighbours were looked at."""
    colours: str
    """Where colours come from."""
    figures: Mapping[str, EncoderFigures]
    """Encoder -> what it achieves, in the order given; chance last."""
    picture: Path | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The figures by encoder."""
        return {
            "questions": self.asked,
            "queries": self.queries,
            "colours": self.colours,
            "encoders": {name: found.to_json() for name, found in self.figures.items()},
            "picture": None if self.picture is None else str(self.picture),
            "notes": list(self.notes),
        }

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Columns, and a row an encoder."""
        learnt = any(found.trained is not None for found in self.figures.values())
        columns = ["encoder", "dim", "category", "fine", "colour", "FITB", "AUC", "hit@10"]
        rows = []
        for name, found in self.figures.items():
            shares = (found.category, found.fine, found.colour)
            cells = [*_numbers(shares), *_measures(found.mean_cosine)]
            if learnt:
                cells += ["", "", ""] if found.trained is None else _measures(found.trained)
            rows.append([name, str(found.dim or ""), *cells])
        return [*columns, *(["model: FITB", "AUC", "hit@10"] if learnt else [])], rows

    def sentences(self) -> list[str]:
        """What the table's figures are, and what else there is to know."""
        return [
            f"Categories and colours ({self.colours}): shares of the {NEIGHBOURS} nearest "
            f"neighbours, by cosine, of {self.queries:,} items on which no encoder was trained.",
            f"FITB, AUC and hit@10 by mean cosine: {self.asked}.",
            *self.notes,
            *([] if self.picture is None else [f"Neighbours: {self.picture}"]),
        ]


@dataclass(frozen=True)
class _View:
    """What all encoders are asked about.

    Args:
        wardrobe: whose items.
        queries: (q,) rows of items of the test split.
        same: (M,) number of each item's picture.
        labels: coarse, fine and colour of every item.
        questions: about outfits.
        terms: on which they are measured.
    """

    wardrobe: Wardrobe
    queries: Ints
    same: Ints
    labels: tuple[list[str | None], list[str | None], list[str | None]]
    questions: list[Question]
    terms: EvaluationContext


def compare_encoders(
    wardrobe_root: Path,
    names: Sequence[str],
    *,
    picture: Path | None = None,
    split: Split = "valid",
    runs: Path | None = None,
    model: str = "set_transformer",
    settings: Sequence[str] = (),
    seed: int = 0,
) -> EncoderComparison:
    """Compare image encoders; what they have not encoded yet is encoded beside current features.

    Args:
        wardrobe_root: a wardrobe with photographs.
        names: two encoders or more, as `embed --image` takes them.
        picture: where to draw neighbours side by side.
        split: of the outfits that questions are about.
        runs: a folder to train a model for each encoder in; None: none is trained.
        model: which model.
        settings: `key=value` of it.
        seed: of the split of items, which is that of `encoder train`, and of training.

    Raises:
        Misuse: fewer than two encoders, or one twice.
        DataError: there are no photographs.
    """
    if len(names) < 2 or len(set(names)) < len(names):
        raise Misuse("Give two encoders or more, each once.")
    if picture is not None:
        picture_format(picture)
    wardrobe = Wardrobe(wardrobe_root)
    asked, view, colours = _view(wardrobe, split, seed)
    labels = _short(names)
    features = {label: features_of(wardrobe, name) for label, name in labels.items()}
    near = {
        label: nearest_others(np.asarray(found.matrix), view.queries, view.same, NEIGHBOURS)
        for label, found in features.items()
    }
    figures = {label: _figures(view, found, near[label]) for label, found in features.items()}
    if runs is not None:
        for label, found in features.items():
            spec = _downstream(wardrobe, found, model, ["blocks=image", f"seed={seed}", *settings])
            learnt = _trained(view, spec, runs / label)
            figures[label] = replace(figures[label], trained=learnt)
    if picture is not None:
        _draw(view, near, picture)
    return EncoderComparison(
        asked=asked,
        queries=len(view.queries),
        colours=colours,
        figures=figures | {CHANCE: _chance(view, features)},
        picture=picture,
        notes=tuple(_notes(wardrobe, names, seed)),
    )


def features_of(wardrobe: Wardrobe, name: str) -> Features:
    """The vectors of an encoder: the current ones if they are its own, else made where missing.

    The current features stay what they are.
    """
    encoder = build_image_encoder(name)
    current = current_features(wardrobe).get("image")
    if current is not None and current.fingerprint == encoder.fingerprint:
        return current
    embed_beside(wardrobe, encoder)
    return open_features(wardrobe, encoder.fingerprint)


def _view(wardrobe: Wardrobe, split: Split, seed: int) -> tuple[str, _View, str]:
    category_of = pictured_items(wardrobe)
    split_of = split_items(category_of, seed=seed)
    queries = [wardrobe.rows[item] for item, part in split_of.items() if part == "test"]
    if not queries:
        raise Misuse(f"{wardrobe.root} has too few photographs to compare encoders by.")
    measured = load_photographs(wardrobe)
    joined = wardrobe.items.select("id").join(
        measured.select("id", "image_hash", "colour"),
        on="id",
        how="left",
        maintain_order="left",
    )
    column = next((name for name in SAY_COLOUR if name in wardrobe.attributes), None)
    colour = wardrobe.items[column] if column else joined["colour"]
    known = dict[str | None, int]()
    pictures = [known.setdefault(key, len(known)) for key in joined["image_hash"].to_list()]
    worn = frozenset(wardrobe.worn("train"))
    asked, questions = chosen_questions(wardrobe, split, None)
    items = wardrobe.items
    view = _View(
        wardrobe,
        np.array(sorted(queries), dtype=np.int64),
        np.array(pictures, dtype=np.int64),
        (items["category"].to_list(), items["fine"].to_list(), colour.to_list()),
        questions,
        EvaluationContext(catalogue_index_of(wardrobe), worn, seed=0),
    )
    return asked, view, f"the column {column}" if column else "measured on the photographs"


def _figures(view: _View, features: Features, near: Ints) -> EncoderFigures:
    category, fine, colour = (
        float(np.nanmean(shared(near, view.queries, labels))) for labels in view.labels
    )
    return EncoderFigures(
        encoder=features.encoder,
        dim=features.dim,
        category=category,
        fine=fine,
        colour=colour,
        mean_cosine=_measured(view, "mean_cosine", np.asarray(features.matrix)),
    )


def _chance(view: _View, features: Mapping[str, Features]) -> EncoderFigures:
    present = np.flatnonzero(next(iter(features.values())).present)
    shares = [shared_by_chance(view.queries, present, labels) for labels in view.labels]
    return EncoderFigures(
        encoder=CHANCE,
        dim=0,
        category=shares[0],
        fine=shares[1],
        colour=shares[2],
        mean_cosine=_measured(view, CHANCE, np.zeros((len(view.same), 1), dtype=np.float32)),
    )


def _measured(view: _View, control: str, vectors: Floats) -> Measures:
    fine = view.terms.index.fine
    vocabulary = tuple(sorted(set(fine)))
    category = category_index(fine, vocabulary)
    table = ItemTable(view.terms.index.ids, vectors, category, vocabulary)
    scorer = ModelScorer(fit_control(control, table, []), table)
    return measure(scorer, view.questions, view.terms)


def _downstream(
    wardrobe: Wardrobe, features: Features, model: str, settings: Sequence[str]
) -> RunSpec:
    """The spec of a run that sees photographs by this encoder, whatever the current one is."""
    spec = new_spec(wardrobe, model, parse_settings(None, settings))
    if isinstance(spec.model, FusionConfig):
        raise Misuse("A fusion is not trained; give another --model.")
    block = Block("image", features.encoder, features.fingerprint, features.dim)
    blocks = [block if one.kind == "image" else one for one in spec_blocks(spec)]
    dims = tuple(one.dim for one in blocks if one.shown)
    return replace(
        spec,
        model=replace(spec.model, block_dims=dims),
        encoders={**spec.encoders, "image": block_facts(block)},
    )


def _trained(view: _View, spec: RunSpec, out: Path) -> Measures:
    """Train a run, or take the one that a comparison before left there; then ask it."""
    done = (out / "run.toml").is_file() and Run.open(out).finished
    if not done:
        train_spec(view.wardrobe, spec, out)
    run = Run.open(out)
    if run.spec.encoders["image"]["fingerprint"] != spec.encoders["image"]["fingerprint"]:
        raise RunError(f"{out} holds a run with another encoder; give another --runs.")
    table = table_of(view.wardrobe, run.spec, run.counts)
    scorer = ModelScorer(run.model(), table)
    blind = ModelScorer(scorer.model, without_frequency(table))
    return measure(scorer, view.questions, view.terms, fitb=blind)


def _draw(view: _View, near: Mapping[str, Ints], out: Path) -> None:
    """Queries of as many categories as there are rows, and their neighbours."""
    image = view.wardrobe.items["image"].to_list()
    fine = view.labels[1]
    order = np.random.default_rng(0).permutation(len(view.queries)).tolist()
    first = {view.labels[0][view.queries[place]]: place for place in reversed(order)}
    places = [*first.values(), *(p for p in order if p not in set(first.values()))][:QUERIES]

    def shown(place: int, rows: Ints) -> list[Neighbour]:
        mine = fine[view.queries[place]]
        return [
            Neighbour(view.wardrobe.image_path(image[row]), fine[row] == mine)
            for row in rows[place].tolist()
            if row >= 0
        ]

    draw_neighbours(
        [view.wardrobe.image_path(image[view.queries[place]]) for place in places],
        {label: [shown(place, rows) for place in places] for label, rows in near.items()},
        out,
    )


def _short(names: Sequence[str]) -> dict[str, str]:
    """A short label for each encoder, and its name: that of its folder, or its own."""
    labels: dict[str, str] = {}
    for name in names:
        folder = encoder_folder(name)
        plain = folder.resolve().name if folder is not None else name.replace("/", "-")
        label, number = plain, 2
        while label in labels or label == CHANCE:
            label, number = f"{plain} {number}", number + 1
        labels[label] = name
    return labels


def _notes(wardrobe: Wardrobe, names: Sequence[str], seed: int) -> list[str]:
    """Encoders that may have been trained on items that they are asked about here."""
    notes = []
    for name in names:
        folder = encoder_folder(name)
        if folder is None:
            continue
        spec = read_encoder_spec(folder)
        same = spec.wardrobe.get("content_hash") == wardrobe.content_hash
        if not same or spec.training["pictures"]["seed"] != seed:
            notes.append(
                f"{folder} was trained on another wardrobe or split of items: some that it is "
                "asked about here it may have seen."
            )
    return notes


def _numbers(values: Sequence[float | None]) -> list[str]:
    return ["-" if value is None or value != value else f"{value:.3f}" for value in values]


def _measures(found: Measures) -> list[str]:
    facts = found.to_json()
    return _numbers(
        [facts["fitb"]["accuracy"], facts["compatibility"]["auc"], facts["completion"]["hit@10"]]
    )

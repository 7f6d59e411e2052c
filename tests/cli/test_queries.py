"""`compose --queries` on runs of the drawn wardrobe, and `score` straight from image files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from PIL import Image

from modiste.jobs.train import train
from tests.cli.conftest import Modiste
from tests.conftest import Example


@pytest.fixture(scope="module")
def bilstm(example: Example, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a small Bi-LSTM with the visual-semantic loss, hardly trained."""
    run = tmp_path_factory.mktemp("bilstm") / "run"
    settings = ("width=16", "epochs=1", "order=given", "candidates=0")
    train(example.wardrobe, run, model="bilstm", settings=settings)
    return run


@pytest.fixture
def outfit(example: Example) -> list[str]:
    """Three items or more that the drawn wardrobe puts together."""
    outfits = pl.read_parquet(example.wardrobe / "outfits.parquet")
    found = outfits.filter((pl.col("split") == "test") & (pl.col("items").list.len() >= 3))
    return list(found["items"][0])


def _file(folder: Path, *queries: dict[str, Any]) -> Path:
    file = folder / "query.json"
    file.write_text(json.dumps(queries), "utf-8")
    return file


def test_all_queries_of_a_file_are_answered_and_drawn(
    modiste: Modiste, example: Example, bilstm: Path, tmp_path: Path, outfit: list[str]
) -> None:
    photo = tmp_path / "mine.jpg"
    shutil.copy(example.wardrobe / "images" / f"{outfit[0]}.jpg", photo)
    queries = (
        {"image_query": outfit[:2], "text_query": ""},
        {"image_query": [str(photo)], "text_query": "red"},
        {"image_query": [], "text_query": "a black dress"},
    )
    for run in (example.run, bilstm):
        picture = tmp_path / f"{run.parent.name}.png"
        words = ("compose", run, "--queries", _file(tmp_path, *queries), "--looks", "2")
        answer = modiste(*words, "--wardrobe", example.wardrobe, "--picture", picture, "--json")
        assert answer.code == 0, answer.err
        found = answer.document["answers"]
        assert [each["query"] for each in found] == list(queries)
        assert [len(each["looks"]) for each in found] == [2, 2, 2]
        for look in found[0]["looks"]:
            assert [p["id"] for p in look["pieces"] if p["given"]] == outfit[:2]
        with Image.open(picture) as drawn:
            assert drawn.height > drawn.width / 2
    shown = modiste(*words, "--wardrobe", example.wardrobe)
    assert "Query 3: " in shown.out and "Look 2: " in shown.out


def test_looks_are_generated_as_published(
    modiste: Modiste, example: Example, bilstm: Path, tmp_path: Path, outfit: list[str]
) -> None:
    file = _file(tmp_path, {"image_query": outfit[:3], "text_query": "red"})
    words = ("compose", bilstm, "--queries", file, "--wardrobe", example.wardrobe)
    published = (*words, "--protocol", "han2017", "--end-threshold", "1")
    answer = modiste(*published, "--picture", tmp_path / "looks.png", "--json")
    assert answer.code == 0, answer.err
    (look,) = answer.document["answers"][0]["looks"]
    given = [piece["id"] for piece in look["pieces"] if piece["given"]]
    assert set(given) == set(outfit[:3]) and len(look["pieces"]) > 3
    assert (tmp_path / "looks.png").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ITEM", "--queries", "FILE"), "instead of ITEM"),
        (("--wish", "red", "--queries", "FILE"), "instead of ITEM"),
        (("ITEM", "--protocol", "han2017"), "--queries"),
        (("--queries", "FILE", "--end-threshold", "0.1"), "--protocol"),
        (("--queries", "FILE", "--protocol", "han2017", "--seed", "3"), "no slots"),
        (("--queries", "FILE", "--protocol", "han2017", "--colour", "red"), "no slots"),
        (("--queries", "FILE", "--protocol", "han2017", "--end-threshold", "2"), "threshold"),
        (("--queries", "FILE", "--protocol", "han2016"), "han2017"),
        (("--queries", "FILE", "--protocol", "han2017"), "leave out --protocol"),
        (("--queries", "FILE", "--picture", "looks.doc"), ".png"),
        (("--queries", "WRONG"), "Query 2 (nobody)"),
    ],
)
def test_what_cannot_be_asked_of_a_file_is_misuse(
    modiste: Modiste,
    example: Example,
    tmp_path: Path,
    outfit: list[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    file = _file(tmp_path, {"image_query": outfit[:1]})
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps([{"image_query": outfit[:1]}, {"image_query": ["nobody"]}]))
    known = {"ITEM": outfit[0], "FILE": str(file), "WRONG": str(wrong)}
    asked = [known.get(word, word) for word in words]
    answer = modiste("compose", example.run, *asked, "--wardrobe", example.wardrobe)
    assert answer.code == 2
    assert said in answer.sentence


@pytest.mark.parametrize("text", ["", "[{", "[]", '[{"image_query": 1}]'])
def test_a_malformed_file_is_one_sentence(
    modiste: Modiste, example: Example, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "query.json"
    file.write_text(text, "utf-8")
    answer = modiste("compose", example.run, "--queries", file, "--json")
    assert answer.code == 1
    assert "query.json" in answer.sentence and answer.out == ""


def test_an_outfit_is_scored_straight_from_image_files(
    modiste: Modiste, example: Example, bilstm: Path, tmp_path: Path, outfit: list[str]
) -> None:
    photos = [tmp_path / f"{letter}.jpg" for letter in "abc"]
    for photo, item in zip(photos, outfit, strict=False):
        shutil.copy(example.wardrobe / "images" / f"{item}.jpg", photo)
    answer = modiste("score", bilstm, *photos, "--wardrobe", example.wardrobe, "--json")
    assert answer.code == 0, answer.err
    assert 0 <= answer.document["probability"] <= 1
    assert [piece["guessed"] for piece in answer.document["pieces"]] == [True] * 3

"""`train`, `evaluate`, `controls`, `compare` and the stylist's commands on a run of the README."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from PIL import Image

from tests.cli.conftest import Modiste, Shop
from tests.conftest import Example

STYLING = ("score", "complete", "compose", "explain", "revise")


@pytest.fixture
def outfit(example: Example) -> list[str]:
    """Three items or more that the drawn wardrobe puts together."""
    outfits = pl.read_parquet(example.wardrobe / "outfits.parquet")
    found = outfits.filter((pl.col("split") == "test") & (pl.col("items").list.len() >= 3))
    return list(found["items"][0])


@pytest.fixture
def copied(example: Example, tmp_path: Path) -> Iterator[Example]:
    """The example again, to be damaged."""
    shutil.copytree(example.folder, tmp_path / "copy")
    yield Example(tmp_path / "copy", example.code, example.printed)


def test_evaluate_answers_as_other_programs_expect(modiste: Modiste, copied: Example) -> None:
    answer = modiste("evaluate", copied.run, "--wardrobe", copied.wardrobe, "--json")
    assert answer.code == 0, answer.err
    found = answer.document
    assert {"accuracy", "interval", "n", "unknown", "warm", "cold"} <= found["fitb"].keys()
    assert {"auc", "average_precision", "interval", "n"} <= found["compatibility"].keys()
    assert {"recall@10", "recall@30", "recall@50", "mrr", "pool"} <= found["retrieval"].keys()
    assert {"hit@1", "hit@10", "mrr", "n", "by_category"} <= found["completion"].keys()
    assert {"chance", "popularity", "co_occurrence"} <= found["controls"].keys()
    assert found["controls"]["chance"]["fitb"]["accuracy"] == 0.25
    assert (copied.run / "report.html").is_file()
    assert json.loads((copied.run / "report.json").read_text("utf-8"))["fitb"] == found["fitb"]


def test_the_run_beats_the_controls_and_stays_below_the_ceiling(
    modiste: Modiste, copied: Example
) -> None:
    found = modiste("evaluate", copied.run, "--wardrobe", copied.wardrobe, "--json").document
    auc = found["compatibility"]["auc"]
    assert auc > max(control["compatibility"]["auc"] for control in found["controls"].values())
    assert auc < found["ceiling"]["auc"]


def test_questions_written_to_a_file_are_the_questions_asked(
    modiste: Modiste, copied: Example, tmp_path: Path
) -> None:
    file = tmp_path / "q.jsonl"
    words = ("data", "questions", copied.wardrobe, "--out", file, "--seed", "1", "--json")
    assert modiste(*words).document["questions"]["fitb"] > 0
    asked = ("--wardrobe", copied.wardrobe, "--json")
    by_file = modiste("controls", copied.wardrobe, "--questions", file, "--json").document
    by_split = modiste("controls", copied.wardrobe, "--json").document
    assert by_file["controls"] == by_split["controls"]
    assert modiste("evaluate", copied.run, "--questions", file, *asked).code == 0


def test_a_question_with_an_unknown_item_counts_as_chance(
    modiste: Modiste, copied: Example, tmp_path: Path, outfit: list[str]
) -> None:
    file = tmp_path / "q.jsonl"
    line = {"kind": "fitb", "question": ["nobody"], "candidates": outfit[:2], "answer": 0}
    file.write_text(json.dumps(line) + "\n", "utf-8")
    words = ("evaluate", copied.run, "--wardrobe", copied.wardrobe, "--questions", file, "--json")
    found = modiste(*words).document
    assert found["fitb"]["accuracy"] == 0.5
    assert found["fitb"]["unknown"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("{}\n", "line 1"), ('{"kind": "fitb"\n', "line 1"), ("", "no question"), ("\xff", "UTF-8")],
)
def test_a_bad_question_file_is_named_with_its_line(
    modiste: Modiste, example: Example, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "q.jsonl"
    file.write_bytes(text.encode("latin-1"))
    words = ("--wardrobe", example.wardrobe, "--questions", file, "--json")
    answer = modiste("evaluate", example.run, *words)
    assert answer.code == 1
    assert "q.jsonl" in answer.sentence
    assert said in answer.sentence
    assert answer.out == ""


def test_a_question_set_that_does_not_exist_is_misuse(modiste: Modiste, example: Example) -> None:
    answer = modiste("controls", example.wardrobe, "--questions", "official-tset")
    assert answer.code == 2
    assert "official-tset" in answer.sentence


def test_every_styling_command_answers_in_words_json_and_pictures(
    modiste: Modiste, example: Example, tmp_path: Path, outfit: list[str]
) -> None:
    for command in STYLING:
        picture = tmp_path / f"{command}.png"
        words = (command, example.run, *outfit, "--wardrobe", example.wardrobe)
        shown = modiste(*words, "--picture", picture)
        assert shown.code == 0, shown.err
        assert shown.out.strip()
        with Image.open(picture) as drawn:
            assert drawn.width >= 240
        assert modiste(*words, "--json").document


def test_a_look_is_composed_from_nothing_and_from_a_wish(
    modiste: Modiste, example: Example
) -> None:
    words = ("compose", example.run, "--wardrobe", example.wardrobe, "--json")
    looks = modiste(*words, "--looks", "2").document["looks"]
    assert len(looks) == 2
    assert modiste(*words, "--wish", "a red dress").document["looks"][0]["wish"] > 0


def test_a_new_photograph_is_an_item(
    modiste: Modiste, example: Example, tmp_path: Path, outfit: list[str]
) -> None:
    photo = tmp_path / "mine.jpg"
    shutil.copy(example.wardrobe / "images" / f"{outfit[0]}.jpg", photo)
    words = ("score", example.run, photo, outfit[1], "--wardrobe", example.wardrobe, "--json")
    found = modiste(*words)
    assert found.code == 0, found.err
    assert 0 <= found.document["probability"] <= 1


def test_filters_hold(modiste: Modiste, example: Example, outfit: list[str]) -> None:
    items = pl.read_parquet(example.wardrobe / "items.parquet")
    middle = float(items["price"].median())  # type: ignore[arg-type]
    words = ("complete", example.run, outfit[0], "--wardrobe", example.wardrobe, "--json")
    found = modiste(*words, "--price-max", middle, "--colour", "black", "-k", "5").document
    prices = dict(zip(items["id"], items["price"], strict=True))
    colours = dict(zip(items["id"], items["color"], strict=True))
    suggested = [suggestion["id"] for suggestion in found["suggestions"]]
    assert suggested
    assert all(prices[item] <= middle and colours[item] == "black" for item in suggested)


@pytest.mark.parametrize("command", STYLING)
def test_an_unknown_item_is_misuse_and_the_nearest_is_suggested(
    modiste: Modiste, example: Example, outfit: list[str], command: str
) -> None:
    misspelt = outfit[0][:-1]
    words = (command, example.run, misspelt, outfit[1], "--wardrobe", example.wardrobe)
    answer = modiste(*words)
    assert answer.code == 2
    assert misspelt in answer.sentence
    assert "did you mean" in answer.sentence


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("score", "ITEM"), "two items"),
        (("score", "ITEM", "ITEM"), "more than once"),
        (("complete", "ITEM", "--category", "shose"), "'shoes'"),
        (("complete", "ITEM", "--with", "season"), "NAME=VALUE"),
        (("complete", "ITEM", "--with", "=2023"), "NAME=VALUE"),
        (("complete", "ITEM", "--without", "season="), "NAME=VALUE"),
        (("complete", "ITEM", "--price-min", "9", "--price-max", "1"), "price"),
        (("complete", "ITEM", "--diversity", "2"), "diversity"),
        (("complete", "ITEM", "--price-max", "0"), "filter"),
        (("compose", "--slots", "shoes,hats,hatt"), "hatt"),
        (("compose", "--wish", " "), "wish"),
        (("revise", "ITEM", "OTHER", "--keep", "ITEM", "--keep", "OTHER"), "keep"),
    ],
)
def test_a_wish_that_cannot_be_is_misuse(
    modiste: Modiste, example: Example, outfit: list[str], words: tuple[str, ...], said: str
) -> None:
    command, *rest = (w.replace("ITEM", outfit[0]).replace("OTHER", outfit[1]) for w in words)
    answer = modiste(command, example.run, *rest, "--wardrobe", example.wardrobe)
    assert answer.code == 2
    assert said in answer.sentence


def test_a_photograph_that_cannot_be_read_is_named(
    modiste: Modiste, example: Example, tmp_path: Path, outfit: list[str]
) -> None:
    photo = tmp_path / "mine.jpg"
    photo.write_bytes(b"no picture")
    words = ("score", example.run, photo, outfit[0], "--wardrobe", example.wardrobe)
    answer = modiste(*words)
    assert answer.code == 1
    assert "mine.jpg" in answer.sentence


def test_a_picture_of_no_known_format_is_misuse(
    modiste: Modiste, example: Example, tmp_path: Path, outfit: list[str]
) -> None:
    words = ("score", example.run, *outfit, "--wardrobe", example.wardrobe)
    answer = modiste(*words, "--picture", tmp_path / "look.doc")
    assert answer.code == 2
    assert ".png" in answer.sentence


def _missing(example: Example) -> None:
    shutil.rmtree(example.run)


def _cut_weights(example: Example) -> None:
    _cut(example.run / "weights.safetensors")


def _cut_features(example: Example) -> None:
    for vectors in (example.wardrobe / "features").glob("*/vectors.f32"):
        _cut(vectors)


def _garbled_run(example: Example) -> None:
    (example.run / "run.toml").write_text("model = [", "utf-8")


def _no_features(example: Example) -> None:
    shutil.rmtree(example.wardrobe / "features")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_missing, "modiste train"),
        (_cut_weights, "weights.safetensors"),
        (_garbled_run, "run.toml"),
        (_cut_features, "modiste embed"),
        (_no_features, "modiste embed"),
    ],
)
def test_what_is_damaged_is_named_with_the_way_out(
    modiste: Modiste,
    copied: Example,
    outfit: list[str],
    damage: Callable[[Example], None],
    said: str,
) -> None:
    damage(copied)
    for command in (("evaluate", copied.run), ("score", copied.run, *outfit)):
        answer = modiste(*command, "--wardrobe", copied.wardrobe)
        assert answer.code == 1
        assert said in answer.sentence


def test_cut_features_are_made_whole_by_embedding_again(modiste: Modiste, copied: Example) -> None:
    _cut_features(copied)
    again = modiste("embed", copied.wardrobe, "--json")
    assert again.code == 0, again.err
    assert 0 < again.document["encoded"]["image"] < 300
    assert modiste("evaluate", copied.run, "--wardrobe", copied.wardrobe).code == 0


def test_a_run_of_another_wardrobe_is_refused(
    modiste: Modiste, example: Example, shop: Shop, tmp_path: Path
) -> None:
    assert modiste("data", "table", *shop.words, "--out", tmp_path / "W").code == 0
    answer = modiste("evaluate", example.run, "--wardrobe", tmp_path / "W")
    assert answer.code == 1
    assert "none of its items" in answer.sentence


def test_a_wardrobe_that_has_moved_is_asked_for(modiste: Modiste, copied: Example) -> None:
    toml = copied.run / "run.toml"
    here = str(copied.wardrobe.resolve())
    text = toml.read_text("utf-8")
    toml.write_text(text.replace(_path_in(text), here + "-moved"), "utf-8")
    answer = modiste("evaluate", copied.run)
    assert answer.code == 1
    assert "--wardrobe" in answer.sentence


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "epohcs=3"), "'epochs'"),
        (("--set", "epochs"), "key=value"),
        (("--set", "epochs=0"), "epochs"),
        (("--set", "lr=fast"), "lr"),
        (("--model", "set_transfomer"), "'set_transformer'"),
    ],
)
def test_a_setting_that_cannot_be_is_misuse(
    modiste: Modiste, example: Example, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    answer = modiste("train", example.wardrobe, "--out", tmp_path / "run", *words)
    assert answer.code == 2
    assert said in answer.sentence
    assert not (tmp_path / "run" / "run.toml").exists()


def test_a_finished_run_is_not_trained_over(modiste: Modiste, example: Example) -> None:
    answer = modiste("train", example.wardrobe, "--out", example.run)
    assert answer.code == 1
    assert "--out" in answer.sentence


def test_a_run_that_diverges_stops_and_says_so(
    modiste: Modiste, example: Example, tmp_path: Path
) -> None:
    words = ("--set", "lr=1e30", "--set", "warmup=0", "--set", "epochs=2")
    answer = modiste("train", example.wardrobe, "--out", tmp_path / "run", *words)
    assert answer.code == 1
    assert "--set lr=" in answer.sentence


def test_runs_are_compared_on_the_same_questions(
    modiste: Modiste, example: Example, tmp_path: Path
) -> None:
    short = ("--set", "epochs=1", "--seed", "1")
    trained = modiste("train", example.wardrobe, "--out", tmp_path / "run", *short, "--json")
    assert trained.code == 0, trained.err
    words = ("compare", example.run, tmp_path / "run", "--wardrobe", example.wardrobe)
    found = modiste(*words, "--json").document
    gain = found["gains"][str(tmp_path / "run")]["fitb"]
    first, second = (run["fitb"]["accuracy"] for run in found["runs"].values())
    assert gain["value"] == pytest.approx(second - first, abs=1e-3)
    assert 0 < gain["p_value"] <= 1
    assert modiste(*words).out
    assert modiste("compare", example.run).code == 2
    assert modiste("compare", example.run, example.run).code == 2


def _cut(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def _path_in(toml: str) -> str:
    return next(line.split('"')[1] for line in toml.splitlines() if line.startswith("path = "))

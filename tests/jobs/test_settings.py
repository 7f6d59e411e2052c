"""Settings from a file and from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from modiste.errors import DataError, Misuse
from modiste.jobs.spec import check_types, parse_settings
from modiste.training.loop import TrainConfig


def test_values_are_read_as_toml_and_pairs_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    file.write_text('lr = 0.1\nmodel = "set_transformer"\n')
    found = parse_settings(file, ["lr=0.5", "epochs=3", "precision=no"])
    assert found == {"lr": 0.5, "epochs": 3, "precision": "no", "model": "set_transformer"}


@pytest.mark.parametrize("pair", ["lr", "=3", ""])
def test_a_pair_without_key_or_equals_is_misuse(pair: str) -> None:
    with pytest.raises(Misuse, match="key=value"):
        parse_settings(None, [pair])


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No file"):
        parse_settings(tmp_path / "f.toml", [])
    (tmp_path / "f.toml").write_text("lr = = 3")
    with pytest.raises(DataError, match="TOML"):
        parse_settings(tmp_path / "f.toml", [])


@pytest.mark.parametrize("wrong", [{"lr": "abc"}, {"epochs": 2.5}, {"epochs": True}, {"seed": "x"}])
def test_a_number_must_be_one(wrong: dict[str, object]) -> None:
    with pytest.raises(Misuse, match=next(iter(wrong))):
        check_types(TrainConfig, wrong)


def test_a_whole_number_is_a_number() -> None:
    check_types(TrainConfig, {"lr": 1, "epochs": 3, "precision": "no"})

"""The program as a program: help, errors, exit codes, streams."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from modiste.cli.main import guarded
from modiste.cli.output import plain_values, respond
from tests.cli.conftest import Modiste

MODISTE = (sys.executable, "-m", "modiste.cli")


def test_help_is_instant() -> None:
    before = os.times()
    done = subprocess.run([*MODISTE, "--help"], capture_output=True, text=True, check=True)
    after = os.times()
    spent = after.children_user + after.children_system
    spent -= before.children_user + before.children_system
    assert "complete" in done.stdout
    assert spent < 0.5, "seconds of a processor, which other work on the machine does not change"


def test_no_command_shows_the_help(modiste: Modiste) -> None:
    assert modiste().out == modiste("--help").out
    assert modiste("data").out == modiste("data", "--help").out


def test_every_command_says_what_it_does_in_one_line(modiste: Modiste) -> None:
    for words in ((), ("data",)):
        commands = modiste(*words, "--help").out.partition("Commands:")[2]
        assert commands
        assert "..." not in commands


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("audt", "W"), "'audit'"),
        (("audit", "W", "--jsn"), "--json"),
        (("evaluate", "R", "--split", "tset"), "'test'"),
        (("train", "W"), "--out"),
        (("complete", "R", "a", "-k", "none"), "-k"),
    ],
)
def test_misuse_is_one_sentence_with_a_hint(
    modiste: Modiste, words: tuple[str, ...], hint: str
) -> None:
    answer = modiste(*words)
    assert answer.code == 2
    assert hint in answer.sentence
    assert answer.out == ""


def test_a_missing_wardrobe_is_an_error_of_ours(modiste: Modiste, tmp_path: Path) -> None:
    answer = modiste("audit", tmp_path / "nowhere", "--json")
    assert answer.code == 1
    assert "nowhere" in answer.sentence
    assert answer.out == ""


def test_a_defect_is_one_sentence_and_a_traceback_only_if_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MODISTE_DEBUG", raising=False)
    assert guarded(lambda: 1 / 0) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ZeroDivisionError")
    assert said.count("\n") == 1
    assert "report" in said
    monkeypatch.setenv("MODISTE_DEBUG", "1")
    assert guarded(lambda: 1 / 0) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (OSError(28, "No space left on device", "W/x"), "full"),
        (OSError(30, "Read-only file system", "W/x"), "W/x"),
        (RuntimeError("IoError: No space left on device (os error 28)"), "full"),
        (MemoryError(), "memory"),
    ],
)
def test_what_the_machine_lacks_is_said(
    error: Exception, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    assert guarded(fail) == 1
    said = capsys.readouterr().err
    assert word in said
    assert "defect" not in said


def test_under_json_nothing_else_reaches_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def chatty() -> dict[str, float]:
        print("a library that talks")
        return {"value": float("nan")}

    respond(chatty, print, as_json=True)
    captured = capsys.readouterr()
    assert captured.out == '{\n  "value": null\n}\n'
    assert "talks" in captured.err


def test_values_without_a_json_form_are_refused() -> None:
    with pytest.raises(TypeError):
        plain_values(object())


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    command = " ".join(MODISTE)
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} complete --help | true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


@pytest.mark.parametrize("stage", ["drawing", "starting"])
def test_ctrl_c_is_one_sentence_and_130(stage: str, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*MODISTE, "demo", "--out", str(tmp_path / "demo"), "--no-open"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a terminal interrupts the whole group, so do we
    ) as child:
        if stage == "drawing":
            assert child.stderr is not None
            assert child.stderr.readline() == "draw ...\n"
            _wait_for(lambda: any((tmp_path / "demo" / "wardrobe" / "images").glob("*.jpg")))
        else:
            maps = Path(f"/proc/{child.pid}/maps")
            if not maps.exists():
                pytest.skip("no /proc to see by what a process has loaded")
            _wait_for(lambda: "libtorch" in maps.read_text())  # which takes seconds to load
        os.killpg(child.pid, signal.SIGINT)
        out, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert out == ""
    assert said.startswith("error: stopped")
    assert said.count("\n") == 1


def _wait_for(happened: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)

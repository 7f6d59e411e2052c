from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from modiste.cli.main import main
from modiste.serving.server import listen
from tests.conftest import Example
from tests.serving.live import modiste_serve

KEY = "a-key-of-twenty-char"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--allow-origin", "shop.example"], "--allow-origin shop.example: give an origin such as"),
        (["--allow-origin", "https://a.example/page"], "give an origin such as"),
        (["--catalogue", "c", "--wardrobe", "w"], "give one of them"),
        (["--key-file", "nowhere.txt"], "Cannot read keys from nowhere.txt"),
        (["--port", "70000"], "--port"),
        (["--rate", "-1"], "--rate"),
        (["--host", "no.such.host.invalid"], "no such host"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "run", *words]) == 2
    told = capsys.readouterr().err
    assert sentence in told and told.count("\n") == 1


def test_a_busy_port_is_told_before_anything_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "no-such-run", "--port", str(port)]) == 2
    assert f"Port {port} of 127.0.0.1 is in use" in capsys.readouterr().err


def test_a_run_that_is_not_there_ends_it_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="exit code 1: .*error: .*nowhere"):
        with modiste_serve(tmp_path / "nowhere"):
            pass


def test_it_serves_the_page_and_the_api_and_ends_well(example: Example, tmp_path: Path) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_text(KEY, "utf-8")
    with modiste_serve(example.run, "--key-file", str(keys), "--rate", "100") as live:
        with live.client() as client:
            ready = client.get("/v1/ready").json()
            assert ready["status"] == "ready" and ready["items"] > 100
            assert client.get("/").headers["content-type"].startswith("text/html")
            pieces = [item["id"] for item in client.get("/v1/items?limit=2").json()["items"]]
            scored = client.post("/v1/score", json={"pieces": pieces})
            assert scored.status_code == 200 and 0 <= scored.json()["probability"] <= 1
            path = f"/v1/items/{pieces[0]}"
            assert client.delete(path).status_code == 401
            assert client.delete(path, headers={"X-Modiste-Key": KEY}).status_code == 409
            text = client.get("/v1/metrics").text
            assert 'route="/v1/score",status="200"} 1.0' in text
            assert "modiste_model_call_seconds_count 0.0" not in text
        live.process.send_signal(signal.SIGTERM)
        assert live.process.wait(20) == 0
    lines = [json.loads(line) for line in live.log]
    assert [line["route"] for line in lines[:2]] == ["/v1/ready", "/"]
    assert KEY not in "".join(live.log)

from __future__ import annotations

from pathlib import Path

import pytest

from modiste.errors import Misuse
from modiste.serving.edge.access import ENVIRONMENT, digest, known, read_keys
from tests.serving.edged import caller

KEY = "a-key-of-twenty-char"
DIGESTS = frozenset({digest(KEY), digest("another-key-of-the-shop")})


@pytest.fixture(autouse=True)
def no_keys_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENVIRONMENT, raising=False)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "key_missing"),
        ({"X-Modiste-Key": ""}, 401, "key_missing"),
        ({"Authorization": "Basic abc"}, 401, "key_missing"),
        ({"X-Modiste-Key": "wrong"}, 403, "key_wrong"),
        ({"X-Modiste-Key": KEY[:-1]}, 403, "key_wrong"),
        ({"Authorization": "Bearer wrong"}, 403, "key_wrong"),
        ({"X-Modiste-Key": KEY}, 200, None),
        ({"Authorization": f"Bearer {KEY}"}, 200, None),
        ({"Authorization": f"bearer {KEY}"}, 200, None),
    ],
)
def test_writing_takes_a_key(headers: dict[str, str], status: int, code: str | None) -> None:
    answer = caller(key_digests=DIGESTS).delete("/v1/items/a", headers=headers)
    assert answer.status_code == status
    assert answer.json().get("error", {}).get("code") == code
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_without_keys_nobody_may_write_and_the_answer_says_how_to_change_that() -> None:
    answer = caller().delete("/v1/items/a", headers={"X-Modiste-Key": KEY})
    assert answer.status_code == 403
    assert "--key-file" in answer.json()["error"]["message"]


def test_reading_takes_no_key() -> None:
    assert caller(key_digests=DIGESTS).get("/v1/items/a").status_code == 200


def test_a_key_is_known_by_its_digest() -> None:
    assert known(KEY, DIGESTS) == digest(KEY)
    assert known("other", DIGESTS) is None and known(None, DIGESTS) is None
    assert KEY.encode() not in digest(KEY)


def test_keys_are_read_from_a_file_and_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.txt"
    file.write_text(f"# the shop's\n{KEY}  # till\n\n", "utf-8")
    assert read_keys(file) == {digest(KEY)}
    monkeypatch.setenv(ENVIRONMENT, "first-key-0123456, second-key-012345")
    assert read_keys(file) == {
        digest(KEY),
        digest("first-key-0123456"),
        digest("second-key-012345"),
    }
    monkeypatch.delenv(ENVIRONMENT)
    assert read_keys(None) == frozenset()


@pytest.mark.parametrize(
    ("text", "word"), [("", "no key"), ("# none\n", "no key"), ("short\n", "16 characters")]
)
def test_a_file_without_a_good_key_is_refused(tmp_path: Path, text: str, word: str) -> None:
    file = tmp_path / "keys.txt"
    file.write_text(text, "utf-8")
    with pytest.raises(Misuse, match=word):
        read_keys(file)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="nowhere.txt"):
        read_keys(tmp_path / "nowhere.txt")

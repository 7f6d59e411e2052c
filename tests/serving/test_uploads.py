"""Photographs that visitors bring: what is kept of them, for whom, and what is refused."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import tempfile
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from modiste.serving.photographs.uploads import UploadStore
from modiste.serving.service import Service
from modiste.serving.sources import ReadySource
from modiste.stylist.stylist import Stylist
from tests.serving.conftest import KEY, MakeService, client_of, stylist_of


def picture(colour: str = "red", kind: str = "JPEG", size: tuple[int, int] = (40, 60)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def send(client: TestClient, data: bytes, name: str = "a.jpg", **fields: str) -> Any:
    return client.post("/v1/uploads", files={"file": (name, data)}, data=fields)


def sent(client: TestClient, data: bytes | None = None, **fields: str) -> dict[str, Any]:
    response = send(client, picture() if data is None else data, **fields)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says that it has many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000)
    end = chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + end


def test_a_photograph_is_a_piece_like_any_other(client: TestClient) -> None:
    upload = sent(client, category="boots")
    assert upload["category"] == "shoes" and not upload["guessed"] and upload["note"] == ""
    pieces = [upload["id"], "shirts-red-0"]
    for what in ("score", "complete", "compose", "explain", "revise"):
        response = client.post(f"/v1/{what}", json={"pieces": pieces})
        assert response.status_code == 200, response.text
    assert client.get("/v1/items", params={"like": upload["id"]}).status_code == 200
    assert client.get("/v1/items", params={"fits": pieces}).status_code == 200
    assert client.get(f"/v1/uploads/{upload['id']}").json()["id"] == upload["id"]


def test_what_it_shows_is_guessed_and_said(client: TestClient) -> None:
    upload = sent(client)
    assert upload["guessed"] and "is taken for" in upload["note"]
    assert ".jpg" not in upload["note"]


def test_the_cookie_is_random_and_no_script_reads_it(client: TestClient) -> None:
    cookie = send(client, picture()).headers["set-cookie"]
    assert cookie.startswith("modiste_visitor=") and len(cookie.split(";")[0]) > 40
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Max-Age" not in cookie


def test_another_visitors_photograph_is_unknown(client: TestClient) -> None:
    upload = sent(client)
    client.cookies.clear()
    for stranger in (None, "somebody-who-guesses-a-name"):
        if stranger:
            client.cookies.set("modiste_visitor", stranger)
        pieces = [upload["id"], "boots-red-0"]
        assert code(client.post("/v1/score", json={"pieces": pieces})) == (422, "unknown_item")
        assert client.get(f"/v1/uploads/{upload['id']}").status_code == 404
        assert client.get(f"/v1/uploads/{upload['id']}/image").status_code == 404
        assert client.delete(f"/v1/uploads/{upload['id']}").status_code == 404


def test_nothing_of_the_file_is_kept_but_the_picture(client: TestClient, service: Service) -> None:
    tags = Image.Exif()
    tags[0x010E] = "where I live"
    tags[0x0112] = 6  # lies on its side
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(file, "JPEG", exif=tags, comment=b"secret")
    upload = sent(client, file.getvalue() + b"<script>PK\x03\x04")
    kept = service.uploads._kept[upload["id"]].path.read_bytes()
    assert not [word for word in (b"where I", b"secret", b"script", b"Exif") if word in kept]
    assert Image.open(io.BytesIO(kept)).size == (40, 60)
    shown = client.get(f"/v1/uploads/{upload['id']}/image?size=96")
    assert shown.headers["content-type"] == "image/webp"
    assert "private" in shown.headers["cache-control"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_file_is_what_it_holds_whatever_its_name(client: TestClient, kind: str) -> None:
    assert send(client, picture(kind=kind), name="../../x.exe").status_code == 201


@pytest.mark.parametrize(
    ("what", "data"),
    {
        "truncated": picture(size=(400, 400))[:600],
        "page": b"<html><script>alert(1)</script></html>",
        "drawing": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "script": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "archive": b"PK\x03\x04" + b"\0" * 100,
        "bomb": bomb(50_000, 50_000),
        "just too large": bomb(8_000, 5_001),
        "line": picture(size=(4000, 1)),
        "empty": b"",
    }.items(),
)
def test_what_is_no_photograph_is_refused_and_not_kept(
    client: TestClient, service: Service, what: str, data: bytes
) -> None:
    before = set(service.uploads.folder.iterdir())
    assert code(send(client, data)) == (422, "image_unreadable")
    assert set(service.uploads.folder.iterdir()) == before


def test_too_many_bytes_are_refused_said_or_streamed(client: TestClient) -> None:
    large = b"\xff\xd8" + b"\0" * (10 * 2**20)
    assert code(send(client, large)) == (413, "too_large")

    def stream() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(200):
            yield b"\0" * 100_000

    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    response = client.post("/v1/uploads", content=stream(), headers=kind)
    assert code(response) == (413, "too_large")
    assert response.json()["error"]["message"].startswith("The body is larger than 10551296 bytes")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"json": {}}, (415, "unsupported_media")),
        ({"data": {"category": "boots"}}, (415, "unsupported_media")),
        ({"files": {"photo": ("a", b"x")}}, (422, "invalid")),
        ({"files": {"file": (None, b"x")}}, (422, "invalid")),
        ({"files": {"file": picture()}, "data": {"keep": "maybe"}}, (422, "invalid")),
        ({"files": {"file": picture()}, "data": {"category": "x" * 201}}, (422, "invalid")),
        ({"files": {"file": picture()}, "data": {"category": "hats"}}, (422, "unknown_name")),
        ({"files": {"file": picture()}, "data": {"size": "M"}}, (422, "invalid")),
        ({"files": [("file", picture()), ("file", picture())]}, (400, "malformed")),
        (
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
            (400, "malformed"),
        ),
        (
            {"content": b"xx", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
            (400, "malformed"),
        ),
    ],
)
def test_a_form_that_is_not_as_described_is_refused(
    client: TestClient, asked: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert code(client.post("/v1/uploads", **asked)) == expected


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"files": [("file", picture())] * 2}, "Too many files. Maximum number of files is 1."),
        (
            {"files": {"file": picture()}, "data": {"category": "x" * 4097}},
            "Part exceeded maximum size of 4KB.",
        ),
        (
            {"files": {"file": picture()}, "data": {f"field {n}": "x" for n in range(5)}},
            "Too many fields. Maximum number of fields is 4.",
        ),
        (
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
            "Missing boundary in multipart.",
        ),
    ],
)
def test_a_form_of_too_much_is_told_its_limit(
    client: TestClient, asked: dict[str, Any], said: str
) -> None:
    response = client.post("/v1/uploads", **asked)
    assert code(response) == (400, "malformed")
    assert response.json()["error"]["message"] == f"The form is malformed: {said}"


def test_a_removed_photograph_is_gone_with_its_file(client: TestClient, service: Service) -> None:
    upload = sent(client)
    path = service.uploads._kept[upload["id"]].path
    assert client.delete(f"/v1/uploads/{upload['id']}").json() == {"removed": 1}
    assert not path.exists()
    assert client.get(f"/v1/uploads/{upload['id']}").status_code == 404


def test_the_oldest_of_too_many_go(make_service: MakeService) -> None:
    service = make_service(uploads_each=2, uploads_total=3)
    with client_of(service) as client:
        mine = [sent(client)["id"] for _ in range(3)]
        seen = [client.get(f"/v1/uploads/{name}").status_code for name in mine]
        assert seen == [404, 200, 200]
        jar = dict(client.cookies)
        client.cookies.clear()
        for _ in range(2):
            sent(client)
        client.cookies.clear()
        client.cookies.update(jar)
        assert client.get(f"/v1/uploads/{mine[1]}").status_code == 404
        assert client.get(f"/v1/uploads/{mine[2]}").status_code == 200
    assert len(list(service.uploads.folder.glob("*"))) in (0, 3)


def test_a_visit_ends_after_a_while_without_a_request(dresser: Stylist) -> None:
    now = [0.0]
    uploads = UploadStore(seconds=100, clock=lambda: now[0])
    served = ReadySource(dresser).load()
    kept = []
    for visitor in ("a", "b"):
        clean = uploads.clean(picture())
        kept.append(uploads.keep(served, visitor, clean, dresser.photograph(clean.path)))
    now[0] = 90
    assert uploads.find(kept[0].id, "a") is not None
    now[0] = 150
    assert uploads.expire() == 1
    assert uploads.find(kept[0].id, "a") is not None and uploads.find(kept[1].id, "b") is None
    assert kept[0].path.exists() and not kept[1].path.exists()
    uploads.close()
    assert not uploads.folder.exists()


def test_nobody_is_seen_while_those_who_have_gone_are_looked_for(dresser: Stylist) -> None:
    served = ReadySource(dresser).load()
    asked: list[threading.Thread] = []
    seen = threading.Event()

    def find() -> None:
        uploads.find(upload.id, "a")
        seen.set()

    def clock() -> float:
        if expiring:  # what `expire` asks before it goes through the visitors
            expiring.clear()
            asked.append(threading.Thread(target=find))
            asked[0].start()
            assert not seen.wait(0.2)
        return 0.0

    expiring: set[str] = set()
    uploads = UploadStore(clock=clock)
    clean = uploads.clean(picture())
    upload = uploads.keep(served, "a", clean, dresser.photograph(clean.path))
    expiring.add("now")
    uploads.expire()
    asked[0].join(30)
    assert seen.is_set()


def test_the_folder_of_a_process_that_was_killed_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, alive = f"modiste-visit-{ended.pid}-a", f"modiste-visit-{os.getpid()}-b"
    for name in (left, alive, "modiste-visit-other"):
        (tmp_path / name).mkdir()
    uploads = UploadStore()
    assert not (tmp_path / left).exists()
    assert (tmp_path / alive).exists() and (tmp_path / "modiste-visit-other").exists()
    uploads.close()


def test_the_folder_is_for_nobody_else(service: Service) -> None:
    assert service.uploads.folder.stat().st_mode & 0o077 == 0


def test_to_keep_a_photograph_needs_a_key(client: TestClient) -> None:
    assert code(send(client, picture(), keep="true")) == (401, "key_missing")


def test_a_kept_photograph_is_everybodys_and_outlives_the_process(
    dresser: Stylist, tmp_path: Path, make_service: MakeService
) -> None:
    key = {"X-Modiste-Key": KEY}
    with client_of(make_service(data=tmp_path)) as client:
        form = {"files": {"file": picture()}, "data": {"keep": "true", "category": "boots"}}
        upload = client.post("/v1/uploads", headers=key, **form).json()
        assert upload["expires"] is None and not client.cookies
    with client_of(make_service(data=tmp_path)) as client:
        piece = client.get(f"/v1/uploads/{upload['id']}").json()
        assert piece["fine"] == "boots"
        assert client.get(f"/v1/uploads/{upload['id']}/image").status_code == 200
        assert client.delete(f"/v1/uploads/{upload['id']}").status_code == 401
        assert client.delete(f"/v1/uploads/{upload['id']}", headers=key).status_code == 200
    assert not list((tmp_path / "photographs").iterdir())


def test_without_a_folder_nothing_is_kept(make_service: MakeService) -> None:
    with client_of(make_service(data=None)) as client:
        form = {"files": {"file": picture()}, "data": {"keep": "true"}}
        response = client.post("/v1/uploads", headers={"X-Modiste-Key": KEY}, **form)
        assert code(response) == (409, "conflict")


def test_a_run_that_does_not_look_refuses_photographs(
    boutique: Any, make_service: MakeService
) -> None:
    from modiste.stylist.wishes import QueryEncoders

    blind = stylist_of(boutique)
    object.__setattr__(blind.context, "query_encoders", QueryEncoders())
    with client_of(make_service(ReadySource(blind))) as client:
        assert code(send(client, picture())) == (422, "misuse")

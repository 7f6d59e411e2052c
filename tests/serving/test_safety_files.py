"""Files and names that mean harm, sent to a live service; it answers, and goes on answering."""

from __future__ import annotations

import io
import json
import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from PIL import Image

from tests.conftest import Example
from tests.serving.live import Live, closed_within, modiste_serve

SECRET = "a secret beside the wardrobe"
REFUSED = {400, 404, 413, 414, 415, 422, 431}


@pytest.fixture(scope="module")
def live(example: Example) -> Iterator[Live]:
    """`modiste serve` on the example's run, with a secret file where a path could lead."""
    (example.folder / "secret.txt").write_text(SECRET, "utf-8")
    with modiste_serve(example.run, "--quiet") as live:
        with live.client() as client:
            client.get("/v1/items")
        yield live


@pytest.fixture
def client(live: Live) -> Iterator[httpx2.Client]:
    """A client; after every test the service still lives, and answers soon."""
    with live.client(60) as client:
        yield client
        began = time.perf_counter()
        assert client.get("/v1/health").status_code == 200
        assert time.perf_counter() - began < 5
    assert live.process.poll() is None
    assert not any("Traceback" in line for line in live.log), live.log


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(side: int) -> bytes:
    """A small file that says that it is `side` x `side` pixels, and is, all of them black."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    packer, body = zlib.compressobj(9), b""
    for _ in range(min(side, 500)):
        body += packer.compress(b"\0" * (side + 1))
    body += packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def jpeg(**options: object) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((64, 96), 60).convert("RGB").save(file, "JPEG", **options)
    return file.getvalue()


def text_bomb() -> bytes:
    """A PNG whose compressed text is 60 MB."""
    text = chunk(b"zTXt", b"note\0\0" + zlib.compress(b"a" * 60_000_000, 9))
    plain = io.BytesIO()
    Image.new("RGB", (8, 8)).save(plain, "PNG")
    data = plain.getvalue()
    return data[:33] + text + data[33:]


def animated() -> bytes:
    frames = [Image.new("P", (16, 16), number % 250) for number in range(3000)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=1)
    return file.getvalue()


def large_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "x" * 60_000
    return jpeg(exif=exif)


FILES: dict[str, Callable[[], bytes]] = {
    "png of 50,000 x 50,000": lambda: png_bomb(50_000),
    "png of 2 x 10^9 pixels a side": lambda: (
        png_bomb(5)[:16] + struct.pack(">II", 2**31 - 1, 2**31 - 1) + png_bomb(5)[24:]
    ),
    "png with 60 MB of text": text_bomb,
    "gif of 3,000 frames": animated,
    "jpeg with a large exif": large_exif,
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "svg with an entity bomb": lambda: b'<!DOCTYPE a [<!ENTITY b "bb">]><svg>&b;</svg>',
    "svg that names a file": lambda: b'<svg><image href="file:///etc/passwd"/></svg>',
    "truncated jpeg": lambda: jpeg()[:-900],
    "head of a jpeg": lambda: jpeg()[:20],
    "html in a jpeg": lambda: jpeg() + b"<html><script>alert(1)</script></html>",
    "jpeg in html": lambda: b"<html><!--" + jpeg() + b"--></html>",
    "zip": lambda: b"PK\x03\x04" + b"\0" * 100,
    "pdf": lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
    "nothing": lambda: b"",
    "one byte": lambda: b"\xff",
    "zeros": lambda: b"\0" * 100_000,
    "text": lambda: b"shoes=photo.jpg",
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_or_drawn_again_and_memory_stays(
    name: str, live: Live, client: httpx2.Client
) -> None:
    data = FILES[name]()
    before, began = live.memory(), time.perf_counter()
    answer = client.post("/v1/uploads", files={"file": ("photo.jpg", data, "image/jpeg")})
    assert answer.status_code in (201, 413, 415, 422), answer.text
    assert time.perf_counter() - began < 30
    assert live.memory() - before < 250
    if answer.status_code != 201:
        return assert_error(answer)
    shown = client.get(answer.json()["image"], params={"size": 96})
    assert shown.status_code == 200 and shown.headers["content-type"].startswith("image/")
    assert b"<script" not in shown.content and b"xxxx" not in shown.content
    assert client.delete(f"/v1/uploads/{answer.json()['id']}").status_code == 200


@pytest.mark.parametrize("label", ["text/html", "image/svg+xml", "application/x-sh", "x" * 300])
@pytest.mark.parametrize("name", ["../../x.jpg", "/etc/passwd", "a\x00b.png", "con", "x" * 5000])
def test_neither_label_nor_name_of_a_file_matters(
    label: str, name: str, client: httpx2.Client
) -> None:
    answer = client.post("/v1/uploads", files={"file": (name, jpeg(), label)})
    assert answer.status_code in {201} | REFUSED
    if answer.status_code == 201:
        assert answer.json()["id"].startswith("photo-")
        assert client.get(answer.json()["image"]).headers["content-type"].startswith("image/")


NAMES = [
    "../../etc/passwd",
    "../secret.txt",
    "../../secret.txt",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2fsecret.txt",
    "..\\..\\secret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "C:\\Windows\\win.ini",
    "file:///etc/passwd",
    "http://127.0.0.1:1/x.jpg",
    "shoes=photo.jpg",
    "shoes=/etc/passwd",
    "photo.jpg",
    "images/../../secret.txt",
    "a\x00b",
    "\x00",
    "photo-../../../../etc/passwd",
    "photo-" + "0" * 32,
    "\ud7ff\U0010ffff",
    "%s%n{0}${x}`id`",
    "x" * 200,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_never_leads_to_a_file(name: str, live: Live, client: httpx2.Client) -> None:
    real = client.get("/v1/items?limit=1").json()["items"][0]["id"]
    answers = [
        client.post(f"/v1/{route}", json={"pieces": [name, real]})
        for route in ("score", "complete", "compose", "explain", "revise")
    ]
    coded = quote(name, safe="")
    for path in ("items/{}", "items/{}/image", "uploads/{}", "uploads/{}/image"):
        answers.append(client.get("/v1/" + path.format(coded)))
    answers.append(client.get("/static/" + coded))
    answers.append(client.get("/v1/items", params={"like": name, "fits": name}))
    for answer in answers:
        assert answer.status_code in REFUSED or answer.status_code == 405, (answer.url, answer.text)
        assert SECRET not in answer.text and "root:" not in answer.text
        assert str(Path.cwd()) not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/static/../../../secret.txt", "/../secret.txt", "/v1/items/../../secret.txt/image"]
    + [
        "/static//etc/passwd",
        "/static/%2e%2e/%2e%2e/__init__.py",
        "/static/..%5c..%5capp.py",
        "/v1/items/..",
        "/v1/items/../image",
        "/v1/uploads/.",
    ],
)
def test_a_path_never_leads_out_of_the_page(path: str, live: Live) -> None:
    with live.connect() as raw:  # clients tidy such paths up
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        closed = closed_within(raw, 10)
    assert closed is not None and int(closed[0].split(b" ")[1]) in REFUSED
    assert SECRET.encode() not in closed[0] and b"root:" not in closed[0]


BODIES: dict[str, Callable[[], bytes]] = {
    "10,000 items": lambda: json.dumps({"pieces": ["a"] * 10_000}).encode(),
    "deep lists": lambda: b'{"pieces":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": lambda: b'{"pieces":' * 50_000 + b"1" + b"}" * 50_000,
    "a number of 100,000 digits": lambda: b'{"pieces":["a","b"],"k":' + b"9" * 100_000 + b"}",
    "a number out of range": lambda: b'{"pieces":["a"],"k":1e999,"diversity":-1e999}',
    "not a number": lambda: b'{"pieces":["a"],"k":NaN,"filters":{"price_min":Infinity}}',
    "the same key twice": lambda: b'{"pieces":[],"pieces":["a","b"]}',
    "another type": lambda: b'{"pieces":{"a":1}}',
    "half of a pair": lambda: b'{"pieces":["\\ud800","b"]}',
    "no unicode": lambda: b'{"pieces":["\xff\xfe","b"]}',
    "a long id": lambda: json.dumps({"pieces": ["x" * 500_000, "b"]}).encode(),
    "unknown fields": lambda: b'{"pieces":["a","b"],"__class__":"x","__proto__":{}}',
    "half a document": lambda: b'{"pieces":["a"',
    "nothing": lambda: b"",
    "more than allowed": lambda: b"[" + b"1," * 1_000_000 + b"1]",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_refused_by_every_route(
    name: str, live: Live, client: httpx2.Client
) -> None:
    data, before = BODIES[name](), live.memory()
    for route in ("score", "complete", "compose", "explain", "revise", "questions/0/answer"):
        answer = client.post(
            f"/v1/{route}", content=data, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in REFUSED, (route, answer.text[:300])
        assert_error(answer)
    assert live.memory() - before < 100


def test_it_starts_again_after_kill_9_in_the_middle_of_its_work(example: Example) -> None:
    for ended in (True, False):
        with modiste_serve(example.run, "--quiet") as live, live.client() as client:
            sent = client.post("/v1/uploads", files={"file": ("a.jpg", jpeg(), "image/jpeg")})
            assert sent.status_code in (201, 422)
            if ended:
                os.kill(live.process.pid, 9)
                assert live.process.wait(10) == -9
            else:
                assert client.get("/v1/ready").json()["status"] == "ready"


def assert_error(answer: httpx2.Response) -> None:
    """The one error shape, and nothing of this machine in it."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "where", "request_id"}
    assert error["request_id"] == answer.headers["x-request-id"]
    assert len(error["message"]) < 1000 and str(Path.cwd()) not in error["message"]

"""Downloading, against a real server on loopback that speaks what the hub speaks of it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
from filelock import FileLock

from modiste.data.importing.hub import get, known_datasets
from modiste.errors import DataError, Misuse, ModisteError, UnknownName

REPO = known_datasets()["polyvore-outfits"].repo_id
REVISION = "5" * 40
MIB = 2**20


class Hub:
    """A data set repository: small files as git keeps them, `.parquet` files as LFS does."""

    def __init__(self) -> None:
        self.files = {
            "README.md": b"# a data set\n",
            "disjoint/train.json": b'[{"set_id": "1"}]',
            "disjoint/typespaces.p": b"a pickle",
            "data/images.parquet": random.Random(0).randbytes(25 * MIB),
        }
        self.listed: dict[str, bytes] = dict(self.files)
        """What the hashes are computed from: differs from `files` where a file is corrupt."""
        self.gated = False
        self.cut_after: int | None = None
        """Close the connection after so many bytes of a large file, once."""
        self.hang_after: int | None = None
        """Stop sending after so many bytes of a large file, and wait."""
        self.requests: list[tuple[str, str | None]] = []
        self.going_on = threading.Event()

    def facts(self) -> dict[str, object]:
        return {"id": REPO, "sha": REVISION, "private": False, "tags": []} | {
            "siblings": [self.sibling(name, data) for name, data in self.listed.items()]
        }

    def sibling(self, name: str, data: bytes) -> dict[str, object]:
        blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
        facts: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": blob}
        if name.endswith(".parquet"):
            sha256 = hashlib.sha256(data).hexdigest()
            facts["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 134}
        return facts


@pytest.fixture
def hub() -> Hub:
    return Hub()


class Server(ThreadingHTTPServer):
    """Serves one repository on a free port of loopback."""

    daemon_threads = True

    def __init__(self, hub: Hub) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hub = hub


class Handler(BaseHTTPRequestHandler):
    """The list of a repository's files, and the files, in whole or from a byte on."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        hub = self.server.hub
        path = unquote(self.path.partition("?")[0])
        if path == f"/api/datasets/{REPO}":
            self.answer(200, json.dumps(hub.facts()).encode())
            return
        name = path.removeprefix(f"/datasets/{REPO}/resolve/{REVISION}/")
        hub.requests.append((name, self.headers.get("Range")))
        if hub.gated:
            self.answer(403, b"", {"X-Error-Code": "GatedRepo"})
        elif name in hub.files:
            self.send_file(hub.files[name], self.headers.get("Range"))
        else:
            self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})

    def send_file(self, data: bytes, wanted: str | None) -> None:
        hub = self.server.hub
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(data) - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        stop = hub.cut_after if hub.cut_after is not None else hub.hang_after
        if stop is None or len(data) < MIB:
            self.wfile.write(data[start:])
            return
        self.wfile.write(data[start : start + stop])
        self.wfile.flush()
        if hub.hang_after is not None:
            hub.going_on.wait(60)
        hub.cut_after = None
        self.close_connection = True

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def endpoint(hub: Hub) -> Iterator[str]:
    server = Server(hub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    hub.going_on.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_file_arrives_but_those_that_nothing_reads(
    hub: Hub, endpoint: str, tmp_path: Path
) -> None:
    told: list[tuple[str, int, int]] = []
    done = get(
        "polyvore-outfits",
        tmp_path / "D",
        endpoint=endpoint,
        progress=lambda name, count, total: told.append((name, count, total)),
    )
    assert set(done.fetched) == set(hub.files) - {"disjoint/typespaces.p"}
    for name in done.fetched:
        assert (done.folder / name).read_bytes() == hub.files[name]
    assert [count for _, count, _ in told] == [1, 2, 3]
    assert "polyvore-outfits " + str(tmp_path / "D") in done.next_step
    assert not (done.folder / ".partial").exists()


def test_a_second_run_keeps_what_is_whole_and_mends_what_is_not(
    hub: Hub, endpoint: str, tmp_path: Path
) -> None:
    get("polyvore-outfits", tmp_path, endpoint=endpoint)
    hub.requests.clear()
    assert get("polyvore-outfits", tmp_path, endpoint=endpoint).fetched == ()
    assert hub.requests == []
    (tmp_path / "disjoint" / "train.json").write_bytes(b'[{"set_id": "2"}]')  # of the same size
    again = get("polyvore-outfits", tmp_path, endpoint=endpoint)
    assert again.fetched == ("disjoint/train.json",)
    assert (tmp_path / "disjoint" / "train.json").read_bytes() == hub.files["disjoint/train.json"]


def test_patterns_choose_files(hub: Hub, endpoint: str, tmp_path: Path) -> None:
    done = get("polyvore-outfits", tmp_path, endpoint=endpoint, only=["disjoint/*"])
    assert done.fetched == ("disjoint/train.json",)
    with pytest.raises(Misuse, match=f"No file of {REPO} matches nondisjoint"):
        get("polyvore-outfits", tmp_path, endpoint=endpoint, only=["nondisjoint/*"])


def test_a_cut_connection_is_resumed_by_range(hub: Hub, endpoint: str, tmp_path: Path) -> None:
    hub.cut_after = 15 * MIB
    get("polyvore-outfits", tmp_path, endpoint=endpoint, only=["data/*"])
    assert (tmp_path / "data/images.parquet").read_bytes() == hub.files["data/images.parquet"]
    [first, second] = hub.requests
    assert first == ("data/images.parquet", None)
    assert second[1] is not None and int(second[1].removeprefix("bytes=").rstrip("-")) > 0


def test_a_killed_download_is_resumed_by_range(hub: Hub, endpoint: str, tmp_path: Path) -> None:
    hub.hang_after = 15 * MIB
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[2] / "src")!r})
from pathlib import Path
from modiste.data.importing.hub import get
get("polyvore-outfits", Path({str(tmp_path)!r}), endpoint={endpoint!r}, only=["data/*"])
"""
    process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not any(
        part.stat().st_size for part in (tmp_path / ".partial").glob("*")
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    hub.going_on.set()
    hub.hang_after = None
    assert not (tmp_path / "data").exists()
    [part] = (tmp_path / ".partial").iterdir()
    here = part.stat().st_size
    assert 0 < here < 25 * MIB
    get("polyvore-outfits", tmp_path, endpoint=endpoint, only=["data/*"])
    assert hub.requests[-1] == ("data/images.parquet", f"bytes={here}-")
    assert (tmp_path / "data/images.parquet").read_bytes() == hub.files["data/images.parquet"]


@pytest.mark.parametrize("name", ["disjoint/train.json", "data/images.parquet"])
def test_a_corrupt_file_is_named_and_removed(
    hub: Hub, endpoint: str, tmp_path: Path, name: str
) -> None:
    right = hub.files[name]
    hub.files[name] = right[:-1] + b"?"
    with pytest.raises(DataError, match=f"{name} did not arrive as the hub says it is"):
        get("polyvore-outfits", tmp_path, endpoint=endpoint, only=[name])
    assert not (tmp_path / name).exists()
    assert list((tmp_path / ".partial").iterdir()) == []
    hub.files[name] = right
    get("polyvore-outfits", tmp_path, endpoint=endpoint, only=[name])
    assert (tmp_path / name).read_bytes() == right


def test_a_part_that_went_bad_is_found_out(hub: Hub, endpoint: str, tmp_path: Path) -> None:
    name = "data/images.parquet"
    digest = hashlib.sha256(hub.files[name]).hexdigest()
    part = tmp_path / ".partial" / f"sha256-{digest}"
    part.parent.mkdir()
    part.write_bytes(b"x" * MIB)
    with pytest.raises(DataError, match="its hash is another"):
        get("polyvore-outfits", tmp_path, endpoint=endpoint, only=[name])
    part.write_bytes(b"x" * 30 * MIB)  # longer than the whole file
    get("polyvore-outfits", tmp_path, endpoint=endpoint, only=[name])
    assert (tmp_path / name).read_bytes() == hub.files[name]


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:evil"])
def test_a_name_that_leads_outside_is_refused(
    hub: Hub, endpoint: str, tmp_path: Path, name: str
) -> None:
    hub.listed[name] = hub.files[name] = b"evil"
    with pytest.raises(DataError, match="may lie outside; nothing is got"):
        get("polyvore-outfits", tmp_path / "D", endpoint=endpoint)
    assert not list(tmp_path.rglob("*evil*"))
    assert hub.requests == []


def test_a_gated_repository_says_where_to_ask(hub: Hub, endpoint: str, tmp_path: Path) -> None:
    hub.gated = True
    with pytest.raises(ModisteError, match=f"ask for it at https://.*{REPO}, then .*HF_TOKEN"):
        get("polyvore-outfits", tmp_path, endpoint=endpoint)


def test_an_unknown_name_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'polyvore-outfits'"):
        get("polyvore-outfit", tmp_path)


def test_a_hub_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModisteError, match="could not be downloaded .*goes on where") as caught:
        get("polyvore-outfits", tmp_path, endpoint="http://127.0.0.1:9")
    assert "\n" not in str(caught.value)


def test_two_processes_do_not_write_one_folder(endpoint: str, tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / ".download.lock"),
        pytest.raises(ModisteError, match="Another process is downloading"),
    ):
        get("polyvore-outfits", tmp_path, endpoint=endpoint)


def test_a_disk_without_room_is_told_before_the_download(
    hub: Hub, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = os.statvfs(tmp_path)
    sibling = hub.sibling
    monkeypatch.setattr(
        hub,
        "sibling",
        lambda name, data: sibling(name, data) | {"size": free.f_frsize * free.f_blocks * 2},
    )
    with pytest.raises(ModisteError, match=r"needs .* GB and has .* GB free; .*--only"):
        get("polyvore-outfits", tmp_path, endpoint=endpoint, only=["disjoint/*"])
    assert hub.requests == []

"""The files of a data set repository on the Hugging Face hub, fetched and checked one by one.

`huggingface_hub` lists and fetches them. Since its version 1 it throws away what it has of a
file when the process dies, so unfinished files are kept here, in `OUT/.partial/`, under the hash
that the whole file is to have: a later run asks for the rest only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.file_download import http_get
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented

from modiste.errors import DataError

PARTIAL = ".partial"


@dataclass(frozen=True)
class HubFile:
    """One file of a repository.

    Args:
        name: path below the repository; never absolute, never with `..`.
        size: in bytes.
        algorithm: `sha256` of the content (large files), or `git`: the SHA-1 that git gives it.
        digest: the hash, in hex.
        url: where it is.
    """

    name: str
    size: int
    algorithm: str
    digest: str
    url: str


def list_files(repo_id: str, endpoint: str | None) -> list[HubFile]:
    """The files of a data set repository at its newest revision.

    Raises:
        DataError: the hub lists a name that may lie outside a folder, or states no hash.
        Exception: what `huggingface_hub` and its transport raise.
    """
    info = HfApi(endpoint=endpoint).dataset_info(repo_id, files_metadata=True, timeout=30)
    return [
        _hub_file(
            sibling,
            repo_id,
            hf_hub_url(
                repo_id,
                sibling.rfilename,
                repo_type="dataset",
                revision=info.sha or "main",
                endpoint=endpoint,
            ),
        )
        for sibling in info.siblings or []
    ]


def _hub_file(sibling: RepoSibling, repo_id: str, url: str) -> HubFile:
    name = sibling.rfilename
    parts = PurePosixPath(name).parts
    if not parts or parts[0] in ("/", PARTIAL) or ".." in parts or "\\" in name or ":" in name:
        raise DataError(f"{repo_id} lists a file {name!r}, which may lie outside; nothing is got.")
    if sibling.lfs:
        return HubFile(name, sibling.lfs.size, "sha256", sibling.lfs.sha256, url)
    if sibling.blob_id is None or sibling.size is None:
        raise DataError(f"{repo_id} states no hash of {name}, so that it cannot be checked.")
    return HubFile(name, sibling.size, "git", sibling.blob_id, url)


def fetch(file: HubFile, out: Path) -> bool:
    """Bring one file to `out`; False where it is there already and whole.

    Raises:
        DataError: it did not arrive as the hub says it is; it was removed.
        Exception: what `huggingface_hub` and its transport raise.
    """
    target = out / file.name
    if target.is_file() and is_whole(target, file):
        return False
    part = out / PARTIAL / f"{file.algorithm}-{file.digest}"
    part.parent.mkdir(parents=True, exist_ok=True)
    if part.is_file() and part.stat().st_size > file.size:
        part.unlink()
    with part.open("ab") as stream:
        http_get(
            file.url,
            stream,
            resume_size=stream.tell(),
            # A compressed answer could not be resumed by byte.
            headers={**build_hf_headers(), "Accept-Encoding": "identity"},
            expected_size=file.size,
            displayed_filename=file.name,
        )
    if not is_whole(part, file):
        part.unlink()
        raise DataError(
            f"{file.name} did not arrive as the hub says it is (its hash is another); it was "
            "removed, so run the same command again."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    part.replace(target)
    return True


def is_whole(path: Path, file: HubFile) -> bool:
    """Whether a file has the size and the hash that the hub states."""
    size = path.stat().st_size
    if size != file.size:
        return False
    if file.algorithm == "sha256":
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(2**20):
            digest.update(block)
    return digest.hexdigest() == file.digest

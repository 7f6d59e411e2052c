"""Known data sets from the Hugging Face hub: resumable, and checked against the hub's hashes.

`huggingface_hub` lists and fetches them. Since its version 1 it throws away what it has of a
file when the process dies, so unfinished files are kept here, in `OUT/.partial/`, under the hash
that the whole file is to have: a later run asks for the rest only.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TypeAlias

from filelock import FileLock, Timeout
from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
from huggingface_hub.file_download import http_get
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented

from modiste.errors import DataError, Misuse, ModisteError, UnknownName

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


FileProgress: TypeAlias = Callable[[str, int, int], None]
"""Called with a file's name, how many files are done and how many there are."""


@dataclass(frozen=True, kw_only=True)
class KnownDataset:
    """A data set that `get` knows where to find."""

    repo_id: str
    """A data set repository on the Hugging Face hub."""
    about: str
    licence: str
    next_step: str
    """The command that imports it; `{folder}` is where it was downloaded to."""
    leave_out: tuple[str, ...] = ()
    """Patterns of files that no importer reads."""


_KNOWN: Mapping[str, KnownDataset] = MappingProxyType(
    {
        "polyvore-outfits": KnownDataset(
            repo_id="mvasil/polyvore-outfits",
            about="Polyvore Outfits (Vasileva et al. 2018), by its authors; access on request",
            licence="the files solely for research and educational purposes; see the data card",
            next_step="modiste data polyvore-outfits {folder} --variant disjoint --out W",
            leave_out=("*.p", "*.pkl", "*hglmm*", ".gitattributes"),
        ),
        "maryland-photographs": KnownDataset(
            repo_id="Marqo/polyvore",
            about="Photographs of Maryland Polyvore items (Han et al. 2017), a mirror by Marqo",
            licence="not stated; see the data card",
            next_step="modiste data maryland DIR --images {folder}/data --out W",
            leave_out=(".gitattributes",),
        ),
    }
)


@dataclass(frozen=True, kw_only=True)
class Download:
    """What `get` did."""

    folder: Path
    fetched: tuple[str, ...]
    """Files that were downloaded, in whole or from where they had stopped."""
    kept: tuple[str, ...]
    """Files that were there already and had the right hash."""
    next_step: str


def known_datasets() -> Mapping[str, KnownDataset]:
    """Name -> data set, for `get`."""
    return _KNOWN


def get(
    name: str,
    out: Path,
    *,
    endpoint: str | None = None,
    only: Sequence[str] = (),
    progress: FileProgress | None = None,
) -> Download:
    """Download a known data set; run again, it goes on where it stopped.

    Args:
        name: one of `known_datasets`.
        out: the folder for its files; those that are there and whole are kept.
        endpoint: address of the hub; None: `HF_ENDPOINT`, or https://huggingface.co.
        only: patterns such as `disjoint/*`; empty: all files.
        progress: told about every file; `huggingface_hub` itself shows the bytes.

    Raises:
        UnknownName: no such data set.
        Misuse: `only` matches no file.
        DataError: a file did not arrive as the hub says it is; it was removed.
        ModisteError: the hub cannot be reached or refuses, or the disk is full.
    """
    if name not in _KNOWN:
        raise UnknownName("data set", name, _KNOWN)
    dataset = _KNOWN[name]
    with _explained(dataset):
        listed = list_files(dataset.repo_id, endpoint)
    files = [file for file in listed if _wanted(file.name, dataset.leave_out, only)]
    if not files:
        raise Misuse(f"No file of {dataset.repo_id} matches {' '.join(only) or '*'}.")
    fetched: list[str] = []
    kept: list[str] = []
    with _locked(out):
        _check_space(out, files)
        for done, file in enumerate(files, start=1):
            with _explained(dataset):
                (fetched if fetch(file, out) else kept).append(file.name)
            if progress:
                progress(file.name, done, len(files))
        with suppress(OSError):  # it stays where another revision left something in it
            (out / PARTIAL).rmdir()
    return Download(
        folder=out,
        fetched=tuple(fetched),
        kept=tuple(kept),
        next_step=dataset.next_step.format(folder=out),
    )


def _wanted(name: str, leave_out: Sequence[str], only: Sequence[str]) -> bool:
    if any(fnmatch(name, pattern) for pattern in leave_out):
        return False
    return not only or any(fnmatch(name, pattern) for pattern in only)


def _check_space(out: Path, files: Sequence[HubFile]) -> None:
    """Stop before an hour's download that cannot end well."""
    missing = sum(f.size for f in files if not (out / f.name).is_file())
    here = sum(p.stat().st_size for p in (out / PARTIAL).glob("*"))
    free = shutil.disk_usage(out).free
    if missing - here > free:
        raise ModisteError(
            f"{out} needs {(missing - here) / 1e9:.1f} GB and has {free / 1e9:.1f} GB free; free "
            "some space, or get a part with --only PATTERN."
        )


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / ".download.lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ModisteError(
            f"Another process is downloading to {out}; wait until it has ended."
        ) from error
    except OSError as error:
        raise ModisteError(
            f"Cannot write in {out} ({error.strerror}); choose a folder that can be written."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _explained(dataset: KnownDataset) -> Iterator[None]:
    """Turn what the hub, the network and the disk raise into one clear sentence."""
    try:
        yield
    except ModisteError:
        raise
    except (GatedRepoError, RepositoryNotFoundError) as error:
        raise ModisteError(
            f"The hub gives {dataset.repo_id} only to people with access: ask for it at "
            f"https://huggingface.co/datasets/{dataset.repo_id}, then run `hf auth login` or set "
            "HF_TOKEN."
        ) from error
    except Exception as error:  # the transport under huggingface_hub differs between versions
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModisteError(
            f"{dataset.repo_id} could not be downloaded ({reason}); run the same command again: "
            "it goes on where it stopped."
        ) from error

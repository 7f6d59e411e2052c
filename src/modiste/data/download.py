"""Known data sets from the Hugging Face hub: resumable, and checked against the hub's hashes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from filelock import FileLock, Timeout
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

from modiste.data.hub_files import PARTIAL, HubFile, fetch, list_files
from modiste.errors import Misuse, ModisteError, UnknownName

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

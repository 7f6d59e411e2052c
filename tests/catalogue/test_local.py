from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import modiste.catalogue.files.region as local_region
import modiste.catalogue.files.writing as local_writing
from modiste.arrays import Floats
from modiste.catalogue.base import Batch
from modiste.catalogue.files.catalogue import FileCatalogue
from modiste.catalogue.files.manifest import write_manifest
from modiste.catalogue.filters import Filter
from modiste.errors import CatalogueError
from tests.catalogue.batch import FEATURES, WIDTH, answer, batch, queries, slowly

MANY, WIDE = 12_000, 32


@pytest.fixture
def catalogue(tmp_path: Path) -> FileCatalogue:
    return FileCatalogue.create(tmp_path / "C", run="r", width=WIDTH, feature_width=FEATURES)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[FileCatalogue, Batch]:
    """A catalogue whose large regions have indexes; the limit is lowered so that few will do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_writing, "EXACT", 2_000)
        held = _clustered(MANY)
        made = FileCatalogue.create(
            tmp_path_factory.mktemp("large") / "C", run="r", width=WIDE, feature_width=1
        )
        made.add([held])
    return made, held


@pytest.fixture
def few_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_region, "EXACT", 1_000)


def _clustered(count: int) -> Batch:
    rng = np.random.default_rng(0)
    fine = rng.choice(["boots", "pumps", "rare"], size=count, p=[0.7, 0.27, 0.03])
    scale = np.arange(1, WIDE + 1) ** -0.75
    styles = rng.normal(size=(200, WIDE)) * scale
    vectors = styles[rng.integers(200, size=count)] + 0.6 * rng.normal(size=(count, WIDE)) * scale
    items = pl.DataFrame(
        {
            "id": [str(n) for n in range(count)],
            "category": "shoes",
            "fine": fine,
            "price": rng.uniform(0, 100, count),
        }
    )
    return Batch(items, vectors.astype(np.float32), np.zeros((count, 1), dtype=np.float32))


def _asked(held: Batch, count: int = 40) -> Floats:
    """Means of three items: unlike any that there is."""
    rows = np.random.default_rng(1).integers(len(held.vectors), size=(count, 3))
    mean: Floats = held.vectors[rows].mean(axis=1)
    return mean


def _recall(catalogue: FileCatalogue, held: Batch, where: Filter) -> float:
    wanted = _asked(held)
    hits = answer(catalogue, wanted, 10, where)
    best = slowly(held, wanted, 10, where)
    return float(
        np.mean(
            [
                len({item for item, _ in right} & set(ids)) / len(right)
                for ids, right in zip(hits.ids, best, strict=True)
            ]
        )
    )


@pytest.mark.usefixtures("few_are_exact")
@pytest.mark.parametrize(
    ("where", "least"),
    [
        (Filter(), 0.95),
        (Filter(categories=("boots",)), 0.97),
        (Filter(categories=("rare",)), 1.0),
        (Filter(price_max=50.0), 0.95),
        (Filter(price_max=15.0), 0.95),
        (Filter(price_max=5.0), 1.0),
        (Filter(price_max=0.2), 1.0),
        (Filter(categories=("boots",), price_max=15.0), 0.97),
        (Filter(exclude_categories=("rare",)), 0.95),
    ],
)
def test_an_index_finds_nearly_all_and_a_filter_costs_nothing(
    large: tuple[FileCatalogue, Batch], where: Filter, least: float
) -> None:
    catalogue, held = large
    assert _recall(catalogue, held, where) >= least


@pytest.mark.usefixtures("few_are_exact")
def test_a_filter_against_the_query_still_finds_as_many_as_there_are(
    large: tuple[FileCatalogue, Batch],
) -> None:
    catalogue, held = large
    wanted = _asked(held, 1)
    scores = held.vectors @ wanted[0]
    worst = np.argsort(scores)[:1_500]
    snapshot = catalogue.snapshot()
    others = set(snapshot.items["id"]) - {str(n) for n in worst}
    rows = snapshot.search(wanted, None, 5, Filter(exclude_items=tuple(others))).rows[0]
    assert snapshot.items["id"][rows.tolist()].to_list() == [str(n) for n in worst[::-1][:5]]


@pytest.mark.usefixtures("few_are_exact")
def test_scores_of_an_index_are_those_of_the_vectors(large: tuple[FileCatalogue, Batch]) -> None:
    catalogue, held = large
    wanted = _asked(held, 3)
    hits = answer(catalogue, wanted, 10)
    for number, ids in enumerate(hits.ids):
        exact = held.vectors[[int(item) for item in ids]] @ wanted[number]
        np.testing.assert_allclose(hits.scores[number], exact, rtol=1e-5)
    searched = {p.name: p.search for p in catalogue.stats().partitions}
    assert searched == {"boots": "ivf", "pumps": "ivf", "rare": "exact"}


def test_opening_reads_neither_facts_nor_vectors(
    large: tuple[FileCatalogue, Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object, **__: object) -> pl.DataFrame:
        raise AssertionError("read")

    monkeypatch.setattr(pl, "read_parquet", read)
    opened = FileCatalogue.open(large[0].root)
    assert (opened.snapshot().search(_asked(large[1], 2), None, 5).rows >= 0).all()


_WRITER = """
import os, sys
from pathlib import Path
from modiste.catalogue.files.catalogue import FileCatalogue
from tests.catalogue.batch import batch

def tell(word, number):
    sys.stdout.write(f"{word} {number}\\n")  # in one piece
    sys.stdout.flush()

def write(step):
    catalogue = FileCatalogue.open(Path(sys.argv[1]))
    while True:
        step += 1
        tell("begin", step)
        if step % 3 == 0:
            catalogue.delete([f"item {n}" for n in range(0, 40, 2)])
        elif step % 7 == 0:
            catalogue.replace([batch(40, step)], run=str(step), width=8, feature_width=3)
        else:
            catalogue.add([batch(40, step)])
        tell("end", step)

for line in sys.stdin:  # a fork for each writer: starting Python anew takes seconds
    child = os.fork()
    if child == 0:
        write(int(line))
    tell("writes", child)
    os.waitpid(child, 0)
    tell("killed", child)
"""


@pytest.fixture
def nursery(catalogue: FileCatalogue) -> Iterator[subprocess.Popen[str]]:
    """A process that starts writers."""
    project = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(catalogue.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(project / "src"), str(project)])},
    )
    with process:
        yield process


@pytest.mark.slow
def test_after_kill_9_at_any_moment_there_is_the_old_version_or_the_new(
    catalogue: FileCatalogue, nursery: subprocess.Popen[str]
) -> None:
    catalogue.add([batch(40, 1)])
    rng = np.random.default_rng(0)
    step, outcomes = 1, set()
    for _ in range(60):
        begun, ended = _killed(nursery, step, float(rng.uniform(0, 0.15)))
        reader = FileCatalogue.open(catalogue.root)
        assert reader.verify() == []
        step = next(n for n in (begun, ended) if _is_at(reader, n))
        outcomes.add("new" if step == begun else "old")
        assert len(answer(reader, queries(1), 50).ids[0]) == reader.stats().items
    assert outcomes == {"old", "new"}


def _killed(nursery: subprocess.Popen[str], step: int, after: float) -> tuple[int, int]:
    """Let a writer go on from a step and kill it; the last steps that it began and ended."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{step}\n")
    nursery.stdin.flush()
    last, word = {"begin": step, "end": step}, ""
    while word != "writes":
        word, number = nursery.stdout.readline().split()
        last[word] = int(number)
    time.sleep(after)
    os.kill(last["writes"], signal.SIGKILL)
    while word != "killed":
        word, number = nursery.stdout.readline().split()
        last[word] = int(number)
    return last["begin"], last["end"]


def _is_at(catalogue: FileCatalogue, step: int) -> bool:
    """Whether a catalogue is what a step of `_WRITER` leaves, to the last number."""
    removed = step % 3 == 0
    held = batch(40, step - removed)
    snapshot = catalogue.snapshot()
    row_of = {item: row for row, item in enumerate(held.items["id"])}
    rows = [row_of[item] for item in snapshot.items["id"]]
    every = range(1, 40, 2) if removed else range(40)
    return (
        sorted(rows) == list(every)
        and np.array_equal(snapshot.vectors(np.arange(len(rows))), held.vectors[rows])
        and np.array_equal(snapshot.features[:], held.features[rows])
        and snapshot.items["price"].to_list() == held.items["price"][rows].to_list()
    )


def test_what_a_killed_writer_left_is_cleared_by_the_next(catalogue: FileCatalogue) -> None:
    catalogue.add([batch(10)])
    stray = catalogue.root / "segments" / "00000099-tombstones"
    stray.mkdir()
    (stray / "vectors.f32").write_bytes(b"half")
    (catalogue.root / "building-1").mkdir()
    catalogue.delete(["item 1"])
    assert not stray.exists()
    assert not (catalogue.root / "building-1").exists()
    assert catalogue.verify() == []


@pytest.mark.parametrize(
    "name", ["vectors.f32", "features.f32", "ids.bin", "facts.parquet", "tombstones-*"]
)
@pytest.mark.parametrize("harm", ["flip", "cut", "delete"])
def test_damage_is_found_and_named(catalogue: FileCatalogue, name: str, harm: str) -> None:
    catalogue.add([batch(60)])
    catalogue.delete(["item 3"])
    path = next((catalogue.root / "segments").glob(f"*/{name}"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    if harm == "delete":
        path.unlink()
    else:
        path.write_bytes(data if harm == "flip" else data[:-1])
    found = FileCatalogue.open(catalogue.root).verify()
    assert len(found) == 1
    assert path.name in found[0]


def test_a_damaged_index_is_an_error_and_not_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_writing, "EXACT", 500)
    monkeypatch.setattr(local_region, "EXACT", 500)
    catalogue = FileCatalogue.create(tmp_path / "C", run="r", width=WIDTH, feature_width=FEATURES)
    catalogue.add([batch(2_000)])
    path = next((catalogue.root / "segments").glob("*/whole.faiss"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(CatalogueError, match="whole.faiss is missing or damaged"):
        answer(FileCatalogue.open(catalogue.root), queries(1), 3)


@pytest.mark.parametrize("harm", ["flip", "cut", "nonsense", "later"])
def test_a_damaged_manifest_is_one_sentence(catalogue: FileCatalogue, harm: str) -> None:
    path = catalogue.root / "catalogue.json"
    document = json.loads(path.read_text("utf-8"))
    document["catalogue"]["version"] += harm == "flip"
    document["format"] += harm == "later"
    text = json.dumps(document)
    path.write_text("[]" if harm == "nonsense" else text[: -5 if harm == "cut" else None], "utf-8")
    with pytest.raises(CatalogueError):
        FileCatalogue.open(catalogue.root)
    assert len(catalogue.verify()) == 1


def test_a_catalogue_of_format_1_is_read_changed_and_written_as_format_2(
    catalogue: FileCatalogue,
) -> None:
    catalogue.add([batch(400)])
    catalogue.delete([f"item {n}" for n in range(20)])
    before = catalogue.snapshot().items
    path = catalogue.root / "catalogue.json"
    facts = json.loads(path.read_text("utf-8"))["catalogue"]
    for entry in facts["segments"]:
        entry["shelves"], entry["dead"] = entry.pop("partitions"), entry.pop("tombstones")
        if entry["dead"] is not None:  # files had another name too
            folder, name = catalogue.root / "segments" / entry["folder"], entry["dead"]
            entry["dead"] = name.replace("tombstones", "dead")
            (folder / name).rename(folder / entry["dead"])
            entry["files"][entry["dead"]] = entry["files"].pop(name)
    crc32 = zlib.crc32(json.dumps(facts, sort_keys=True).encode())
    path.write_text(json.dumps({"format": 1, "crc32": crc32, "catalogue": facts}), "utf-8")

    older = FileCatalogue.open(catalogue.root)
    assert older.verify() == []
    assert older.snapshot().items.equals(before)
    assert older.delete(["item 20"]) == 1
    assert older.verify() == []
    assert json.loads(path.read_text("utf-8"))["format"] == 2
    assert not list((catalogue.root / "segments").glob("*/dead-*"))


def test_segments_are_merged_and_nothing_is_lost(catalogue: FileCatalogue) -> None:
    catalogue.add([batch(400)])
    for step in range(30):
        catalogue.add([batch(3, step, prefix=f"more {step}")])
    manifest = catalogue.snapshot().manifest
    assert len(manifest.segments) <= 9
    assert manifest.items == 490
    catalogue.delete([f"item {n}" for n in range(300)])
    assert catalogue.stats().deleted == 0  # cleared away
    assert catalogue.stats().items == 190
    assert catalogue.verify() == []


def test_a_change_that_merges_segments_is_one_step_for_those_who_watch(
    catalogue: FileCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    monkeypatch.setattr(
        "modiste.catalogue.files.catalogue.write_manifest",
        lambda root, manifest: (written.append(manifest), write_manifest(root, manifest)),
    )
    catalogue.add([batch(40)])
    catalogue.add([batch(40, prefix="more")])  # as many again: all become one segment
    catalogue.delete([f"item {n}" for n in range(30)])
    assert [(manifest.items, len(manifest.segments)) for manifest in written] == [
        (40, 1),
        (80, 1),
        (50, 1),
    ]


def test_a_second_writer_waits_its_turn(catalogue: FileCatalogue) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        made = pool.map(lambda n: catalogue.add([batch(20, n, prefix=f"of {n}")]), range(8))
        assert sum(done.added for done in made) == 160
    assert catalogue.stats().items == 160
    assert catalogue.verify() == []

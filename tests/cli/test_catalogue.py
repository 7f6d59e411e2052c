"""`modiste catalogue`: built, added to, removed from and looked over, over a drawn wardrobe."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from modiste.catalogue.files.catalogue import FileCatalogue
from modiste.data.wardrobe import Wardrobe, create_wardrobe
from modiste.stylist.stylist import Stylist
from modiste.training.run import Run
from tests.cli.conftest import Modiste
from tests.conftest import Example


@pytest.fixture(scope="module")
def built(example: Example, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from modiste.jobs.catalogue import build

    out = tmp_path_factory.mktemp("built") / "C"
    build(example.run, str(out))
    return out


@pytest.fixture
def catalogue(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "C"))


def test_a_catalogue_holds_the_wardrobe_as_the_run_sees_it(example: Example, built: Path) -> None:
    snapshot = FileCatalogue.open(built).snapshot()
    wardrobe = Wardrobe(example.wardrobe)
    assert sorted(snapshot.items["id"]) == sorted(wardrobe.items["id"])
    assert snapshot.run == Run.open(example.run).fingerprint
    stylist = Stylist.load(example.run)
    table, search = stylist.context.stock.table, stylist.context.catalogue
    rows = np.array([table.rows[item] for item in snapshot.items["id"]])
    every = np.arange(len(rows))
    np.testing.assert_allclose(snapshot.vectors(every), search.vectors(rows), atol=1e-5)
    np.testing.assert_array_equal(snapshot.features[:], table.features[rows])
    first = snapshot.items.row(0, named=True)
    item = wardrobe.item(first["id"])
    assert (first["title"], first["price"]) == (item.title, item.price)
    assert first["in_stock"] is True
    assert Path(first["image"]).is_file()
    assert len(first["photo"]) == 64
    assert set(snapshot.items["looks"].drop_nulls())


def test_building_says_what_it_made_and_refuses_to_write_over_it(
    modiste: Modiste, example: Example, catalogue: Path
) -> None:
    refused = modiste("catalogue", "build", example.run, "--out", catalogue)
    assert refused.code == 1
    assert "--replace" in refused.sentence
    before = FileCatalogue.open(catalogue).version()
    again = modiste("catalogue", "build", example.run, "--out", catalogue, "--replace", "--json")
    assert again.code == 0, again.err
    assert again.document["version"] > before
    assert again.document["items"] == len(Wardrobe(example.wardrobe).items)
    shown = modiste("catalogue", "stats", catalogue)
    assert "categories" in shown.out


def test_a_damaged_catalogue_is_found_out_and_built_again(
    modiste: Modiste, example: Example, catalogue: Path
) -> None:
    path = next((catalogue / "segments").glob("*/vectors.f32"))
    path.write_bytes(path.read_bytes()[:-4])
    found = modiste("catalogue", "verify", catalogue, "--json")
    assert found.code == 1
    assert not found.document["sound"]
    (catalogue / "catalogue.json").write_text("{", "utf-8")
    assert "damaged" in modiste("catalogue", "stats", catalogue).sentence
    assert modiste("catalogue", "build", example.run, "--out", catalogue, "--replace").code == 0
    assert modiste("catalogue", "verify", catalogue, "--json").document["sound"]


def test_what_a_killed_build_left_is_built_over(
    modiste: Modiste, example: Example, tmp_path: Path
) -> None:
    FileCatalogue.create(tmp_path / "C", run="?", width=1, feature_width=1)
    done = modiste("catalogue", "build", example.run, "--out", tmp_path / "C", "--json")
    assert done.document["items"] > 0
    assert done.document["run"] == Run.open(example.run).fingerprint


def test_another_wardrobe_is_embedded_and_added(
    modiste: Modiste, example: Example, catalogue: Path, tmp_path: Path
) -> None:
    old = Wardrobe(example.wardrobe)
    items = [old.item(item) for item in old.items["id"][:6]]
    root = tmp_path / "other"
    for item in items:
        assert item.image is not None
        (root / item.image).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(old.root / item.image, root / item.image)
    renamed = [type(i)(**{**vars(i), "id": f"new/{i.id}"}) for i in items]
    create_wardrobe(root, [*renamed, items[0]], [], old.info)
    before = FileCatalogue.open(catalogue).stats().items
    done = modiste("catalogue", "add", catalogue, root, "--run", example.run, "--json")
    assert done.code == 0, done.err
    assert (done.document["added"], done.document["replaced"]) == (6, 1)
    assert done.document["items"] == before + 6
    snapshot = FileCatalogue.open(catalogue).snapshot()
    row_of = {item: row for row, item in enumerate(snapshot.items["id"])}
    twins = np.array([[row_of[i.id], row_of[f"new/{i.id}"]] for i in items[1:]])
    known = snapshot.features[twins[:, 0], :-1]  # all but how often it is worn
    np.testing.assert_allclose(snapshot.features[twins[:, 1], :-1], known, atol=1e-3)


def test_items_are_removed_by_name_and_by_file(
    modiste: Modiste, catalogue: Path, tmp_path: Path
) -> None:
    ids = FileCatalogue.open(catalogue).snapshot().items["id"].to_list()
    listed = tmp_path / "gone.txt"
    listed.write_text(f"{ids[1]}\n\n{ids[2]}\nnever there\n", "utf-8")
    done = modiste("catalogue", "remove", catalogue, ids[0], "--from", listed, "--json")
    assert done.document["removed"] == 3
    left = FileCatalogue.open(catalogue).snapshot().items["id"].to_list()
    assert sorted(left) == sorted(ids[3:])
    refused = modiste("catalogue", "remove", catalogue)
    assert refused.code == 2
    assert "--from" in refused.sentence


def test_misuse_is_one_sentence(modiste: Modiste, example: Example, tmp_path: Path) -> None:
    assert "catalogue build" in modiste("catalogue", "stats", tmp_path).sentence
    assert "neither" in modiste("catalogue", "stats", "mysql://there").sentence
    FileCatalogue.create(tmp_path / "C", run="other", width=1, feature_width=1)
    other = modiste("catalogue", "add", tmp_path / "C", example.wardrobe, "--run", example.run)
    assert "another run" in other.sentence


def test_a_model_that_counts_is_refused_before_anything_is_written(
    example: Example, tmp_path: Path
) -> None:
    from modiste.data.batches import ItemTable
    from modiste.errors import Misuse
    from modiste.jobs.catalogue import item_vectors
    from modiste.models.co_occurrence import CoOccurrence

    table = ItemTable(
        ("a", "b"), np.arange(2, dtype=np.float32)[:, None], np.array([1, 1]), ("shoes",)
    )
    model = CoOccurrence.fitted(table, [[0, 1]]).eval()
    with pytest.raises(Misuse, match="counts"):
        item_vectors(model, table.features, table.category)


def test_facts_come_from_attributes_where_there_are_any(tmp_path: Path) -> None:
    from modiste.data.wardrobe import WardrobeInfo
    from modiste.jobs.catalogue import catalogue_items
    from modiste.outfit import Item

    told = {"color": "Navy", "brand": "Etoile", "in_stock": "No", "season": "2023"}
    items = [
        Item(id="a", category="tops", fine="shirts", attributes=told),
        Item(id="b", category="tops", fine="shirts"),
    ]
    made = catalogue_items(create_wardrobe(tmp_path / "W", items, [], WardrobeInfo(name="w")))
    assert made.select("colour", "brand", "in_stock", "season", "image").rows() == [
        ("navy", "Etoile", False, "2023", None),
        (None, None, True, None, None),
    ]
    assert made.schema["in_stock"] == pl.Boolean

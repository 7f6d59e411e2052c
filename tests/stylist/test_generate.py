from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import Tensor

from modiste.catalogue.filters import Filter
from modiste.data.batches import ItemTable
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.encoders.colour import COLOUR_DIM
from modiste.errors import DataError, Misuse, UnknownName
from modiste.models.controls import MeanCosine
from modiste.outfit import OutfitBatch
from modiste.stylist.compose import ComposeRequest
from modiste.stylist.generation.han2017 import Han2017Config
from modiste.stylist.generation.looks import Generation
from modiste.stylist.generation.queries import Query
from modiste.stylist.pictures.answers import draw_queries
from modiste.stylist.results import ComposedLook
from modiste.stylist.stylist import Stylist

from .conftest import draw
from .word_runs import NAMES, embed_colours, write_run

FREE = Han2017Config(end_threshold=1.0, steps=3)
"""Nothing but the steps ends an outfit."""
TOP, SHOES = "shirts-red-0", "boots-red-1"


@pytest.fixture(scope="module")
def runs(wardrobe: Wardrobe, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stylist]:
    """The stylist of a run by the run's name."""
    made = {
        name: Stylist.load(write_run(wardrobe, name, tmp_path_factory.mktemp(name)))
        for name in NAMES
    }
    return made.__getitem__


class Listening(MeanCosine):
    """A model that reads in order and keeps what it is given."""

    ordered = True

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[list[int]] = []

    def score(self, batch: OutfitBatch) -> Tensor:
        rows = zip(batch.row.tolist(), batch.present.tolist(), strict=True)
        self.heard += [[r for r, p in zip(*pair, strict=True) if p] for pair in rows]
        return super().score(batch)


def _ids(look: ComposedLook) -> list[str]:
    return [piece.id for piece in look.pieces]


def test_every_query_of_a_list_is_answered_in_its_order(stylist: Stylist) -> None:
    queries = [Query(pieces=(TOP, SHOES)), Query(text="green"), Query(pieces=(TOP,), text="blue")]
    found = stylist.generate(queries, ComposeRequest(looks=2))
    assert [answer.query for answer in found] == queries
    for answer in found:
        assert len(answer.looks) == 2
        for look in answer.looks:
            assert set(answer.query.pieces) == {p.id for p in look.pieces if p.given}
            slots = [piece.category for piece in look.pieces]
            assert len(set(slots)) == len(slots) and len(set(_ids(look))) == len(look.pieces)
    assert {p.id.split("-")[1] for p in found[1].looks[0].pieces} == {"green"}
    assert any("-blue-" in p.id for p in found[2].looks[0].added)
    assert json.loads(json.dumps(found.to_json()))["answers"][0]["query"] == {
        "image_query": [TOP, SHOES],
        "text_query": "",
    }
    assert 'Query 2: "green"' in found.to_text()


def test_a_model_that_reads_in_order_gets_query_pieces_in_the_order_given(
    wardrobe: Wardrobe, table: ItemTable
) -> None:
    for pieces in ((TOP, SHOES), (SHOES, TOP)):
        model = Listening()
        found = Stylist(model, table, wardrobe).generate([Query(pieces=pieces)])
        rows = [table.rows[piece] for piece in pieces]
        assert model.heard
        for outfit in model.heard:
            assert [row for row in outfit if row in rows] == rows
        for look in found[0].looks:
            assert [name for name in _ids(look) if name in pieces] == list(pieces)


def test_looks_list_pieces_as_outfits_are_worn(stylist: Stylist) -> None:
    position = stylist.context.slot_prior.position
    for look in stylist.generate([Query(pieces=(SHOES,))])[0].looks:
        places = [position[piece.category] for piece in look.pieces]
        assert places == sorted(places)


@pytest.mark.parametrize("count", [4, 24, 60])
def test_pieces_that_are_a_whole_look_are_the_answer(
    stylist: Stylist, wardrobe: Wardrobe, count: int
) -> None:
    whole = ["shirts-red-0", "trousers-red-0", "boots-red-0", "handbags-red-0"]
    pieces = (whole + [i for i in wardrobe.items["id"] if i not in whole])[:count]
    answer = stylist.generate([Query(pieces=tuple(pieces), text="green")])[0].looks
    assert sorted(_ids(answer[0])) == sorted(pieces)
    assert "whole look" in answer.notes[-1]


@pytest.mark.parametrize("published", [None, FREE])
def test_what_is_wrong_with_a_query_is_said_with_its_number_before_any_work(
    runs: Callable[[str], Stylist],
    published: Han2017Config | None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    stylist = runs("bilstm")
    monkeypatch.setattr(stylist.context.catalogue_model.model, "forward", None)
    worked: list[object] = []
    monkeypatch.setattr("modiste.stylist.generation.looks.compose", worked.append)
    monkeypatch.setattr("modiste.stylist.generation.published.generate", worked.append)
    fine = Query(pieces=(TOP,))
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8 torn")
    for wrong, said in (
        (Query(pieces=("shirts-red-9",)), "did you mean"),
        (Query(pieces=(TOP, TOP)), "more than once"),
        (Query(pieces=(TOP,), text="sesquipedalian"), "knows no word"),
        (Query(pieces=(str(tmp_path / "none.jpg"),)), "none.jpg"),
    ):
        with pytest.raises(Misuse if "none" not in said else DataError, match=said) as error:
            stylist.generate([fine, wrong, fine], published=published)
        assert str(error.value).startswith("Query 2 (")
        assert str(error.value).count("\n") == 0
    with pytest.raises(DataError, match="Query 1 .*torn"):
        stylist.generate([Query(pieces=(str(tmp_path / "torn.jpg"),))], published=published)
    assert not worked


def test_filters_and_slots_that_do_not_exist_are_not_blamed_on_a_query(stylist: Stylist) -> None:
    for wrong in (
        ComposeRequest(slots=("shoos",)),
        ComposeRequest(filters=Filter(categories=("shoos",))),
    ):
        with pytest.raises(UnknownName, match="^No category"):
            stylist.generate([Query(pieces=(TOP,))], wrong)


@pytest.mark.parametrize("name", ["bilstm", "visual_semantic"])
def test_a_wish_is_read_by_the_models_own_words(runs: Callable[[str], Stylist], name: str) -> None:
    stylist = runs(name)
    assert stylist.context.query_encoders.read is not None
    likeness = stylist.context.query_encoders.read("GREEN")
    colours = [title.split()[0] for title in stylist.context.stock.wardrobe.items["title"]]
    best = np.argsort(-likeness)[:20]
    assert {colours[int(row)] for row in best} == {"green"}
    looks = stylist.compose([], ComposeRequest(text="green zzyzx"))
    assert sum("-green-" in piece.id for piece in looks[0].pieces) >= 2
    assert "'zzyzx'" in looks.notes[-1] and "'green'" not in looks.notes[-1]
    with pytest.raises(Misuse, match="knows no word of the wish 'zzyzx'"):
        stylist.compose([], ComposeRequest(text="zzyzx"))


def test_a_wardrobe_without_titles_answers_a_wish_by_what_its_photographs_show(
    wardrobe: Wardrobe, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    run = write_run(wardrobe, "bilstm", tmp_path / "run")
    shutil.copytree(wardrobe.root / "images", tmp_path / "bare" / "images")
    untitled = [replace(wardrobe.item(item_id), title="") for item_id in wardrobe.rows]
    outfits = wardrobe.outfits_of("train")
    bare = create_wardrobe(tmp_path / "bare", untitled, outfits, WardrobeInfo(name="bare"))
    embed_colours(bare)
    stylist = Stylist.load(run, bare.root)
    query = Query(pieces=(TOP,), text="green")
    ours = stylist.generate([query], ComposeRequest(looks=1))[0].looks[0]
    assert any("-green-" in piece.id for piece in ours.added)
    greener = Han2017Config(end_threshold=1.0, steps=2, text_weight=50.0)
    look = stylist.generate([query], published=greener)[0].looks[0]
    assert look.added and all("-green-" in piece.id for piece in look.added)


@pytest.mark.parametrize("name", ["bilstm-without-words", "siamese"])
def test_without_words_a_wish_is_refused_in_a_sentence(
    runs: Callable[[str], Stylist], name: str
) -> None:
    with pytest.raises(Misuse, match="cannot read a wish"):
        runs(name).generate([Query(pieces=(TOP,), text="green")])
    assert runs(name).generate([Query(pieces=(TOP,))])[0].looks


@pytest.mark.parametrize("name", NAMES)
def test_photographs_that_are_in_no_catalogue_are_scored_by_every_model(
    runs: Callable[[str], Stylist], name: str, tmp_path: Path
) -> None:
    stylist = runs(name)
    mine = [draw(tmp_path / f"{slot}.png", "red", slot, 9) for slot in ("tops", "shoes", "bags")]
    found = stylist.score([str(path) for path in mine])
    assert 0 <= found.probability <= 1 and np.isfinite(found.verdict.logit)
    external = stylist.photograph(mine[0], "shirts").external
    assert external is not None
    own = stylist.context.query_encoders.own
    if own is not None:  # no word is known of a photograph; the mean would be some other word
        spoken = slice(COLOUR_DIM, COLOUR_DIM + own.space.config.word_columns)
        assert own.table.features[:, spoken].any()
        assert not external.features[spoken].any()
    assert stylist.complete([str(path) for path in mine], "trousers", k=3)


@pytest.mark.parametrize("name", NAMES)
def test_outfits_of_one_item_and_of_sixty_have_an_answer(
    runs: Callable[[str], Stylist], name: str, wardrobe: Wardrobe
) -> None:
    stylist, many = runs(name), wardrobe.items["id"].to_list()[:61]
    assert np.isfinite(stylist.score(many[:60]).verdict.logit)
    assert stylist.complete(many[:1], k=2) and stylist.compose(many[:1])
    for wrong, said in ((many[:1], "two items"), (many, "60 or fewer")):
        with pytest.raises(Misuse, match=said):
            stylist.score(wrong)
    if name.startswith("bilstm"):
        for count in (1, 60):
            query = Query(pieces=tuple(many[:count]))
            look = stylist.generate([query], published=FREE)[0].looks[0]
            assert {piece.id for piece in look.pieces} >= set(many[:count])


def test_published_looks_hold_all_query_pieces_framed_and_photographs_too(
    runs: Callable[[str], Stylist], tmp_path: Path
) -> None:
    mine = draw(tmp_path / "mine.png", "green", "tops", 5)
    for name in ("bilstm", "bilstm-in-order", "bilstm-without-words"):
        every = ((TOP,), (TOP, SHOES), (SHOES, f"tops={mine}", "handbags-blue-0", TOP))
        queries = [Query(pieces=pieces) for pieces in every]
        answers = runs(name).generate(queries, published=FREE)
        for pieces, answer in zip(every, answers, strict=True):
            look = answer.looks[0]
            assert len(answer.looks) == 1
            given = {piece.id for piece in look.pieces if piece.given}
            assert given == {piece.removeprefix("tops=") for piece in pieces}
            assert len(look.pieces) >= len(pieces) + 2 * FREE.steps
            assert np.isfinite(look.value)


def test_a_published_text_changes_what_is_no_query_piece(
    runs: Callable[[str], Stylist],
) -> None:
    plain, green = (
        runs("bilstm").generate([Query(pieces=(TOP, SHOES), text=text)], published=config)[0]
        for text, config in (
            ("", FREE),
            ("green", Han2017Config(end_threshold=1.0, steps=3, text_weight=50.0)),
        )
    )
    before, after = plain.looks[0].pieces, green.looks[0].pieces
    assert len(before) == len(after)
    assert [p.id for p in before if p.given] == [p.id for p in after if p.given]
    assert {p.id.split("-")[1] for p in after if not p.given} == {"green"}
    assert green.looks[0].wish is not None and green.looks[0].wish > 0


def test_the_published_way_says_what_it_cannot(runs: Callable[[str], Stylist]) -> None:
    for name, query, said in (
        ("siamese", Query(pieces=(TOP,)), "leave out --protocol"),
        ("visual_semantic", Query(pieces=(TOP,)), "leave out --protocol"),
        ("bilstm", Query(text="green"), "Query 1 .*starts from an image"),
        ("bilstm-without-words", Query(pieces=(TOP,), text="red"), "Query 1 .*no words of its own"),
    ):
        with pytest.raises(Misuse, match=said):
            runs(name).generate([query], published=Han2017Config())


def test_the_published_threshold_ends_all_outfits_of_a_small_shop_and_that_is_noted(
    runs: Callable[[str], Stylist],
) -> None:
    query = Query(pieces=(TOP,), text="green zzyzx")
    answer = runs("bilstm").generate([query], published=Han2017Config())[0]
    assert _ids(answer.looks[0]) == [TOP]
    assert any("zzyzx" in note for note in answer.looks.notes)
    assert "--end-threshold" in answer.looks.notes[-1]


@pytest.mark.parametrize(("queries", "sheets"), [(1, 1), (5, 1), (12, 1), (13, 2)])
@pytest.mark.parametrize("published", [None, FREE])
def test_the_looks_are_drawn_a_dozen_queries_a_sheet(
    runs: Callable[[str], Stylist],
    tmp_path: Path,
    queries: int,
    sheets: int,
    published: Han2017Config | None,
) -> None:
    one = runs("bilstm").generate(
        [Query(pieces=(TOP,))], ComposeRequest(looks=2), published=published
    )
    files = draw_queries(Generation(answers=one.answers * queries), tmp_path / "looks.png")
    assert len(files) == sheets == len(list(tmp_path.iterdir()))
    assert files[0].name == ("looks.png" if sheets == 1 else "looks-1.png")
    with Image.open(files[0]) as drawn:
        greens = np.asarray(drawn.convert("RGB")).reshape(-1, 3) == (46, 125, 79)
        assert greens.all(axis=1).sum() > 100

"""Reduction to slots: first of each, in slot order, complete ones only, rows without duplicates."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from modiste.data.importing.polyvore import import_polyvore_outfits
from modiste.data.questions.files import load_questions, question_names, save_questions
from modiste.data.slots.plan import SlotPlan, parse_plan, reduced
from modiste.data.slots.reduce import Reduction, SlotRow, reduce_wardrobes, split_again
from modiste.data.slots.write import SLOTS_FILE, write_reduction
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.errors import DataError, Misuse, UnknownName, WardrobeError
from modiste.outfit import (
    CompatibilityQuestion,
    CompletionQuestion,
    FitbQuestion,
    Item,
    Outfit,
    Question,
    Split,
)

CATEGORY = {"s": "shoes", "t": "tops", "b": "bottoms", "h": "hats", "g": "bags"}
PLAN = SlotPlan(slots=("shoes", "tops", "bottoms"))


def item(item_id: str, **facts: object) -> Item:
    category = CATEGORY[item_id[0]]
    given = {"category": category, "fine": f"fine {category}", "title": f"a {item_id}"} | facts
    return Item(id=item_id, **given)  # type: ignore[arg-type]


def wardrobe(
    root: Path,
    outfits: Sequence[tuple[str, Split, str]],
    questions: Mapping[str, Sequence[Question]] | None = None,
    **facts: object,
) -> Wardrobe:
    """Outfits are written as `b1 t1 s1`."""
    worn = [Outfit(id=name, split=split, items=tuple(ids.split())) for name, split, ids in outfits]
    asked = questions or {}
    ids = {i for outfit in worn for i in outfit.items}
    ids |= {i for sets in asked.values() for q in sets for i in _items(q)}
    for name, made in asked.items():
        save_questions(root, name, made)
    info = WardrobeInfo(name=root.name, licence="free", source="us", match=("season",))
    items = [item(i, **facts) for i in sorted(ids)]
    return create_wardrobe(root, items, worn, info, questions=list(asked))


def _items(question: Question) -> tuple[str, ...]:
    match question:
        case CompatibilityQuestion():
            return question.items
        case FitbQuestion():
            return question.question + question.candidates
        case CompletionQuestion():
            return (*question.question, question.answer)


def asks(*rows: str) -> list[Question]:
    """Compatibility questions written as `1 b1 t1 s1`."""
    return [CompatibilityQuestion(label=int(row[0]), items=tuple(row.split()[1:])) for row in rows]


def outfits_of(reduction: Reduction) -> dict[str, tuple[str, ...]]:
    return {outfit.id: outfit.items for outfit in reduction.outfits}


def test_the_columns_are_in_slot_order_whatever_the_order_of_the_outfit() -> None:
    slot_of = {"s1": 0, "t1": 1, "b1": 2}
    for order in ("s1 t1 b1", "b1 t1 s1", "t1 b1 s1", "h1 b1 s1 g1 t1"):
        assert reduced(order.split(), slot_of, 3) == ("s1", "t1", "b1")


def test_the_first_item_of_a_slot_counts_and_every_slot_must_be_there() -> None:
    slot_of = {"s1": 0, "s2": 0, "t1": 1, "t2": 1}
    assert reduced(["t2", "s2", "t1", "s1"], slot_of, 2) == ("s2", "t2")
    assert reduced(["t2", "t1", "h1"], slot_of, 2) is None
    assert reduced([], slot_of, 2) is None


def test_outfits_keep_their_split_and_incomplete_ones_go(tmp_path: Path) -> None:
    looks: list[tuple[str, Split, str]] = [
        ("a", "train", "b1 t1 t2 s1 g1"),
        ("b", "valid", "s2 t2 b2"),
        ("c", "train", "s1 t1 g1"),  # no bottoms
        ("d", "test", "s3 b3"),  # too short
    ]
    made = reduce_wardrobes([wardrobe(tmp_path / "W", looks)], PLAN)
    assert outfits_of(made) == {"a": ("s1", "t1", "b1"), "b": ("s2", "t2", "b2")}
    assert [outfit.split for outfit in made.outfits] == ["train", "valid"]
    assert {each.category for each in made.items} == {"shoes", "tops", "bottoms"}
    assert "g1" not in {each.id for each in made.items}
    assert "s3" in {each.id for each in made.items}  # worn by no reduced outfit, still of a slot
    train, valid, test = made.counts.outfits
    assert (train.read, train.long_enough, train.complete, train.kept) == (2, 2, 1, 1)
    assert (test.read, test.long_enough) == (1, 0)


def test_outfits_that_become_equal_count_once_on_the_held_out_side(tmp_path: Path) -> None:
    looks: list[tuple[str, Split, str]] = [
        ("a", "train", "s1 t1 b1 g1"),
        ("b", "test", "b1 t1 s1 g2"),
        ("c", "test", "s1 t1 b1"),
        ("d", "valid", "s1 b1 t1"),
    ]
    made = reduce_wardrobes([wardrobe(tmp_path / "W", looks)], PLAN)
    assert [(outfit.id, outfit.split) for outfit in made.outfits] == [("b", "test")]
    assert sum(step.complete for step in made.counts.outfits) == 4


def test_outfits_nearly_the_same_on_both_sides_are_counted(tmp_path: Path) -> None:
    looks: list[tuple[str, Split, str]] = [
        ("a", "train", "s1 t1 b1 g1 g2 g3"),
        ("b", "test", "s1 t1 b2 h1 h2 h3"),
    ]
    made = reduce_wardrobes([wardrobe(tmp_path / "W", looks)], PLAN)
    assert made.counts.near_duplicates == 1
    assert made.counts.shared_items == 2


def test_splitting_again_keeps_near_duplicates_together(tmp_path: Path) -> None:
    splits: tuple[Split, ...] = ("train", "valid", "test")
    looks = [(f"o{n}", splits[n % 3], f"s{n // 2} t{n // 2} b{n}") for n in range(300)]
    source = wardrobe(tmp_path / "W", looks, {"official-test": asks("1 s0 t0 b0")})
    made = reduce_wardrobes([source], PLAN)
    assert made.counts.near_duplicates > 20
    again = split_again(made, seed=1)
    assert again.counts.near_duplicates == 0
    assert {outfit.split for outfit in again.outfits} == set(splits)
    assert outfits_of(again) == outfits_of(made)
    assert (again.rows, again.questions) == (made.rows, {})


def test_rows_come_from_questions_and_lose_duplicates_not_labels(tmp_path: Path) -> None:
    sets = {
        "official-test": asks("1 b1 t1 s1", "0 s1 t1 b2", "1 s1 t1"),
        "official-train": asks("0 s2 t2 b2 g1", "0 b2 g1 t2 s2", "1 s2 t2 b2", "1 s1 s2 t1 t2 g1"),
        "official-valid": asks("1 t1 s1 b1"),  # the row of test, which is read after it
    }
    made = reduce_wardrobes(
        [wardrobe(tmp_path / "W", [("a", "train", "s9 t9 b9")], sets)],
        PLAN,
    )
    assert made.rows == (
        SlotRow(0, ("s2", "t2", "b2")),
        SlotRow(1, ("s2", "t2", "b2")),
        SlotRow(1, ("s1", "t1", "b1")),
        SlotRow(0, ("s1", "t1", "b2")),
    )
    assert made.counts.contradictions == 1
    found = {s.source: (s.read, s.long_enough, s.complete, s.kept) for s in made.counts.rows}
    assert found == {
        "official-train": (4, 4, 3, 2),
        "official-valid": (1, 1, 1, 1),
        "official-test": (3, 2, 2, 1),
    }
    assert sum(step.compatible for step in made.counts.rows) == 2


def test_without_questions_outfits_are_the_compatible_rows(tmp_path: Path) -> None:
    looks: list[tuple[str, Split, str]] = [("a", "test", "b1 t1 s1"), ("b", "train", "s2 t2 b2")]
    made = reduce_wardrobes([wardrobe(tmp_path / "W", looks)], PLAN)
    assert made.rows == (SlotRow(1, ("s2", "t2", "b2")), SlotRow(1, ("s1", "t1", "b1")))
    asked: dict[str, Sequence[Question]] = {"official-test": asks("0 s2 t2 b1")}
    made = reduce_wardrobes([wardrobe(tmp_path / "V", looks, asked)], PLAN)
    assert made.rows == (SlotRow(0, ("s2", "t2", "b1")),)


def test_categories_are_renamed_before_they_are_chosen(tmp_path: Path) -> None:
    source = wardrobe(tmp_path / "W", [("a", "train", "s1 g1 t1 h1"), ("b", "train", "h2 t2 s2")])
    plan = parse_plan("extras, shoes", ["bags=extras", "hats=extras"])
    made = reduce_wardrobes([source], plan)
    assert outfits_of(made) == {"a": ("g1", "s1"), "b": ("h2", "s2")}
    assert {each.category for each in made.items if each.id[0] in "gh"} == {"extras"}
    assert {each.fine for each in made.items if each.id[0] == "g"} == {"fine bags"}


def test_a_category_that_is_renamed_is_not_found_under_its_old_name(tmp_path: Path) -> None:
    source = wardrobe(tmp_path / "W", [("a", "train", "s1 g1 t1")])
    with pytest.raises(Misuse, match="in the slot 'bags'"):
        reduce_wardrobes([source], parse_plan("shoes,bags", ["bags=extras"]))


@pytest.mark.parametrize(
    ("slots", "pairs", "said"),
    [
        ("shoes", [], "fewer than two"),
        ("shoes,,tops", [], "fewer than two"),
        ("shoes,tops,shoes", [], "'shoes' twice"),
        ("shoes,tops", ["bags"], "OLD=NEW"),
        ("shoes,tops", ["=x"], "OLD=NEW"),
        ("shoes,tops", ["bags=a", "bags=b"], "'bags' twice"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(slots: str, pairs: list[str], said: str) -> None:
    with pytest.raises(Misuse, match=said):
        parse_plan(slots, pairs)


def test_unknown_slots_and_categories_are_named_with_the_nearest(tmp_path: Path) -> None:
    source = wardrobe(tmp_path / "W", [("a", "train", "s1 t1 b1")])
    with pytest.raises(Misuse, match="slot 'shoe'; did you mean 'shoes'"):
        reduce_wardrobes([source], parse_plan("shoe,tops"))
    with pytest.raises(Misuse, match="No item of .*W is in the slot 'hats'; its categories are "):
        reduce_wardrobes([source], parse_plan("shoes,hats"))
    with pytest.raises(UnknownName, match="'top'; did you mean 'tops'"):
        reduce_wardrobes([source], parse_plan("shoes,tops", ["top=tops"]))


def test_no_complete_outfit_is_one_sentence(tmp_path: Path) -> None:
    source = wardrobe(tmp_path / "W", [("a", "train", "s1 t1 s2"), ("b", "train", "b1 t1 t2")])
    with pytest.raises(DataError, match="No outfit of .* has an item of all of shoes, tops"):
        reduce_wardrobes([source], PLAN)


def test_questions_are_reduced_like_the_outfits_they_ask_about(tmp_path: Path) -> None:
    def fitb(question: str, candidates: str, position: int | None) -> FitbQuestion:
        ids = tuple(candidates.split())
        return FitbQuestion(
            question=tuple(question.split()), candidates=ids, answer=1, position=position
        )

    def completion(question: str, category: str, answer: str) -> CompletionQuestion:
        items = tuple(question.split())
        return CompletionQuestion(question=items, category=category, answer=answer)

    sets: dict[str, Sequence[Question]] = {
        "official-test": [
            fitb("b1 g1 s1", "t2 t1", 0),
            fitb("t3 b1 s1", "t2 t1", 1),  # the answer is not the first of its slot
            fitb("t3 b1 s1", "t2 t1", 0),  # now it is
            fitb("b1 s1", "s2 t1", 0),  # candidates of two slots
            fitb("b1 g1", "t2 t1", None),  # not complete
            completion("t1 s1", "bottoms", "b1"),
            completion("t1 s1", "bags", "g1"),
            *asks("0 g1 b2 t1 s1", "0 t1 b2 s1"),
        ]
    }
    made = reduce_wardrobes([wardrobe(tmp_path / "W", [("a", "train", "s1 t1 b1")], sets)], PLAN)
    right = FitbQuestion(question=("s1", "b1"), candidates=("t2", "t1"), answer=1, position=1)
    assert made.questions == {
        "official-test": [
            right,
            completion("s1 t1", "bottoms", "b1"),
            *asks("0 s1 t1 b2"),
        ]
    }


def test_wardrobes_of_one_catalogue_are_joined(tmp_path: Path) -> None:
    one = wardrobe(
        tmp_path / "D",
        [("a", "train", "s1 t1 b1"), ("b", "test", "s2 t2 b2")],
        {"official-train": asks("1 s1 t1 b1", "0 s1 t1 b2"), "official-test": asks("1 s2 t2 b2")},
    )
    two = wardrobe(
        tmp_path / "ND",
        [("b", "train", "s2 t2 b2"), ("c", "valid", "s3 t2 b2")],
        {"official-train": asks("1 t2 s2 b2"), "official-valid": asks("1 s3 t2 b2")},
    )
    made = reduce_wardrobes([one, two], PLAN)
    assert [(o.id, o.split) for o in made.outfits] == [
        ("a", "train"),
        ("b", "test"),  # as the first wardrobe says
        ("c", "valid"),
    ]
    assert [row.items for row in made.rows if row.compatibility] == [
        ("s1", "t1", "b1"),
        ("s2", "t2", "b2"),
        ("s3", "t2", "b2"),
    ]
    assert [step.source for step in made.counts.rows] == [
        "D official-train",
        "D official-test",
        "ND official-train",
        "ND official-valid",
    ]
    assert set(made.questions) == {"official-train", "official-test"}


def test_wardrobes_of_two_catalogues_are_refused(tmp_path: Path) -> None:
    one = wardrobe(tmp_path / "A", [("a", "train", "s1 t1 b1")])
    two = wardrobe(tmp_path / "B", [("a", "train", "s1 t1 b1")], title="something else")
    with pytest.raises(DataError, match="'b1' of .*B is another one"):
        reduce_wardrobes([one, two], PLAN)
    with pytest.raises(Misuse, match="twice"):
        reduce_wardrobes([one, Wardrobe(tmp_path / "A")], PLAN)


def test_what_is_written_is_a_wardrobe_with_its_rows(tmp_path: Path) -> None:
    looks: list[tuple[str, Split, str]] = [("a", "train", "b1 t1 s1"), ("b", "valid", "s2 t2 b2")]
    source = wardrobe(tmp_path / "W", looks, {"official-valid": asks("1 b2 s2 t2", "0 s1 t2 b1")})
    made = write_reduction(tmp_path / "W2", reduce_wardrobes([source], PLAN), [source])
    again = Wardrobe(made.root)
    assert again.outfits["items"].to_list() == [["s1", "t1", "b1"], ["s2", "t2", "b2"]]
    assert (again.info.licence, again.info.source, again.info.match) == ("free", "us", ("season",))
    assert again.info.extra["slots"] == ["shoes", "tops", "bottoms"]
    assert again.content_hash != source.content_hash
    assert question_names(again.root) == ["official-valid"]
    assert load_questions(again.root, "official-valid") == asks("1 s2 t2 b2", "0 s1 t2 b1")
    with (again.root / SLOTS_FILE).open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["compatibility", "item_1", "item_2", "item_3"],
            ["1", "s2", "t2", "b2"],
            ["0", "s1", "t2", "b1"],
        ]
    with pytest.raises(WardrobeError, match="--replace"):
        write_reduction(tmp_path / "W2", reduce_wardrobes([source], PLAN), [source])
    with pytest.raises(Misuse, match="another --out"):
        write_reduction(tmp_path / "W", reduce_wardrobes([source], PLAN), [source], replace=True)


def test_photographs_come_along_at_their_paths(tmp_path: Path) -> None:
    ids = ["s1", "t1", "b1", "g1"]
    (tmp_path / "W" / "images").mkdir(parents=True)
    for name in ids:
        (tmp_path / "W" / "images" / f"{name}.jpg").write_bytes(name.encode())
    (tmp_path / "W" / "images" / "b1.jpg").unlink()
    items = [item(name, image=f"images/{name}.jpg") for name in ids]
    outfits = [Outfit(id="a", items=tuple(ids))]
    source = create_wardrobe(tmp_path / "W", items, outfits, WardrobeInfo(name="W"))
    made = write_reduction(tmp_path / "W2", reduce_wardrobes([source], PLAN), [source])
    found = {path.name: path.read_bytes() for path in (made.root / "images").iterdir()}
    assert found == {"s1.jpg": b"s1", "t1.jpg": b"t1"}
    assert any("1 photographs that the wardrobe names are not there" in n for n in made.info.notes)


def test_no_photograph_is_put_outside_the_new_wardrobe(tmp_path: Path) -> None:
    (tmp_path / "W").mkdir()
    (tmp_path / "W" / "s1.jpg").write_bytes(b"s1")
    items = [
        item("s1", image="../W/s1.jpg"),  # inside W, but outside of any other folder
        item("t1", image="wardrobe.toml"),
        item("b1"),
    ]
    outfits = [Outfit(id="a", items=("s1", "t1", "b1"))]
    source = create_wardrobe(tmp_path / "W", items, outfits, WardrobeInfo(name="W"))
    made = write_reduction(tmp_path / "far" / "W2", reduce_wardrobes([source], PLAN), [source])
    assert not (tmp_path / "far" / "W").exists()
    assert Wardrobe(made.root).info.name == "W-slots"
    assert "wardrobe.toml" in {path.name for path in made.root.iterdir()}


@pytest.mark.slow
def test_the_real_labels_give_the_rows_of_the_files_that_are_there(
    shared_data: Path, tmp_path: Path
) -> None:
    """Published, of six files: 4,573 compatible rows and 6,445 not. One file is not here."""
    root = shared_data / "polyvore_outfits"
    variants = ("disjoint", "nondisjoint")
    sources = [import_polyvore_outfits(root, tmp_path / v, variant=v) for v in variants]
    made = reduce_wardrobes(sources, parse_plan("shoes,tops,accessories,bottoms"))
    found = {s.source: (s.read, s.long_enough, s.complete, s.kept) for s in made.counts.rows}
    assert found == {
        "disjoint official-train": (33_990, 29_614, 1_706, 1_706),
        "disjoint official-valid": (6_000, 5_264, 318, 318),
        "disjoint official-test": (30_290, 24_164, 1_746, 1_746),
        "nondisjoint official-valid": (10_000, 8_852, 662, 515),
        "nondisjoint official-test": (20_000, 17_818, 1_364, 1_081),
    }
    labels = [row.compatibility for row in made.rows]
    assert (labels.count(1), labels.count(0)) == (2_468, 2_898)
    assert [each.in_compatible_rows for each in made.counts.items] == [2_411, 2_418, 2_292, 2_381]
    assert made.counts.contradictions == 0

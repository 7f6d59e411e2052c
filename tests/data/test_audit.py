"""The audit: every defect put into a wardrobe is found, counted and named; a sound one is fine."""

from __future__ import annotations

import io
import random
import time
from pathlib import Path

import polars as pl
import pytest
from PIL import Image, ImageDraw

from modiste.cli import show
from modiste.data.audit.photographs import background_leak
from modiste.data.audit.report import SEVERITIES, AuditReport, Finding
from modiste.data.wardrobe import Wardrobe, WardrobeInfo, create_wardrobe
from modiste.jobs.audit import audit_wardrobe
from modiste.outfit import Item, Outfit, Split


def picture(number: int) -> bytes:
    """A garment of its own shape and colour."""
    image = Image.new("RGB", (120, 160), (240, 238, 232))
    left, top = 10 + 7 * (number % 5), 10 + 9 * (number // 5 % 5)
    colour = (37 * number % 200, 91 * number % 200, 151 * number % 200)
    draw = ImageDraw.Draw(image)
    draw.rectangle((left, top, left + 60, top + 70), fill=colour)
    draw.ellipse((60 - number, 100, 100, 150), fill=colour)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=92)
    return file.getvalue()


def item(number: int, fine: str = "shirts", *, image: bool = True) -> Item:
    slot = "tops" if fine == "shirts" else "bottoms"
    path = f"images/{number}.jpg" if image else None
    return Item(id=f"i{number}", category=slot, fine=fine, image=path)


def outfit(name: str, numbers: list[int], split: Split = "train") -> Outfit:
    return Outfit(id=name, items=tuple(f"i{n}" for n in numbers), split=split)


def wardrobe_of(root: Path, items: list[Item], outfits: list[Outfit]) -> Wardrobe:
    (root / "images").mkdir(parents=True)
    for number, one in enumerate(items):
        if one.image is not None:
            (root / one.image).write_bytes(picture(number))
    return create_wardrobe(root, items, outfits, WardrobeInfo(name="audited"))


def found(report: AuditReport, check: str) -> Finding:
    return next(finding for finding in report.findings if finding.check == check)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Wardrobe:
    """Twelve shirts and twelve skirts, each in one outfit; a split of its own for each third."""
    items = [item(n, "shirts" if n < 12 else "skirts") for n in range(24)]
    splits: list[Split] = ["train", "valid", "test"]
    outfits = [outfit(f"o{n}", [n, n + 12], splits[n % 3]) for n in range(12)]
    return wardrobe_of(tmp_path_factory.mktemp("sound") / "W", items, outfits)


def test_nothing_is_wrong_with_a_sound_wardrobe(sound: Wardrobe) -> None:
    report = audit_wardrobe(sound)
    assert {finding.check: finding.severity for finding in report.findings} == {
        finding.check: "fine" for finding in report.findings
    }
    assert report.worst() == "fine"
    assert len(report.findings) == 16
    assert report.counts == {"items": 24, "outfits": 12, "train": 4, "valid": 4, "test": 4}


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Wardrobe:
    root = tmp_path_factory.mktemp("spoilt") / "W"
    shirts = [item(n) for n in range(10)]
    skirts = [item(n, "skirts") for n in range(10, 20)]
    others = [item(20, "hats"), item(21, "shirts", image=False), item(22)]
    outfits = [
        outfit("one", [0, 10, 20]),
        outfit("same", [20, 10, 0]),  # `one` in another order
        outfit("near", [0, 10, 11], "test"),  # Jaccard 0.5 with `one`
        outfit("all shirts", [2, 3]),
        outfit("single", [4, 4]),
        outfit("fresh", [5, 15], "test"),
        outfit("other", [6, 16, 7, 17, 1, 8, 9, 12, 13, 14]),
    ]
    wardrobe = wardrobe_of(root, [*shirts, *skirts, *others], outfits)
    images = root / "images"
    (images / "1.jpg").unlink()
    (images / "2.jpg").write_bytes(picture(2)[:700])
    (images / "5.jpg").write_bytes(picture(6))  # i5, in test only, is i6 of train, bit for bit
    again = Image.open(io.BytesIO(picture(16))).resize((90, 120))
    again.save(images / "15.jpg", quality=80)  # and i15 is i16, resized
    return wardrobe


def test_every_defect_is_found_and_counted(spoilt: Wardrobe) -> None:
    report = audit_wardrobe(spoilt)
    counts = {f.check: (f.severity, f.count) for f in report.findings if f.severity != "fine"}
    counts.pop("background leak", None)
    assert counts == {
        "near-duplicate outfits on both sides": ("serious", 1),
        "missing images": ("warning", 1),
        "undecodable images": ("warning", 1),
        "images on both sides": ("warning", 2),
        "outfits of one item": ("warning", 1),
        "small categories": ("warning", 1),
        "empty splits": ("warning", 1),
        "duplicate images": ("note", 2),
        "near-duplicate images": ("note", 2),
        "items without an image": ("note", 1),
        "duplicate outfits": ("note", 1),
        "outfits of one category": ("note", 1),
        "items on both sides": ("note", 2),
        "items in no outfit": ("note", 4),
    }


def test_examples_name_what_is_wrong(spoilt: Wardrobe) -> None:
    report = audit_wardrobe(spoilt)
    assert found(report, "empty splits").examples == ("valid",)
    assert found(report, "duplicate images").examples == ("i5 = i6",)
    assert found(report, "near-duplicate images").examples == ("i15 = i16",)
    assert found(report, "images on both sides").examples == ("i15 = i16", "i5 = i6")
    assert found(report, "duplicate outfits").examples == ("one = same",)
    assert found(report, "small categories").examples == ("hats (1)",)
    assert found(report, "undecodable images").examples[0].startswith("i2: ")
    assert found(report, "items in no outfit").examples == ("i18", "i19", "i21", "i22")
    near = found(report, "near-duplicate outfits on both sides")
    assert near.examples == ("near (test) ~ one (train)",)


def test_the_worst_stands_first_and_says_what_to_do(spoilt: Wardrobe) -> None:
    report = audit_wardrobe(spoilt)
    order = [SEVERITIES.index(finding.severity) for finding in report.findings]
    assert order == sorted(order)
    assert report.worst() == "serious"
    for finding in report.findings:
        assert bool(finding.advice) == (finding.severity != "fine"), finding.check
        assert (finding.count > 0) or finding.severity == "fine"


def test_json_and_table_say_the_same(
    spoilt: Wardrobe, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    report = audit_wardrobe(spoilt)
    facts = report.to_json()
    assert facts["wardrobe"] == "audited" and facts["worst"] == "serious"
    assert [f["check"] for f in facts["findings"]] == [f.check for f in report.findings]
    show.audit(report)
    text = capsys.readouterr().out
    assert all(finding.check in text for finding in report.findings)


def test_names_are_printed_as_they_are_whatever_they_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    odd = Item(id="[bold]x[/]", category="[red]", fine="[/red]")
    wardrobe = create_wardrobe(tmp_path, [odd], [], WardrobeInfo(name="[blink]w"))
    show.audit(audit_wardrobe(wardrobe))
    text = capsys.readouterr().out
    assert "[bold]x[/]" in text and "[blink]w" in text


def test_an_empty_wardrobe_is_audited_too(tmp_path: Path) -> None:
    report = audit_wardrobe(create_wardrobe(tmp_path, [], [], WardrobeInfo(name="empty")))
    assert found(report, "empty splits").count == 3


def test_a_leak_of_the_background_is_reported_with_its_figures(
    seasons: Wardrobe, season_photographs: pl.DataFrame
) -> None:
    finding = background_leak(seasons, season_photographs)
    assert finding is not None and finding.severity == "warning"
    assert "matched questions" in finding.advice
    levels = list(finding.facts.values())
    assert levels[0]["background"] > 0.6 > 0.3 > levels[-1]["background"]


def test_twenty_thousand_outfits_without_images_are_audited_in_seconds(tmp_path: Path) -> None:
    fine = [f"fine {n % 90}" for n in range(40_000)]
    items = [Item(id=f"i{n}", category=fine[n][-1], fine=fine[n]) for n in range(len(fine))]
    chance = random.Random(0)
    splits: list[Split] = ["train", "valid", "test"]
    outfits = [
        outfit(f"o{n}", [chance.randrange(len(fine)) for _ in range(5)], splits[n % 3])
        for n in range(20_000)
    ]
    wardrobe = create_wardrobe(tmp_path, items, outfits, WardrobeInfo(name="large"))
    start = time.process_time()
    audit_wardrobe(wardrobe)
    assert time.process_time() - start < 20


@pytest.mark.parametrize("seed", range(5))
def test_leaking_outfits_are_those_of_comparing_every_pair(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    splits: list[Split] = ["train", "valid", "test"]
    outfits = [
        outfit(f"o{n}", chance.sample(range(14), chance.randint(2, 5)), chance.choice(splits))
        for n in range(40)
    ]
    wardrobe = create_wardrobe(
        tmp_path, [item(n, image=False) for n in range(14)], outfits, WardrobeInfo(name="w")
    )
    leaking = {
        one.id
        for one in outfits
        for other in outfits
        if one.split not in ("train", other.split)
        and 2 * len({*one.items} & {*other.items}) >= len({*one.items} | {*other.items})
    }
    assert found(audit_wardrobe(wardrobe), "near-duplicate outfits on both sides").count == len(
        leaking
    )

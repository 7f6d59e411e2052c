"""What to know about photographs before training: what is missing, what repeats, what leaks.

A leak is what the background colour alone finds, by how wrong items are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt
import polars as pl

from modiste.arrays import Floats
from modiste.data.audit.near_duplicates import near_duplicate_photographs, same_photographs
from modiste.data.audit.outfits import worn_in
from modiste.data.audit.report import Finding
from modiste.data.photographs import backgrounds as backgrounds_of
from modiste.data.questions.negatives import NegativePools
from modiste.data.wardrobe import Wardrobe

_CANDIDATES = 4
_QUESTIONS = 3000  # enough for a standard error below 0.01
_EVEN = 1e-6  # scores this near are ties


@dataclass(frozen=True, kw_only=True)
class LeakLevel:
    """Accuracy of knowing nothing but the background, on one kind of question."""

    name: str
    """What wrong answers share with the right one."""
    background: float
    """Share of questions answered by taking the background nearest to the outfit's mean one."""
    popularity: float
    """The same by taking the item that is in most outfits."""
    questions: int
    chance: float = 1 / _CANDIDATES

    @property
    def error(self) -> float:
        """Two standard errors of `background`."""
        spread = self.background * (1 - self.background) / max(self.questions, 1)
        return 2 * sqrt(spread)

    def facts(self) -> dict[str, float]:
        """For JSON."""
        return {
            "background": self.background,
            "popularity": self.popularity,
            "questions": self.questions,
            "chance": self.chance,
        }


def background_accuracy(
    wardrobe: Wardrobe, photographs: pl.DataFrame, *, seed: int = 0
) -> list[LeakLevel]:
    """Ask up to 3,000 four-way questions at each level of matching, the loosest first.

    Outfits of all splits are asked about: a property of the photographs is measured, no model.
    Empty where fewer than two items of any outfit have a known background.
    """
    background = backgrounds_of(wardrobe, photographs)
    known = ~np.isnan(background[:, 0])
    rows = wardrobe.rows
    outfits = [
        [row for item in dict.fromkeys(items) if known[row := rows[item]]]
        for items in wardrobe.outfits["items"].to_list()
    ]
    outfits = [outfit for outfit in outfits if len(outfit) > 1]
    if not outfits:
        return []
    items, match = wardrobe.items, wardrobe.info.match
    anything = items.with_columns(fine=pl.lit("any"))
    also = f" and {', '.join(match)}" if match else ""
    levels = {
        "nothing": NegativePools(anything, outfits),
        "fine category": NegativePools(items, outfits),
        f"fine category{also}": NegativePools(items, outfits, match=match),
        f"fine category{also}, background": NegativePools(
            items, outfits, match=match, backgrounds=background
        ),
    }
    return [
        _measure(name, pools, _sample(outfits, seed), background, seed)
        for name, pools in levels.items()
    ]


def _sample(outfits: Sequence[Sequence[int]], seed: int) -> list[Sequence[int]]:
    order = np.random.default_rng(seed).permutation(len(outfits))[:_QUESTIONS]
    return [outfits[place] for place in order]


def _measure(
    name: str, pools: NegativePools, outfits: Sequence[Sequence[int]], background: Floats, seed: int
) -> LeakLevel:
    rng = np.random.default_rng(seed)
    shares: list[tuple[float, float]] = []
    for outfit in outfits:
        place = int(rng.integers(len(outfit)))
        right, rest = outfit[place], [*outfit[:place], *outfit[place + 1 :]]
        wrong = pools.draw(right, _CANDIDATES - 1, rng, exclude=rest)
        if len(wrong) == _CANDIDATES - 1:
            candidates = np.array([right, *wrong])
            near = -np.linalg.norm(background[candidates] - background[rest].mean(axis=0), axis=1)
            shares.append((_credit(near), _credit(pools.frequency[candidates])))
    by_background, by_popularity = np.mean(shares, axis=0) if shares else (0.25, 0.25)
    return LeakLevel(
        name=name,
        background=float(by_background),
        popularity=float(by_popularity),
        questions=len(shares),
    )


def _credit(scores: npt.NDArray[np.floating]) -> float:
    """What the first candidate earns; ties share it."""
    best = scores >= scores.max() - _EVEN
    return float(best[0] / best.sum())


Pairs = Sequence[tuple[str, str]]


def photograph_findings(wardrobe: Wardrobe, photographs: pl.DataFrame) -> Iterator[Finding]:
    """Every check on photographs; nothing but one note where there are none."""
    yield _imageless(wardrobe)
    if not len(photographs):
        return
    lost = photographs.filter(pl.col("image_hash").is_null() & pl.col("error").is_not_null())
    broken = photographs.filter(pl.col("image_hash").is_not_null() & pl.col("error").is_not_null())
    yield _failures("missing images", lost, "has an image file that is not there")
    yield _failures("undecodable images", broken, "has an image that cannot be decoded")
    groups = same_photographs(photographs)
    same = [(first, other) for first, *others in groups for other in others]
    near = near_duplicate_photographs(wardrobe, photographs)
    yield _copies("duplicate images", same, "the very same image under another id")
    yield _copies("near-duplicate images", near, "nearly the same image under another id")
    yield _on_both_sides(wardrobe, [*same, *near])
    leak = background_leak(wardrobe, photographs)
    if leak is not None:
        yield leak


def background_leak(wardrobe: Wardrobe, photographs: pl.DataFrame) -> Finding | None:
    """How much of a question the background colour alone answers; None without outfits."""
    levels = background_accuracy(wardrobe, photographs)
    if not levels:
        return None
    easiest, hardest = levels[0], levels[-1]
    matched_leaks = hardest.background - hardest.error > hardest.chance + 0.03
    leaks = easiest.background - easiest.error > easiest.chance + 0.03
    steps = "; ".join(f"{level.name} {level.background:.0%}" for level in levels)
    advice = ""
    if leaks:
        advice = "Ask matched questions only, and report the background control beside results."
    if matched_leaks:
        advice = "Even matched questions leak: cut the garments out of their backgrounds."
    return Finding(
        check="background leak",
        severity="serious" if matched_leaks else "warning" if leaks else "fine",
        count=easiest.questions,
        summary=(
            f"The background colour alone answers, by what wrong answers share with the right "
            f"one: {steps} (chance {hardest.chance:.0%})."
        ),
        advice=advice,
        facts={level.name: level.facts() for level in levels},
    )


def _imageless(wardrobe: Wardrobe) -> Finding:
    bare = wardrobe.items.filter(pl.col("image").is_null())["id"].to_list()
    everything = len(bare) == len(wardrobe.items)
    return Finding(
        check="items without an image",
        severity="note",
        count=len(bare),
        summary="No item has an image; checks on photographs were left out."
        if everything
        else f"{len(bare):,} of {len(wardrobe.items):,} items name no image.",
        advice="They are known by text and category only.",
        examples=bare,
    )


def _failures(check: str, rows: pl.DataFrame, what: str) -> Finding:
    examples = [f"{item}: {error}" for item, error in rows.select("id", "error").iter_rows()]
    return Finding(
        check=check,
        severity="warning",
        count=len(examples),
        summary=f"{len(examples):,} items: each {what}.",
        advice="Fetch or repair the files, then run the audit again.",
        examples=examples,
    )


def _copies(check: str, pairs: Pairs, what: str) -> Finding:
    items = {item for pair in pairs for item in pair}
    return Finding(
        check=check,
        severity="note",
        count=len(items),
        summary=f"{len(items):,} items have {what}.",
        advice="Give one product one id, or a right answer may stand beside its copy.",
        examples=[f"{one} = {other}" for one, other in pairs],
        facts={"pairs": len(pairs)},
    )


def _on_both_sides(wardrobe: Wardrobe, pairs: Pairs) -> Finding:
    worn = worn_in(wardrobe)
    held_out = (worn["valid"] | worn["test"]) - worn["train"]
    leaks = sorted(
        (one, other)
        for pair in pairs
        for one, other in (pair, pair[::-1])
        if one in held_out and other in worn["train"]
    )
    count = len({one for one, _ in leaks})
    return Finding(
        check="images on both sides",
        severity="warning",
        count=count,
        summary=(
            f"{count:,} items seen only in valid or test have the same or nearly the same image "
            "as an item of train outfits."
        ),
        advice="They are not as cold as they seem; give one product one id.",
        examples=[f"{one} = {other}" for one, other in leaks],
    )

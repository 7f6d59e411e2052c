"""What people put together at all: slots and how they combine, learnt from training outfits.

No slot is known by name. That nobody wears two pairs of trousers, or a skirt under a dress, is
what the outfits say by never doing it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from modiste.arrays import Ints
from modiste.data.wardrobe import Wardrobe

CAUTION = 5
"""Imagined outfits that follow the most averse pair of slots: few real ones are not yet proof."""
RARE = 0.05
"""A way to go on that is less than this as common as the most common one is an oddity."""
MOST_KEPT = 10_000
"""Combinations of slots of which `plausible` remembers what it found."""

Slots = tuple[str, ...]


@dataclass(frozen=True)
class LookPlan:
    """Which slots to add to make a whole look.

    Args:
        add: slots, the most usual first; a slot may occur twice.
        share: how usual among outfits that have all that is worn, above 0 to 1.
    """

    add: Slots
    share: float


@dataclass(frozen=True)
class SlotPrior:
    """How slots combine in outfits.

    Args:
        combinations: sorted slots -> number of outfits that consist of exactly these.
        position: slot -> where in an outfit it stands on average, 0 first to 1 last.
    """

    combinations: Mapping[Slots, int]
    position: Mapping[str, float]

    @classmethod
    def learn(cls, outfits: Iterable[Sequence[str]]) -> SlotPrior:
        """Count outfits, each given as the slots of its items in order."""
        combinations: Counter[Slots] = Counter()
        places: dict[str, list[float]] = {}
        for slots in outfits:
            combinations[tuple(sorted(slots))] += 1
            for place, slot in enumerate(slots):
                places.setdefault(slot, []).append(place / max(len(slots) - 1, 1))
        ordered = dict(sorted(combinations.items(), key=lambda c: (-c[1], c[0])))
        return cls(ordered, {slot: sum(p) / len(p) for slot, p in sorted(places.items())})

    @cached_property
    def longest(self) -> int:
        """The number of items in the largest outfit; 0 where there were none."""
        return max(map(len, self.combinations), default=0)

    @cached_property
    def usual(self) -> Mapping[str, float]:
        """Slot -> share of outfits that have it."""
        total = max(sum(self.combinations.values()), 1)
        return {slot: count / total for slot, count in sorted(self._worn.items())}

    def plausible(self, worn: Sequence[str]) -> dict[str, float]:
        """How likely each slot is to be worn (once more) with these; slot -> 0 to 1.

        Counted among the outfits that have all of `worn`; where they are few, the slot of `worn`
        that likes it least has the say.
        """
        key = tuple(sorted(worn))
        if key in self._likely:
            return dict(self._likely[key])
        support = self._with(worn)
        found = {}
        for slot in self.position:
            averse = min((self._given(slot, other) for other in set(worn)), default=0.0)
            both = self._with([*worn, slot])
            prior = averse if worn else self.usual[slot]
            found[slot] = (both + CAUTION * prior) / (support + CAUTION)
        if len(self._likely) < MOST_KEPT:
            self._likely[key] = found
        return dict(found)

    def plans(self, worn: Sequence[str], available: Iterable[str], most: int) -> list[LookPlan]:
        """Ways to make a whole look of what is worn, the most usual first.

        Args:
            worn: slots of the given pieces, possibly none.
            available: slots that can be added.
            most: how many plans.

        Returns:
            None at all where the pieces are a whole look, or nothing is known to go with them.
        """
        offered = set(available)
        given = Counter(worn)
        ways: Counter[Slots] = Counter()
        total = most_common = 0
        for have, count in self._counted:
            if given - have:
                continue
            total, most_common = total + count, max(most_common, count)
            add = have - given
            if add and offered >= add.keys():
                ways[tuple(self._in_order(add.elements()))] += count
        usual = [(slots, n) for slots, n in ways.most_common() if n >= RARE * most_common]
        if not usual and (steps := self._step_by_step(worn, offered)):
            return [LookPlan(steps, 1.0)]
        return [LookPlan(slots, n / total) for slots, n in usual[:most]]

    def _step_by_step(self, worn: Sequence[str], offered: set[str]) -> Slots:
        """What to add where no outfit has all that is worn: whatever is more likely than not."""
        added: list[str] = []
        while len(worn) + len(added) < self.longest:
            likely = self.plausible([*worn, *added])
            best = max(sorted(offered & likely.keys()), key=likely.__getitem__, default=None)
            if best is None or likely[best] < 0.5:
                break
            added.append(best)
        return tuple(self._in_order(added))

    def _in_order(self, slots: Iterable[str]) -> list[str]:
        """The most usual slots first: a look is built around them."""
        return sorted(slots, key=lambda slot: (-self.usual.get(slot, 0.0), slot))

    def _with(self, slots: Sequence[str]) -> int:
        """The number of outfits that have all these slots, as often as they are given."""
        names, worn, outfits = self._matrix
        wanted = np.array([slots.count(name) for name in names], dtype=np.int64)
        if int(wanted.sum()) < len(slots):  # a slot that no outfit has
            return 0
        return int(outfits[(worn >= wanted).all(axis=1)].sum())

    def _given(self, slot: str, other: str) -> float:
        """The share of outfits with `other` that also have `slot` (a second one, if the same)."""
        return self._pairs[slot, other] / max(self._worn[other], 1)

    @cached_property
    def _worn(self) -> Counter[str]:
        """Slot -> number of outfits that have it."""
        worn: Counter[str] = Counter()
        for slots, count in self.combinations.items():
            worn.update(dict.fromkeys(slots, count))
        return worn

    @cached_property
    def _pairs(self) -> Counter[tuple[str, str]]:
        """(a, b) -> number of outfits that have both; (a, a): that have a twice."""
        pairs: Counter[tuple[str, str]] = Counter()
        for have, count in self._counted:
            for a, b in product(have, have):
                pairs[a, b] += count * (a != b or have[a] > 1)
        return pairs

    @cached_property
    def _likely(self) -> dict[Slots, dict[str, float]]:
        """Answers of `plausible`: boards differ in pieces far more than in slots."""
        return {}

    @cached_property
    def _matrix(self) -> tuple[list[str], Ints, Ints]:
        """The S slots, (n, S) how often each combination has each, and (n,) outfits of it."""
        names = sorted({slot for slots in self.combinations for slot in slots})
        worn = [[slots.count(name) for name in names] for slots in self.combinations]
        return (
            names,
            np.array(worn, dtype=np.int64).reshape(len(worn), len(names)),
            np.array(list(self.combinations.values()), dtype=np.int64),
        )

    @cached_property
    def _counted(self) -> list[tuple[Counter[str], int]]:
        return [(Counter(slots), count) for slots, count in self.combinations.items()]


def slot_prior_of(wardrobe: Wardrobe) -> SlotPrior:
    """SlotPrior of a wardrobe's training outfits."""
    return learn_slot_prior((o.items for o in wardrobe.outfits_of("train")), wardrobe.slots)


def learn_slot_prior(outfits: Iterable[Sequence[str]], slot_of: Mapping[str, str]) -> SlotPrior:
    """SlotPrior of outfits given as item ids; items without a slot are passed over."""
    slots = ([slot_of[i] for i in items if i in slot_of] for items in outfits)
    return SlotPrior.learn(s for s in slots if s)

"""Questions reduced to slots like the outfits that they ask about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from modiste.data.slots import SlotPlan, reduced
from modiste.outfit import CompatibilityQuestion, CompletionQuestion, FitbQuestion, Question


def reduce_questions(
    questions: Iterable[Question], plan: SlotPlan, slot_of: Mapping[str, int]
) -> list[Question]:
    """The questions that can be asked about reduced outfits, each once, in their order.

    The outfit behind a question is reduced. A FITB or a completion question stays if the outfit
    is complete and the right answer is among what is left of it; the wrong candidates of a FITB
    question must be of the same slot. The blank then stands at the place of its slot.
    """
    made = (_reduce(question, plan, slot_of) for question in questions)
    return list(dict.fromkeys(question for question in made if question is not None))


def _reduce(question: Question, plan: SlotPlan, slot_of: Mapping[str, int]) -> Question | None:
    match question:
        case CompatibilityQuestion():
            items = reduced(question.items, slot_of, len(plan))
            return None if items is None else replace(question, items=items)
        case FitbQuestion():
            return _fitb(question, plan, slot_of)
        case CompletionQuestion():
            rest = _rest(question.question, question.answer, None, plan, slot_of)
            if rest is None:
                return None
            slot = plan.slots[slot_of[question.answer]]
            return replace(question, question=rest, category=slot)


def _fitb(
    question: FitbQuestion, plan: SlotPlan, slot_of: Mapping[str, int]
) -> FitbQuestion | None:
    right = question.candidates[question.answer]
    if len({slot_of.get(item) for item in question.candidates}) > 1:
        return None
    rest = _rest(question.question, right, question.position, plan, slot_of)
    return None if rest is None else replace(question, question=rest, position=slot_of[right])


def _rest(
    others: tuple[str, ...],
    answer: str,
    position: int | None,
    plan: SlotPlan,
    slot_of: Mapping[str, int],
) -> tuple[str, ...] | None:
    """The reduced outfit without the answer; None where it is not complete or lacks the answer."""
    place = len(others) if position is None else position
    outfit = reduced((*others[:place], answer, *others[place:]), slot_of, len(plan))
    if outfit is None or answer not in outfit:
        return None
    return tuple(item for item in outfit if item != answer)


__all__ = ["reduce_questions"]

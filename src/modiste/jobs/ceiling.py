"""The best possible figures, where the rule behind the outfits is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modiste.data.wardrobe import Wardrobe
from modiste.outfit import Question


def known_ceiling(wardrobe: Wardrobe, questions: Sequence[Question]) -> Mapping[str, float]:
    """`fitb` and `auc` that no scorer beats on these questions; empty where it is not known."""
    if "rule" not in wardrobe.info.extra:
        return {}
    from modiste.data.drawn import ceiling

    drawn = [q for q in questions if all(i in wardrobe.rows for i in _items(q))]
    found = ceiling(wardrobe, drawn)
    both = {"fitb": found.fitb, "auc": found.auc}
    return {name: round(value, 4) for name, value in both.items() if value is not None}


def _items(question: Question) -> tuple[str, ...]:
    match question.kind:
        case "fitb":
            return (*question.question, *question.candidates)
        case "compatibility":
            return question.items
        case "completion":
            return (*question.question, question.answer)

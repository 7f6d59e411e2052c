"""Looks for queries of images and text, as published by Han et al. 2017."""

from __future__ import annotations

from collections.abc import Sequence

from modiste.errors import Misuse
from modiste.models.bilstm import BiLstm
from modiste.stylist.board import Atelier
from modiste.stylist.complete import standard
from modiste.stylist.expectations import BiLstmExpectations
from modiste.stylist.generate import Asked, look_of
from modiste.stylist.generate_han2017 import Han2017Config, generate, rephrase
from modiste.stylist.generation import Answered, Generation
from modiste.stylist.look import Composition
from modiste.stylist.own_words import OwnWords, passed_over
from modiste.stylist.queries import named


def generate_published(
    atelier: Atelier, asked: Sequence[Asked], config: Han2017Config
) -> Generation:
    """One outfit for every query; see `generate_han2017`.

    Raises:
        Misuse: the model is no Bi-LSTM, a query has no image, or a text cannot be read; all that
            before anything is generated.
    """
    model = atelier.wearer.model
    if not isinstance(model, BiLstm):
        raise Misuse(
            "The published generation needs a bilstm, and this run is of another model; leave out "
            "--protocol han2017."
        )
    for number, each in enumerate(asked, start=1):
        with named(number, each.query):
            _require(atelier, each)
    catalogue = BiLstmExpectations.of(model, atelier.stock.table, atelier.wearer.device)
    looks = [_generated(atelier, each, catalogue, config) for each in asked]
    return Generation(
        answers=tuple(
            Answered(query=each.query, looks=found)
            for each, found in zip(asked, looks, strict=True)
        )
    )


def _require(atelier: Atelier, asked: Asked) -> None:
    """Stop unless the published way has an answer to a query."""
    if not asked.board.pieces:
        raise Misuse(
            "The published generation starts from an image; give one, or leave out --protocol "
            "han2017 to compose from the text alone."
        )
    if asked.text is None:
        return
    if atelier.senses.own is None:
        raise Misuse(
            "This run was trained without the visual-semantic loss, so it has no words of its own; "
            "leave out the text, or --protocol han2017."
        )
    atelier.senses.own.vector(asked.text)


def _generated(
    atelier: Atelier, asked: Asked, catalogue: BiLstmExpectations, config: Han2017Config
) -> Composition:
    board, own = asked.board, atelier.senses.own
    beside = catalogue.beside(board.room.guests, atelier.stock.table.vocabulary)
    sequence = generate(beside, board.numbers, config)
    notes = list(board.notes)
    wish = None
    if asked.text is not None and own is not None:
        text = own.vector(asked.text)
        sequence = rephrase(sequence, board.numbers, own.images, text, config.text_weight)
        wish = _answered(own, asked.text, [n for n in sequence if n not in board.numbers])
        notes += passed_over(own.unknown(asked.text))
    return Composition(
        looks=(look_of(atelier, board, sequence, wish),),
        notes=(*notes, *_notes(asked, sequence, catalogue, config)),
    )


def _answered(own: OwnWords, text: str, added: Sequence[int]) -> float:
    """How well added items answer a text: half the best of them, half all of them."""
    if not added:
        return 0.0
    each = standard(own.likeness(text).astype(float))[list(added)]
    return float(each.max() + each.mean()) / 2


def _notes(
    asked: Asked, sequence: Sequence[int], catalogue: BiLstmExpectations, config: Han2017Config
) -> list[str]:
    """What a person should know about a generated outfit."""
    notes = []
    if len(sequence) == len(asked.board.numbers):
        notes.append(
            "Nothing was added: at both ends the end of the outfit is more likely than "
            f"{config.end_threshold:g} (published for about 20,000 items); raise it with "
            "--end-threshold."
        )
    elif catalogue.model.config.objective == "choice":
        notes.append(
            "This run never learnt where an outfit ends (objective=choice), so the number of "
            "pieces says nothing."
        )
    if len(set(sequence)) < len(sequence):
        notes.append("An item comes more than once, as the published generation lets it.")
    return notes

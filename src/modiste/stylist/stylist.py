"""The stylist: a run and a catalogue, ready to score, complete, compose, explain and revise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from modiste.catalogue.base import Catalogue, RowSearch
from modiste.catalogue.filters import EVERYTHING, Filter
from modiste.catalogue.in_memory import InMemory
from modiste.data.batches import ItemTable
from modiste.data.wardrobe import Wardrobe
from modiste.errors import ModisteError
from modiste.evaluation.calibration import Calibration
from modiste.models.base import OutfitModel
from modiste.stylist.beam import ComposeConfig
from modiste.stylist.complete import CompleteConfig, CompleteRequest, complete
from modiste.stylist.compose import ComposeRequest, compose
from modiste.stylist.context import PartialOutfit, StylistContext
from modiste.stylist.encodings import CHUNK, MOST_KEPT
from modiste.stylist.explain import explain
from modiste.stylist.find import SearchPage, SearchRequest, find
from modiste.stylist.generation.han2017 import Han2017Config
from modiste.stylist.generation.looks import Generation, generate_ours, lay_out
from modiste.stylist.generation.published import generate_published
from modiste.stylist.generation.queries import Query
from modiste.stylist.likeness import EXACT, Aspect, prepare
from modiste.stylist.pieces import Finder, Piece
from modiste.stylist.results import (
    CompleteResult,
    ComposeResult,
    ExplainResult,
    ReviseResult,
    ScoreResult,
)
from modiste.stylist.revise import ReviseRequest, revise
from modiste.stylist.rules import slot_prior_of
from modiste.stylist.score import Steps, alone, score, together
from modiste.stylist.scorer import SIGMOID, CatalogueModel, OutfitScorer
from modiste.stylist.stock import Stock
from modiste.stylist.stored import StoredWardrobe, require_same_run, rows_before, stored_table
from modiste.stylist.wishes import QueryEncoders, query_encoders_of
from modiste.training.run import Run, spec_blocks, table_of

READ_FIRST = 20_000
"""Items that are read before the first question; the others while questions are answered."""


@dataclass(frozen=True)
class WarmUp:
    """Work that can be done ahead; all of it is done on first use where it was not.

    Args:
        context: what the stylist works with.
        finder: how it finds pieces.
    """

    context: StylistContext
    finder: Finder

    @property
    def searches_at_once(self) -> bool:
        """Whether the first search waits for nothing: few items, or `prepare` has been called."""
        return len(self.context.stock) <= EXACT or all(a.prepared for a in self._aspects)

    def read(self, most: int = READ_FIRST) -> None:
        """Let the model read items, the most worn first; 100,000 are kept at most."""
        for rows in np.array_split(self.context.popular[:most], most // CHUNK + 1):
            self.context.catalogue_model.encodings.of(rows)

    def prepare(self) -> None:
        """Make what the first to search would wait for: seconds for a million items."""
        prepare(self._aspects)
        self.context.stock.with_words("prepared")
        self.read(MOST_KEPT)

    def follow(self, before: WarmUp) -> None:
        """Take over what was made of items that were in an earlier version of the catalogue."""
        ours, theirs = self.context.stock.wardrobe, before.context.stock.wardrobe
        if not (isinstance(ours, StoredWardrobe) and isinstance(theirs, StoredWardrobe)):
            return
        if ours.snapshot.run != theirs.snapshot.run:
            return
        same = rows_before(ours.snapshot, theirs.snapshot)
        self.context.catalogue_model.encodings.follow(
            before.context.catalogue_model.encodings, same
        )
        for aspect, other in zip(self._aspects, before._aspects, strict=True):
            aspect.follow(other, same)

    @property
    def _aspects(self) -> list[Aspect]:
        """What items are compared by: their photographs, their titles."""
        titles = self.context.query_encoders.titles
        return [self.finder.pictures, *([] if titles is None else [titles])]


Given = str | Path | Piece
"""An item id, a photograph (`photo.jpg`, `shoes=photo.jpg`), or a piece found before."""
Result = TypeVar("Result")


class Stylist:
    """Dresses people from a catalogue by a trained model's taste.

    Pieces are item ids or photographs. Answers are data with `to_json()` and `to_text()`; the
    same question has the same answer.

    Args:
        model: any model of the contract; put in eval mode.
        table: the items of `wardrobe` as `model` sees them.
        wardrobe: the catalogue; its training outfits say which slots are worn together.
        calibration: from logits to probabilities; None takes the logit at its word.
        query_encoders: how photographs are seen and wishes read.
        catalogue: where to search; None: in memory.

    Attributes:
        ahead: what can be made before anybody asks.

    Raises:
        RunError: `table` is not of the items of `wardrobe`.
    """

    def __init__(
        self,
        model: OutfitModel,
        table: ItemTable,
        wardrobe: Wardrobe,
        *,
        calibration: Calibration | None = None,
        query_encoders: QueryEncoders | None = None,
        catalogue: RowSearch | None = None,
    ) -> None:
        model.eval()
        device = next((tensor.device for tensor in model.state_dict().values()), "cpu")
        stock = Stock(wardrobe, table)
        slot_prior = slot_prior_of(wardrobe)
        self.context = StylistContext(
            stock=stock,
            catalogue=catalogue or InMemory(model, table, stock.facts, device=device),
            catalogue_model=CatalogueModel(model, table, stock.slot, slot_prior.position, device),
            slot_prior=slot_prior,
            calibration=calibration or SIGMOID,
            query_encoders=query_encoders or QueryEncoders(),
        )
        self.complete_config = CompleteConfig()
        self.compose_config = ComposeConfig()
        self._finder = Finder(stock, self.context.query_encoders)
        self.ahead = WarmUp(self.context, self._finder)

    @classmethod
    def load(cls, run: Path | str, wardrobe: Path | str | None = None) -> Stylist:
        """The stylist of a run.

        Args:
            run: the folder of a trained run.
            wardrobe: the catalogue to dress from; None: the one that the run was trained on.

        Raises:
            RunError: there is no run, it is damaged, or it knows nothing of the wardrobe.
            WardrobeError: there is no such wardrobe.
            FeatureError: the wardrobe lacks features of the run's encoders.
        """
        opened = Run.open(Path(run))
        model = opened.model()
        root = None if wardrobe is None else Path(wardrobe)
        clothes, calibration = opened.wardrobe(root), opened.spec.calibration
        table = table_of(clothes, opened.spec, opened.counts)
        return cls(
            model,
            table,
            clothes,
            calibration=Calibration.from_dict(calibration) if calibration else None,
            query_encoders=query_encoders_of(clothes, spec_blocks(opened.spec), table, model),
        )

    @classmethod
    def over(
        cls,
        run: Path | str,
        catalogue: Catalogue,
        wardrobe: Path | str | None = None,
        *,
        before: Stylist | None = None,
    ) -> Stylist:
        """The stylist of a run over the newest version of a catalogue in a place of its own.

        Args:
            run: the folder of a trained run.
            catalogue: built for that run by `modiste catalogue build`.
            wardrobe: what the run was trained on, whose outfits say which slots go together;
                None: where it was then.
            before: of the same run over an earlier version of the catalogue; what it has made of
                items that are still the same need not be made again.

        Raises:
            RunError: as `load`, or the catalogue is another run's.
            CatalogueError: the catalogue is damaged.
            CatalogueUnavailable: its database does not answer.
        """
        opened = Run.open(Path(run))
        require_same_run(opened, catalogue)
        model, snapshot = opened.model(), catalogue.snapshot()
        home = opened.wardrobe(None if wardrobe is None else Path(wardrobe))
        table = stored_table(snapshot, opened.spec.vocabulary)
        calibration, blocks = opened.spec.calibration, spec_blocks(opened.spec)
        trained = table_of(home, opened.spec, opened.counts)
        stylist = cls(
            model,
            table,
            StoredWardrobe(home, snapshot),
            calibration=Calibration.from_dict(calibration) if calibration else None,
            query_encoders=query_encoders_of(home, blocks, trained, model, table),
            catalogue=snapshot,
        )
        if before is not None:
            stylist.ahead.follow(before.ahead)
        return stylist

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots of the catalogue, in alphabetical order."""
        return tuple(self.context.stock.partitions)

    def item(self, item_id: str) -> Piece:
        """An item of the catalogue as a piece; unlike a bare word, never a file.

        Raises:
            UnknownItem: no such id.
        """
        return self._finder.item(item_id)

    def photograph(self, path: Path, category: str | None = None) -> Piece:
        """A photograph as a piece.

        Args:
            path: the image file.
            category: coarse or fine; None: guessed from the items that look most alike.

        Raises:
            ImageError: it cannot be read.
            UnknownName: no such category.
            Misuse: photographs mean nothing to this model.
        """
        return self._finder.photograph(path, category)

    def score(self, pieces: Sequence[Given]) -> ScoreResult:
        """How well pieces go together.

        Raises:
            Misuse: fewer than two pieces, one given twice, or one that cannot be found.
            ImageError: a photograph cannot be read.
        """
        board = self._board(pieces)
        return alone(board.scorer, score(self.context, board))

    def score_many(self, asked: Sequence[Sequence[Given]]) -> list[ScoreResult | ModisteError]:
        """`score` for several outfits by one call of the model.

        Returns:
            For each its result, or the error that `score` would raise.
        """
        return self._together(asked, [lambda board: score(self.context, board)] * len(asked))

    def complete_many(
        self, asked: Sequence[tuple[Sequence[Given], CompleteRequest]]
    ) -> list[CompleteResult | ModisteError]:
        """`complete` for several outfits by one call of the model.

        Args:
            asked: the pieces, and what is to be suggested for them.

        Returns:
            For each its completion, or the error that `complete` would raise.
        """
        return self._together(
            [pieces for pieces, _ in asked],
            [
                partial(complete, self.context, request=request, config=self.complete_config)
                for _, request in asked
            ],
        )

    def complete(
        self,
        pieces: Sequence[Given],
        category: str | None = None,
        *,
        k: int = 10,
        filters: Filter | None = None,
        diversity: float = 0.0,
    ) -> CompleteResult:
        """Items to wear with the pieces, best first.

        Args:
            pieces: one or more.
            category: coarse or fine; None: any slot that goes with the pieces and is open.
            k: how many.
            filters: which items may be suggested.
            diversity: 0: the best; to 1: as unlike one another as possible.

        Raises:
            Misuse: no piece, no such category, or nothing left to choose from.
            ImageError: a photograph cannot be read.
        """
        request = CompleteRequest(
            category=category, k=k, filters=filters or EVERYTHING, diversity=diversity
        )
        board = self._board(pieces)
        return alone(board.scorer, complete(self.context, board, request, self.complete_config))

    def compose(
        self, pieces: Sequence[Given] = (), request: ComposeRequest | None = None
    ) -> ComposeResult:
        """Whole looks around the pieces, or from nothing.

        Args:
            pieces: none or more; part of every look.
            request: a wish in words, the slots, the number of looks, filters, a seed.

        Raises:
            Misuse: nothing can be added, or nothing is left to choose from.
            ImageError: a photograph cannot be read.
        """
        request = request or ComposeRequest()
        return compose(self.context, self._board(pieces), request, self.compose_config)

    def generate(
        self,
        queries: Sequence[Query],
        request: ComposeRequest | None = None,
        *,
        published: Han2017Config | None = None,
    ) -> Generation:
        """Looks for several queries of images and text, all of them checked before any work.

        The pieces of a query keep their order where the model reads outfits in order.

        Args:
            queries: one or more; see `read_queries`.
            request: slots, number of looks, filters and seed for all; the texts are the queries'.
            published: generate one outfit for each as Han et al. 2017 did; `request` is not
                heeded then.

        Raises:
            Misuse: a piece cannot be found, a text not be read, or nothing be composed; the
                sentence names the query.
            DataError: a photograph of a query cannot be read.
        """
        asked = lay_out(self.context, self._finder, queries)
        if published is not None:
            return generate_published(self.context, asked, published)
        return generate_ours(self.context, asked, request or ComposeRequest(), self.compose_config)

    def explain(self, pieces: Sequence[Given]) -> ExplainResult:
        """What each piece adds or costs, and which pair clashes.

        Raises:
            Misuse: fewer than two pieces, one given twice, or one that cannot be found.
            ImageError: a photograph cannot be read.
        """
        board = self._board(pieces)
        return alone(board.scorer, explain(self.context, board))

    def revise(
        self,
        pieces: Sequence[Given],
        *,
        keep: Sequence[str] = (),
        k: int = 5,
        filters: Filter | None = None,
    ) -> ReviseResult:
        """The piece to change, and what to wear instead.

        Args:
            pieces: two or more.
            keep: those that must stay, as they are given in `pieces`.
            k: how many swaps.
            filters: on what is worn instead.

        Raises:
            Misuse: fewer than two pieces, or all of them are to be kept.
            ImageError: a photograph cannot be read.
        """
        request = ReviseRequest(keep=tuple(keep), k=k, filters=filters or EVERYTHING)
        board = self._board(pieces)
        return alone(board.scorer, revise(self.context, board, request, self.complete_config))

    def find(self, request: SearchRequest) -> SearchPage:
        """Search the catalogue by words, by a look-alike, by fit with an outfit, by filters.

        Raises:
            Misuse: a piece cannot be found, or a filter names what does not exist.
            ImageError: a photograph cannot be read.
        """
        return find(self.context, self._finder, request)

    def _board(self, pieces: Sequence[Given], scorer: OutfitScorer | None = None) -> PartialOutfit:
        return PartialOutfit(self.context, self._finder.find_all(pieces), scorer=scorer)

    def _together(
        self,
        boards: Sequence[Sequence[Given]],
        work: Sequence[Callable[[PartialOutfit], Steps[Result]]],
    ) -> list[Result | ModisteError]:
        """The answers of some work on each board, worked out in one scorer."""
        scorer = OutfitScorer(self.context.catalogue_model)
        return together(
            scorer, [self._on(*each, scorer) for each in zip(boards, work, strict=True)]
        )

    def _on(
        self,
        pieces: Sequence[Given],
        work: Callable[[PartialOutfit], Steps[Result]],
        scorer: OutfitScorer,
    ) -> Steps[Result]:
        """Steps that begin by finding the pieces, so that one unknown piece spoils one answer."""
        return (yield from work(self._board(pieces, scorer)))

"""How new photographs are seen and wishes read.

By the encoders that a run was trained with, or by the words that its model has learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from modiste.arrays import Floats
from modiste.data.batches import ItemTable
from modiste.data.pictures import read_bytes, read_image
from modiste.data.wardrobe import Wardrobe
from modiste.encoders.base import ImageEncoder, TextEncoder
from modiste.encoders.blocks import Block, new_item
from modiste.encoders.build import build_image_encoder, build_text_encoder
from modiste.encoders.colour import describe_colours
from modiste.encoders.words import Words
from modiste.errors import FeatureError, ImageError, Misuse
from modiste.models.base import OutfitModel
from modiste.models.bilstm import BiLstm
from modiste.models.fusion import Fusion
from modiste.models.visual_semantic import VisualSemantic, VisualSemanticSpace
from modiste.stylist.likeness import Aspect, Likeness


def members_of(
    fusion: Fusion, blocks: Sequence[Block], table: ItemTable
) -> Iterator[tuple[OutfitModel, list[Block], ItemTable]]:
    """Every member with its blocks and the catalogue as it sees it.

    Args:
        fusion: the model of a fused run.
        blocks: of that run.
        table: the catalogue as that run sees it.
    """
    ends = accumulate(block.dim for block in blocks)
    starts = {end - block.dim: block for block, end in zip(blocks, ends, strict=True)}
    for terms, member in fusion.pairs():
        columns = np.concatenate([np.arange(first, end) for first, end in terms.columns])
        own = [starts[column] for column in columns.tolist() if column in starts]
        seen = table.features[:, np.append(columns, table.features.shape[1] - 1)]
        yield member, own, replace(table, features=seen)


CHUNK = 4096
"""Items that are encoded at once; bounds the memory."""


def space_of(model: OutfitModel) -> VisualSemanticSpace | None:
    """Where a model puts photographs beside words; None for one that does not."""
    match model:
        case VisualSemantic():
            return model.space
        case BiLstm():
            return model.semantic
        case _:
            return None


def own_words_of(model: OutfitModel, blocks: Sequence[Block], table: ItemTable) -> OwnWords | None:
    """A model's words, of a fusion those of its first member with some; None without any."""
    if isinstance(model, Fusion):
        parts = members_of(model, blocks, table)
        return next((own for part in parts if (own := own_words_of(*part)) is not None), None)
    space = space_of(model)
    words = next((block.words for block in blocks if block.words is not None), None)
    return None if space is None or words is None else OwnWords(space, words, table)


@dataclass(frozen=True)
class OwnWords:
    """A model's words and the items among them.

    Args:
        space: in eval mode.
        words: the vocabulary that it was trained with.
        table: the catalogue as the model sees it.
    """

    space: VisualSemanticSpace
    words: Words
    table: ItemTable

    @cached_property
    def images(self) -> Tensor:
        """(M, W) image vectors of the catalogue, of unit length."""
        parts = []
        with torch.inference_mode():
            for start in range(0, len(self.table.ids), CHUNK):
                features = torch.from_numpy(self.table.features[start : start + CHUNK])
                parts.append(self.space.image_vectors(features.to(self._device)))
        return torch.cat(parts)

    def unknown(self, text: str) -> tuple[str, ...]:
        """The words of a text that have no vector."""
        return tuple(self.words.unknown(text))

    def vector(self, text: str) -> Tensor:
        """(W,) sum of the vectors of the distinct known words, of unit length.

        Raises:
            Misuse: no word is known.
        """
        numbers = sorted(set(self.words.known(text)))  # each word once, as published
        if not numbers:
            raise Misuse(
                f"This run knows no word of the wish {text.strip()!r}; use words of its titles, or "
                "leave it out."
            )
        with torch.inference_mode():
            return self.space.text_vectors(torch.tensor([numbers], device=self._device))[0]

    def likeness(self, text: str) -> Floats:
        """(M,) cosine of every item's image vector with a text.

        Raises:
            Misuse: no word is known.
        """
        found: Floats = (self.images @ self.vector(text)).float().cpu().numpy()
        return found

    @property
    def _device(self) -> torch.device:
        return self.space.word.weight.device


def passed_over(words: Sequence[str]) -> list[str]:
    """What a person should know about unknown words: a sentence, or none."""
    names = ", ".join(repr(word) for word in words)
    return [f"The run does not know {names}; the rest of the wish counts."] if words else []


DRAFT = 224
"""Pixels of the smaller edge that a photograph is read at where only its colours are seen."""
ALIKE = 0.95
"""Cosine from which two vectors are of the same item by the same encoder."""


@dataclass(frozen=True, kw_only=True)
class QueryEncoders:
    """How new photographs are seen and wishes read; None where the model cannot.

    Args:
        see: a photograph and its fine category ("" while it is unknown) to the (D,) float32
            features that the model has of an item. Raises ImageError.
        looks: the columns of the features that show the photograph: look-alikes are alike there.
        read: a wish to its (M,) float32 likeness to every catalogue item, which of a large
            catalogue is an estimate. Raises Misuse where it understands no word.
        words: the same as what is exact where it matters; None where `read` is that.
        titles: what `words` compares with.
        unknown: the words of a wish that `read` passes over.
        own: the model's own words, where it learnt some.
    """

    see: Callable[[Path, str], Floats] | None = None
    looks: slice = field(default_factory=lambda: slice(None))
    read: Callable[[str], Floats] | None = None
    words: Callable[[str], Likeness] | None = None
    titles: Aspect | None = None
    unknown: Callable[[str], tuple[str, ...]] = lambda text: ()
    own: OwnWords | None = None

    def likeness(self, text: str) -> Likeness | None:
        """How alike every catalogue item's words are to a text; None where none is understood."""
        try:
            if self.words is not None:
                return self.words(text)
            return None if self.read is None else Likeness(self.read(text))
        except Misuse:  # a model with words of its own that knows none of these
            return None

    def notes(self, wish: str | None) -> list[str]:
        """What a person should know about how a wish was read, a sentence each."""
        return passed_over(() if wish is None else self.unknown(wish))


def query_encoders_of(
    wardrobe: Wardrobe,
    blocks: Sequence[Block],
    table: ItemTable,
    model: OutfitModel | None = None,
    offered: ItemTable | None = None,
) -> QueryEncoders:
    """The query encoders of a run; encoders are loaded on first use.

    Nothing is known of a photograph's title and popularity: the catalogue's mean, which is what
    the model takes for no opinion, stands there, and no word at all. A wish is read by the text
    encoder where the run has one, else by the model's own words.

    Args:
        wardrobe: the catalogue.
        blocks: that the run reads, in order.
        table: the catalogue as the run sees it.
        model: of the run; None where its words do not matter.
        offered: the items that a wish is compared with; None: those of `table`.
    """
    offered = table if offered is None else offered
    own = None if model is None else own_words_of(model, blocks, offered)
    columns = _columns(blocks)
    by_name = {block.name: block for block in blocks}
    visible = [name for name in ("image", "colour") if name in columns]
    known = _Known(wardrobe, table, columns)
    query_encoders = QueryEncoders(
        see=_sight(blocks, known) if visible else None,
        looks=columns[visible[0]] if visible else slice(None),
        own=own,
    )
    if "text" in columns:
        titles = Aspect(offered.features, columns["text"], cosine=False)
        words = _reading(by_name["text"], known, titles)
        return replace(
            query_encoders, read=lambda wish: words(wish).estimate, words=words, titles=titles
        )
    return (
        query_encoders
        if own is None
        else replace(query_encoders, read=own.likeness, unknown=own.unknown)
    )


@dataclass(frozen=True)
class _Known:
    """What the catalogue's items look like to the encoders of a run."""

    wardrobe: Wardrobe
    table: ItemTable
    columns: Mapping[str, slice]

    def usual(self) -> Floats:
        """(D,) the mean of all rows."""
        mean = self.table.features.mean(axis=0, dtype=np.float64)
        return np.asarray(mean, dtype=np.float32)

    def require(self, block: Block, fingerprint: str, example: tuple[int, Floats] | None) -> None:
        """Stop unless an encoder is the one that made a block, to the last bit or very nearly.

        The proof is that an item still gets the vector that it had: an encoder that ran in 8 bits
        then and in 32 now is the same, and one whose cached network is damaged is not.

        Args:
            block: of the run.
            fingerprint: of the encoder that there is now; counts where there is no example.
            example: a row and the vector that this encoder gives its item.

        Raises:
            FeatureError: it is another encoder.
        """
        if example is None and fingerprint == block.fingerprint:
            return
        if example is not None:
            row, vector = example
            before = self.table.features[row, self.columns[block.name]]
            lengths = float(np.linalg.norm(before) * np.linalg.norm(vector))
            if float(before @ vector) >= ALIKE * lengths:
                return
        raise FeatureError(
            f"The encoder {block.encoder!r} does not give the items of {self.wardrobe.root} the "
            "vectors that they have; run `modiste embed` on it and train again."
        )


def _sight(blocks: Sequence[Block], known: _Known) -> Callable[[Path, str], Floats]:
    seeing = [block for block in blocks if block.kind == "image"]

    @cache
    def networks() -> dict[str, ImageEncoder]:
        """By the name of the block; a run fused of others may see by more than one."""
        made = {block.name: build_image_encoder(block.encoder) for block in seeing}
        for block in seeing:
            encoder = made[block.name]
            known.require(block, encoder.fingerprint, _example_picture(encoder, known.wardrobe))
        return made

    usual = cache(known.usual)

    @lru_cache(maxsize=256)
    def features(path: Path, changed: int) -> Floats:
        encoders = networks()
        edges = {name: encoder.edge for name, encoder in encoders.items()} or {"": DRAFT}
        pictures = {edge: read_image(path, draft=edge) for edge in edges.values()}
        colours = describe_colours(next(iter(pictures.values())))
        vectors = {block.name: colours for block in blocks if block.kind == "colour"}
        for name, encoder in encoders.items():
            pixels = encoder.preprocess(pictures[encoder.edge])
            vectors[name] = encoder.encode(pixels[None])[0]
        return new_item(blocks, vectors, usual())

    seeing_one = Lock()  # the networks are loaded once, and one photograph fills the cores

    def see(path: Path, fine: str) -> Floats:
        read_bytes(path)  # raises in words what `stat` would raise in code
        with seeing_one:
            return features(path, path.stat().st_mtime_ns)

    return see


def _example_picture(encoder: ImageEncoder, wardrobe: Wardrobe) -> tuple[int, Floats] | None:
    """The first item whose photograph can be read, and its vector."""
    for row, image in enumerate(wardrobe.items["image"]):
        if (path := wardrobe.image_path(image)) is None:
            continue
        with suppress(ImageError):
            picture = read_image(path, draft=encoder.edge)
            return row, encoder.encode(encoder.preprocess(picture)[None])[0]
    return None


def _reading(block: Block, known: _Known, titles: Aspect) -> Callable[[str], Likeness]:
    reading = Lock()  # tokenizers refuse a second thread

    @cache
    def network() -> TextEncoder:
        encoder = build_text_encoder(block.encoder)
        titles = known.wardrobe.items["title"]
        row = next((row for row, title in enumerate(titles) if title.strip()), None)
        example = None if row is None else (row, encoder.encode([titles[row]])[0])
        known.require(block, encoder.fingerprint, example)
        return encoder

    def read(text: str) -> Likeness:
        with reading:
            wanted = network().encode([text])[0]
        return titles.to(wanted)

    return read


def _columns(blocks: Sequence[Block]) -> Mapping[str, slice]:
    """Block name -> its columns in the features."""
    ends = np.cumsum([block.dim for block in blocks]).tolist()
    return {
        block.name: slice(end - block.dim, end) for block, end in zip(blocks, ends, strict=True)
    }

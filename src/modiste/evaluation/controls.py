"""The controls of one catalogue, ready to be measured beside a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from modiste.arrays import Floats
from modiste.data.batches import ItemTable, category_index
from modiste.evaluation.scoring import CatalogueIndex, ModelScorer
from modiste.models.controls import CONTROLS

_LACKING = {
    "mean_cosine": "features of photographs or texts",
    "background": "photographs whose background was measured",
}


@dataclass(frozen=True)
class Controls:
    """Fitted controls, and which are left out.

    Args:
        scorers: name -> scorer, in the order of `CONTROLS`.
        left_out: name -> one sentence why.
    """

    scorers: dict[str, ModelScorer] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def build_controls(
    index: CatalogueIndex,
    blocks: Mapping[str, npt.NDArray[np.floating] | None],
    outfits: Sequence[Sequence[int]],
) -> Controls:
    """Fit every control that the catalogue has the blocks for.

    Args:
        index: the catalogue, M items.
        blocks: `image` (M, D) and `text` (M, D) vectors, of any length, zero or NaN where an item
            has none; `background` (M, 3) CIE Lab, NaN where an item has no photograph. None, or
            absent, where the catalogue has no such thing. Other blocks are ignored.
        outfits: the training outfits as rows.

    Returns:
        The controls; one whose blocks are all lacking is left out, and said.
    """
    given = {name: _prepared(name, block) for name, block in blocks.items() if block is not None}
    given["row"] = np.arange(len(index.ids), dtype=np.float32)[:, None]
    given["popularity"] = popularity(outfits, len(index.ids))[:, None]
    vocabulary = tuple(sorted(set(index.fine)))
    category = category_index(index.fine, vocabulary)
    found = Controls()
    for name, control in CONTROLS.items():
        features = _features(control.blocks, given)
        if features is None:
            found.left_out[name] = f"{name} is left out: there are no {_LACKING[name]}."
            continue
        table = ItemTable(index.ids, features, category, vocabulary)
        found.scorers[name] = ModelScorer(control.fitted(table, outfits).eval(), table)
    return found


def popularity(outfits: Sequence[Sequence[int]], items: int) -> Floats:
    """(items,) float32 log(1 + number of outfits that an item is in)."""
    rows = [row for outfit in outfits for row in set(outfit)]
    counts = np.bincount(np.array(rows, dtype=np.int64), minlength=items)
    return np.log1p(counts).astype(np.float32)


def _features(blocks: Sequence[str], given: Mapping[str, Floats]) -> Floats | None:
    """The blocks side by side; None where all are lacking."""
    found = [given[name] for name in blocks if name in given]
    return np.concatenate(found, axis=1) if found else None


def _prepared(name: str, block: npt.NDArray[np.floating]) -> Floats:
    """A block as `models.baselines` wants it: finite, and vectors of unit length."""
    values = np.asarray(block, dtype=np.float32)
    if name in ("image", "text"):
        values = np.nan_to_num(values)
        values /= np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    if name == "background":  # an item without a photograph stands where most photographs do
        lacking = ~np.isfinite(values).all(axis=1, keepdims=True)
        usual = np.nanmedian(values, axis=0) if not lacking.all() else np.zeros(values.shape[1])
        values = np.where(lacking, usual, values).astype(np.float32)
    return values

"""What the tests of the command line share: a small shop, and the program itself."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modiste.cli.main import main

MAPPED = (
    *("--map", "id=sku", "--map", "category=slot", "--map", "title=kind,colour"),
    *("--map", "color=colour", "--map", "image=photo", "--map", "outfit=look"),
    *("--map", "item=sku"),
)
SLOTS = ("shoes", "tops", "bottoms", "bags")
COLOURS = ("red", "green", "blue", "black", "white")


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as JSON; fails where there is anything else on it."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line of an error; fails where there is more or none, or a traceback."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0].removeprefix("error: ")


Modiste = Callable[..., Answer]


@pytest.fixture
def modiste(capsys: pytest.CaptureFixture[str]) -> Modiste:
    """The program, in this process: `modiste("audit", folder)`."""

    def run(*words: object) -> Answer:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


@dataclass(frozen=True)
class Shop:
    """A catalogue as a shop would export it, on disk."""

    root: Path

    @property
    def items(self) -> Path:
        """The product table."""
        return self.root / "products.csv"

    @property
    def outfits(self) -> Path:
        """The outfit table, one row an item."""
        return self.root / "looks.csv"

    @property
    def words(self) -> list[str]:
        """The arguments of `data table`, but for `--out`."""
        photos = str(self.root / "photos")
        return [str(self.items), str(self.outfits), "--images", photos, *MAPPED]

    def write_items(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Replace the product table."""
        _write(self.items, ("sku", "slot", "kind", "colour", "photo"), rows)

    def write_outfits(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Replace the outfit table."""
        _write(self.outfits, ("look", "sku"), rows)


def shop_items() -> list[dict[str, str]]:
    """Twenty products, five a slot."""
    return [
        {"sku": f"{s}{c}", "slot": slot, "kind": slot, "colour": colour, "photo": f"{colour}.jpg"}
        for s, slot in enumerate(SLOTS)
        for c, colour in enumerate(COLOURS)
    ]


def shop_outfits() -> list[dict[str, str]]:
    """Twenty-five outfits of four items, no two alike."""
    looks = [(a, b, (a + b) % 5, (a + 2 * b) % 5) for a in range(5) for b in range(5)]
    return [
        {"look": f"look{n}", "sku": f"{slot}{colour}"}
        for n, look in enumerate(looks)
        for slot, colour in enumerate(look)
    ]


@pytest.fixture
def shop(tmp_path: Path, photograph: Callable[[str], bytes]) -> Shop:
    """A small shop that imports without a word."""
    made = Shop(tmp_path / "shop")
    (made.root / "photos").mkdir(parents=True)
    for colour in COLOURS:
        (made.root / "photos" / f"{colour}.jpg").write_bytes(photograph(colour))
    made.write_items(shop_items())
    made.write_outfits(shop_outfits())
    return made


def _write(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)

"""Pictures by the thousand: garments in, files out, on several processes.

Each process reads a JSON array of [name, garment] from its standard input, draws them and says so
with a line. Own processes rather than `multiprocessing`, which would run the caller's script
again and is unsafe beside threads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image

from modiste.arrays import Floats
from modiste.data.drawn.canvas import SIZE, Canvas, blurred
from modiste.data.drawn.garment import DrawnGarment
from modiste.data.drawn.palettes import rgb
from modiste.data.drawn.shapes import SHAPES
from modiste.errors import ModisteError

_PAPERS = [rgb(code) for code in ("f6f5f3", "f3f1ec", "eff0f2", "f4efe8", "f1f1f0")]
_ACROSS = np.linspace(-1, 1, SIZE, dtype=np.float32)


def photograph(garment: DrawnGarment) -> Image.Image:
    """Draw a garment and take its picture, 300 x 300 RGB.

    What only chance decides comes from the garment's seed alone; the paper below it says
    nothing about it.
    """
    dice, paper_dice = (np.random.default_rng([garment.seed, part]) for part in (0, 1))
    shape = SHAPES[garment.fine]
    canvas = Canvas(dice, zoom=shape.zoom, middle=shape.middle)
    shape.draw(canvas, garment, garment.cloth)
    return developed(canvas, paper_dice)


def developed(canvas: Canvas, rng: np.random.Generator) -> Image.Image:
    """The picture of what lies on a canvas."""
    paper = _paper(rng)
    paper *= (1 - _shadow(canvas.cover))[..., None]
    picture = canvas.colour + paper * (1 - canvas.cover)[..., None]
    picture *= 255
    return Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8))


def _paper(rng: np.random.Generator) -> Floats:
    colour = np.array(_PAPERS[rng.integers(len(_PAPERS))]) + rng.uniform(-0.006, 0.006, 3)
    across, down = (_ACROSS - lamp for lamp in rng.uniform(-0.6, 0.6, 2).astype(np.float32))
    fade = 1 - np.float32(0.022) * (across**2 + down[:, None] ** 2)
    return np.asarray(fade[..., None] * colour.astype(np.float32))


def _shadow(cover: Floats) -> Floats:
    """A close dark edge and a wide soft one, down to the right."""
    dark = np.zeros_like(cover)
    dark[2:, 1:] = 0.16 * blurred(cover, 2)[:-2, :-1]
    dark[7:, 4:] += 0.15 * blurred(cover, 8)[:-7, :-4]
    return dark


Progress = Callable[[int, int], None]
"""Called with how many pictures are done, and how many there are."""
Order = tuple[str, DrawnGarment]
"""A file name and what it is to show."""

_PROGRAM = (
    "import sys; from pathlib import Path; from modiste.data.drawn.studio import work; "
    "sys.exit(work(Path(sys.argv[1])))"
)
_FEW = 64  # pictures that are drawn before another process would have started


def draw_pictures(
    folder: Path,
    orders: Sequence[Order],
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Draw every garment as a JPEG in `folder`.

    Args:
        folder: made where absent; files of the same names are written over.
        orders: file names and garments.
        workers: processes; None: one a processor.
        progress: told after every picture, from any thread but never twice at once.

    Raises:
        ModisteError: a file cannot be written.
    """
    tell = _Counter(len(orders), progress)
    count = min(workers or _processors(), -(-len(orders) // _FEW))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if count <= 1:
            for order in orders:
                _draw(folder, *order)
                tell.one_more()
            return
        with ThreadPoolExecutor(count) as pool:
            shares = [orders[start::count] for start in range(count)]
            list(pool.map(lambda share: _hire(folder, share, tell), shares))
    except OSError as error:
        raise _unwritable(folder, error.strerror or str(error)) from error


class _Counter:
    """Counts pictures of all processes."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress
        self._lock = Lock()

    def one_more(self) -> None:
        with self._lock:
            self._done += 1
            if self._progress:
                self._progress(self._done, self._total)


def _hire(folder: Path, orders: Sequence[Order], tell: _Counter) -> None:
    """Have one process draw a share of the pictures."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    command = [sys.executable, "-P", "-c", _PROGRAM, str(folder)]
    with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile("w+") as complaints:
        json.dump([[name, asdict(garment)] for name, garment in orders], told)
        told.seek(0)
        with subprocess.Popen(
            command,
            stdin=told,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=environment,
            text=True,
        ) as process:
            try:
                for _ in process.stdout or ():
                    tell.one_more()
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            complaints.seek(0)
            lines = complaints.read().strip().splitlines() or [f"exit code {process.returncode}"]
            raise _unwritable(folder, lines[-1])


def _draw(folder: Path, name: str, garment: DrawnGarment) -> None:
    photograph(garment).save(folder / name, "JPEG", quality=90, subsampling=0)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _unwritable(folder: Path, reason: str) -> ModisteError:
    return ModisteError(
        f"Cannot draw pictures in {folder} ({reason}); free some space or choose a folder that "
        "can be written."
    )


def work(folder: Path) -> int:
    """Draw what standard input asks for; returns the exit code of the process."""
    try:
        for name, facts in json.load(sys.stdin):
            _draw(folder, name, DrawnGarment(**facts))
            print(name, flush=True)
    except OSError as error:
        print(error.strerror or error, file=sys.stderr)
        return 1
    return 0

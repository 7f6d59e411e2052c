"""One image file, decoded safely: an RGB picture or one clear error, whatever the file holds."""

from __future__ import annotations

import io
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from modiste.errors import ImageError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""All that is ever decoded: Pillow's other readers (PostScript, PDF, ...) stay shut."""
MAX_PIXELS = 64_000_000
MAX_BYTES = 512 * 2**20

_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_header_lock = threading.Lock()  # `catch_warnings` swaps a global: one thread at a time


def read_image(
    path: Path, *, max_pixels: int = MAX_PIXELS, draft: int | None = None
) -> Image.Image:
    """Read one image file as a person sees it.

    EXIF orientation is applied, transparency laid on white, the first frame of an animation
    taken; CMYK, palette, greyscale and 16-bit pictures become 8-bit RGB.

    Args:
        path: the file, of a format in `FORMATS`.
        max_pixels: a larger picture is refused before its pixels are decoded.
        draft: the smaller edge that is enough, in pixels. A JPEG is then decoded at 1/2, 1/4
            or 1/8 of its size, never below `draft`, which is faster and lets a larger one pass.

    Returns:
        An RGB picture of at least 1 x 1 pixels.

    Raises:
        ImageError: no such file, not a regular file, empty, broken, truncated, of another
            format, or too large.
    """
    return decode_image(read_bytes(path), path.name, max_pixels=max_pixels, draft=draft)


def read_bytes(path: Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a file of at most `max_bytes`, refusing folders, pipes and devices unopened.

    Raises:
        ImageError: it cannot be read, is empty or is too large.
    """
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise _unreadable(path.name, "it is not a regular file")
        if facts.st_size > max_bytes:
            raise _unreadable(path.name, f"it has more than {max_bytes:,} bytes")
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unreadable(path.name, getattr(error, "strerror", None) or str(error)) from error
    if not data:
        raise _unreadable(path.name, "the file is empty")
    return data


def decode_image(
    data: bytes, name: str, *, max_pixels: int = MAX_PIXELS, draft: int | None = None
) -> Image.Image:
    """`read_image` of bytes in memory; `name` is what the error calls them."""
    with _explained(name, max_pixels), _open(data) as picture:
        _limit(picture, name, max_pixels, draft)
        picture.load()
        return _upright(_to_rgb(picture), _orientation(picture))


def image_size(data: bytes, name: str) -> tuple[int, int]:
    """Width and height in pixels of the upright picture, read from its header alone.

    Raises:
        ImageError: the header is broken or of another format.
    """
    with _explained(name), _open(data) as picture:
        width, height = picture.size
        # Pillow turns a TIFF by itself, and gives the size that it will have then.
        turned = picture.format != "TIFF" and _orientation(picture) >= 5
        return (height, width) if turned else (width, height)


@contextmanager
def _explained(name: str, max_pixels: int = MAX_PIXELS) -> Iterator[None]:
    """Turn whatever a decoder raises into an `ImageError`."""
    try:
        yield
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise _unreadable(name, f"it is none of {', '.join(FORMATS)}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise _unreadable(name, f"it has more than {max_pixels:,} pixels") from error
    except Exception as error:  # broken files make the decoders raise nearly anything
        raise _unreadable(name, _reason(error)) from error


def _open(data: bytes) -> Image.Image:
    """Parse the header only."""
    with _header_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(data), formats=FORMATS)


def _limit(picture: Image.Image, name: str, max_pixels: int, draft: int | None) -> None:
    """Reduce a JPEG if asked to, then refuse what is still too large."""
    width, height = picture.size
    # A progressive JPEG keeps all its coefficients in memory whatever the scale.
    progressive = bool(picture.info.get("progressive"))
    if draft is not None and not (progressive and width * height > max_pixels):
        picture.draft(None, (draft, draft))  # does nothing where the format is not JPEG
    width, height = picture.size
    if width * height > max_pixels:
        raise _unreadable(name, f"{width} x {height} is more than {max_pixels:,} pixels")


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith(("I", "F")):
        return _deep_grey(picture)
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        canvas = Image.new("RGB", layer.size, "white")
        canvas.paste(layer, mask=layer.getchannel("A"))
        return canvas
    return picture.convert("RGB")


def _deep_grey(picture: Image.Image) -> Image.Image:
    """16-bit, 32-bit and floating-point greys as 8 bits; Pillow would clip them to white."""
    grey = np.nan_to_num(np.asarray(picture, dtype=np.float32))
    top = 1.0 if picture.mode == "F" and grey.max() <= 1 else 255.0
    if grey.max() > top:
        top = max(65535.0, float(grey.max()))
    if picture.mode.startswith("I;16"):
        top = 65535.0
    return Image.fromarray(np.clip(grey * (255 / top), 0, 255).astype(np.uint8)).convert("RGB")


def _orientation(picture: Image.Image) -> int:
    """The EXIF orientation; 1, upright, where there is none or its data are broken."""
    try:
        with _header_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return int(picture.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # a damaged EXIF block is no reason to lose the photograph
        return 1


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return text[:200] if text else f"it is broken ({type(error).__name__})"


def _unreadable(name: str, reason: str) -> ImageError:
    return ImageError(f"Cannot read the image {name}: {reason}.")

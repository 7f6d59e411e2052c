"""Decoding one image: whatever a folder holds, a picture or one clear sentence comes out."""

from __future__ import annotations

import io
import os
import random
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from modiste.data.pictures import decode_image, image_size, read_image
from modiste.errors import ImageError

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def halves(width: int = 40, height: int = 30) -> Image.Image:
    """Red on the left, blue on the right: turning it shows."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def pixels(picture: Image.Image) -> npt.NDArray[np.int16]:
    assert picture.mode == "RGB"
    return np.asarray(picture).astype(np.int16)


def near(picture: Image.Image, expected: Image.Image, tolerance: int = 12) -> bool:
    apart = np.abs(pixels(picture) - pixels(expected))
    return picture.size == expected.size and float(np.median(apart)) <= tolerance


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_known_format_is_read(form: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.dat"  # the name does not matter
    path.write_bytes(saved(halves(), form))
    assert near(read_image(path), halves())


@pytest.mark.parametrize("form", ["PPM", "ICO", "TGA", "PDF", "EPS"])
def test_other_formats_are_refused_even_under_a_known_name(form: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(saved(halves(), form))
    with pytest.raises(ImageError, match="picture.jpg"):
        read_image(path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photograph_comes_out_upright(orientation: int) -> None:
    turns = {  # how a camera held like that stores the upright picture
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    upright = halves(48, 32)
    upright.paste((0, 255, 0), (0, 0, 16, 16))  # a corner, so that no two turns look the same
    stored = upright
    for turn in turns.get(orientation, []):
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    for form in ("JPEG", "PNG", "WEBP", "TIFF"):
        data = saved(stored, form, exif=exif)
        assert near(decode_image(data, "x"), upright), form
        assert image_size(data, "x") == upright.size, form


def test_transparency_is_laid_on_white() -> None:
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    half = Image.new("RGBA", (20, 20), (0, 0, 0, 128))
    grey = Image.new("LA", (20, 20), (0, 0))
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([*RED, *BLUE])
    for picture, colour in ((clear, 255), (half, 127), (grey, 255)):
        assert (pixels(decode_image(saved(picture, "PNG"), "x")) == colour).all()
    see_through = saved(palette, "PNG", transparency=1)
    assert (pixels(decode_image(see_through, "x")) == 255).all()
    assert (pixels(decode_image(saved(palette, "PNG"), "x")) == BLUE).all()


def test_grey_palette_and_cmyk_become_rgb() -> None:
    for picture, form in (
        (halves().convert("L"), "PNG"),
        (halves().convert("1"), "PNG"),
        (halves().convert("P"), "GIF"),
        (halves().convert("CMYK"), "JPEG"),
        (halves().convert("CMYK"), "TIFF"),
        (halves().convert("YCbCr"), "TIFF"),
    ):
        expected = picture.convert("RGB")
        assert near(decode_image(saved(picture, form), "x"), expected), (picture.mode, form)


def test_sixteen_bits_keep_their_middle_grey() -> None:
    ramp = np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)
    expected = (ramp.astype(np.float64) / 257).round()
    for form in ("PNG", "TIFF"):
        got = pixels(decode_image(saved(Image.fromarray(ramp), form), "x"))[..., 0]
        assert np.abs(got - expected).max() <= 1, form
    floats = Image.fromarray((ramp / 65535).astype(np.float32))
    got = pixels(decode_image(saved(floats, "TIFF"), "x"))[..., 0]
    assert np.abs(got - expected).max() <= 1


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_of_an_animation_is_taken(form: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, BLUE)]
    data = saved(frames[0], form, save_all=True, append_images=frames[1:])
    assert near(decode_image(data, "x"), frames[0])


def test_a_draft_is_smaller_but_never_below_what_is_asked() -> None:
    data = saved(halves(800, 600), "JPEG")
    draft = decode_image(data, "x", draft=96)
    assert 96 <= min(draft.size) < 600
    assert near(draft, halves(*draft.size))
    assert decode_image(data, "x", draft=500).size == (800, 600)
    assert decode_image(saved(halves(), "PNG"), "x", draft=2).size == (40, 30)


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(ImageError, match="more than 1,000 pixels"):
        decode_image(saved(halves(), "PNG"), "big.png", max_pixels=1000)
    assert decode_image(saved(halves(), "JPEG"), "x", max_pixels=1000, draft=10).size == (20, 15)
    with pytest.raises(ImageError):  # a progressive one needs the memory whatever the scale
        decode_image(saved(halves(), "JPEG", progressive=True), "x", max_pixels=1000, draft=10)


@pytest.mark.parametrize("side", [12_000, 40_000])
def test_a_decompression_bomb_is_refused(side: int) -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + crc

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(1 + side // 8) * 10)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body)
    with pytest.raises(ImageError, match="pixels"):
        decode_image(data + chunk(b"IEND", b""), "bomb.png")


def test_what_is_no_readable_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "text.jpg").write_text("no picture at all")
    (tmp_path / "cut.jpg").write_bytes(saved(halves(400, 300), "JPEG")[:1500])
    (tmp_path / "cut.png").write_bytes(saved(halves(400, 300), "PNG")[:100])
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.jpg")
    names = sorted(path.name for path in tmp_path.iterdir())
    for name in [*names, "absent.jpg", "nul\0.jpg"]:
        with pytest.raises(ImageError) as caught:
            read_image(tmp_path / name)
        message = str(caught.value)
        assert name in message and message.endswith(".") and "\n" not in message


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_damage_anywhere_gives_a_picture_or_an_image_error(form: str) -> None:
    chance = random.Random(0)
    exif = Image.Exif()
    exif[0x0112] = 6
    extra = {} if form in ("GIF", "BMP") else {"exif": exif}
    whole = saved(halves(64, 48), form, **extra)
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        cut = bytes(data[: chance.randint(1, len(data))]) if chance.random() < 0.3 else bytes(data)
        try:
            assert decode_image(cut, "x").mode == "RGB"
        except ImageError as error:
            assert "\n" not in str(error)


def test_decoding_leaves_the_warning_filters_as_they_were() -> None:
    before = list(warnings.filters)
    decode_image(saved(halves(), "PNG"), "x")
    assert warnings.filters == before

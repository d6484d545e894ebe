from __future__ import annotations

import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from chainrule.data.formats.images import MAX_PIXELS, decode_image, read_image, write_png
from chainrule.errors import InputError

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)


@pytest.fixture
def saved(tmp_path):
    def save(image, name="image.png", **options):
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return save


def test_an_image_of_the_right_size_keeps_its_pixels(saved):
    path = saved(Image.fromarray(PIXELS))
    assert (read_image(path, (4, 6, 3)) == PIXELS).all()
    gray = saved(Image.fromarray(PIXELS[..., 0]))
    assert (read_image(gray, (4, 6, 1)) == PIXELS[..., :1]).all()


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.gif", "a.webp", "a.ppm", "a.jpg"])
def test_every_format_is_read(saved, name):
    path = saved(Image.new("RGB", (8, 8), (200, 200, 200)), name)
    assert read_image(path, (2, 2, 3)) == pytest.approx(200, abs=1)


def test_gray_is_the_weighted_sum_and_spreads_to_rgb(saved):
    red = saved(Image.new("RGB", (3, 3), (255, 0, 0)))
    assert (read_image(red, (3, 3, 1)) == round(0.299 * 255)).all()
    gray = saved(Image.new("L", (3, 3), 77))
    assert (read_image(gray, (3, 3, 3)) == 77).all()


def test_reduction_is_antialiased(saved):
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    path = saved(Image.fromarray(board.astype(np.uint8)))
    small = read_image(path, (7, 9, 1))
    assert small.shape == (7, 9, 1)
    assert small.dtype == np.uint8
    assert np.abs(small.astype(int) - 127).max() <= 3  # a fine pattern becomes its mean


def test_enlargement_never_overshoots(saved):
    path = saved(Image.fromarray(np.array([[50, 200]], np.uint8)))
    wide = read_image(path, (4, 40, 1))
    assert (wide.min(), wide.max()) == (50, 200)


def test_transparency_lies_on_white(saved):
    half = Image.fromarray(np.full((2, 2, 4), (0, 0, 0, 128), np.uint8))
    assert read_image(saved(half), (2, 2, 3)) == pytest.approx(127)
    clear = Image.new("LA", (2, 2), (0, 0))
    assert (read_image(saved(clear), (2, 2, 1)) == 255).all()
    palette = Image.new("P", (2, 2), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert (read_image(saved(palette), (2, 2, 3)) == (10, 20, 30)).all()
    path = saved(palette, transparency=1)
    assert (read_image(path, (2, 2, 3)) == 255).all()


def test_one_bit_and_cmyk(saved):
    bits = Image.fromarray(np.array([[True, False]]))
    assert read_image(saved(bits), (1, 2, 1)).ravel().tolist() == [255, 0]
    ink = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    pixel = read_image(saved(ink, "a.tif"), (8, 8, 3))[0, 0]
    assert pixel.tolist() == [255, 0, 0]


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_are_scaled_not_clipped(saved, name):
    deep = Image.fromarray(np.array([[0, 257, 32768, 65535]], np.uint16))
    assert read_image(saved(deep, name), (1, 4, 1)).ravel().tolist() == [0, 1, 128, 255]


def test_values_of_no_known_range_are_refused(saved):
    for values in (np.array([[0, 70000]], np.int32), np.array([[0.5, 2.5]], np.float32)):
        with pytest.raises(InputError, match=r"a\.tif: its values run from .* 8 or 16 bits"):
            read_image(saved(Image.fromarray(values), "a.tif"), (1, 2, 1))


def test_exif_turns_the_image_upright(saved):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    path = saved(Image.fromarray(PIXELS), exif=exif)
    assert (read_image(path, (6, 4, 3)) == np.rot90(PIXELS, -1)).all()


def test_the_first_frame_counts(saved):
    frames = [Image.new("L", (3, 3), gray) for gray in (30, 200)]
    path = saved(frames[0], "a.gif", save_all=True, append_images=frames[1:])
    assert (read_image(path, (3, 3, 1)) == 30).all()


def png_header(width, height):
    def chunk(kind, data):
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    size = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) * 2


@pytest.mark.parametrize("side", [9_000, 9_600, 50_000])
def test_too_many_pixels_are_refused_before_decoding(tmp_path, side):
    assert side * side > MAX_PIXELS
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(side, side))
    with pytest.raises(InputError, match=r"bomb\.png: it has more than 80,000,000 pixels"):
        read_image(path, (8, 8, 1))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.webp", "a.bmp", "a.tif", "a.ppm"])
def test_a_file_cut_short_anywhere_is_an_input_error_or_an_image(saved, name):
    noise = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    path = saved(Image.fromarray(noise), name)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=f"cannot read image .*{name}: it is"):
        read_image(path, (8, 8, 3))
    for end in range(0, len(whole), max(1, len(whole) // 40)):
        try:
            picture = decode_image(io.BytesIO(whole[:end]), (8, 8, 3), name)
        except InputError:
            continue
        assert picture.shape == (8, 8, 3)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.webp", "a.tif"])
def test_damaged_bytes_are_an_input_error_or_an_image(saved, name):
    rng = np.random.default_rng(2)
    whole = np.frombuffer(saved(Image.fromarray(PIXELS), name).read_bytes(), np.uint8)
    for _ in range(100):
        damaged = whole.copy()
        damaged[rng.integers(0, len(whole), 3)] = rng.integers(0, 256, 3)
        try:
            file = io.BytesIO(damaged.tobytes())
            picture = decode_image(file, (4, 4, 1), name, note=str)
        except InputError as error:
            assert "\n" not in str(error)
            continue
        assert picture.shape == (4, 4, 1)


def test_what_is_no_image_is_named_with_its_reason(tmp_path):
    with pytest.raises(InputError, match=r"missing\.png: No such file"):
        read_image(tmp_path / "missing.png", (8, 8, 1))
    with pytest.raises(InputError, match="expected a regular file, received a folder"):
        read_image(tmp_path, (8, 8, 1))
    (tmp_path / "notes.png").write_text("not an image")
    with pytest.raises(InputError, match=r"notes\.png: it is no PNG, .* or PPM image"):
        read_image(tmp_path / "notes.png", (8, 8, 1))
    (tmp_path / "empty.png").touch()
    with pytest.raises(InputError, match=r"empty\.png: it is no PNG"):
        read_image(tmp_path / "empty.png", (8, 8, 1))
    # Pillow would hand this one to Ghostscript
    (tmp_path / "a.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(InputError, match=r"a\.eps: it is a PostScript document"):
        read_image(tmp_path / "a.eps", (8, 8, 1))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of Unix")
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="expected a regular file, received a pipe"):
        read_image(tmp_path / "pipe", (8, 8, 1))


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 2), (0, 8, 1)])
def test_shapes_that_no_image_has(saved, shape):
    with pytest.raises(InputError, match=r"\(H, W, 1\) or \(H, W, 3\)"):
        read_image(saved(Image.fromarray(PIXELS)), shape)


@pytest.mark.parametrize("channels", [1, 3])
def test_write_png_can_be_read_back(channels):
    image = PIXELS[..., :channels]
    data = write_png(image)
    assert data == write_png(image.copy())
    assert (decode_image(io.BytesIO(data), image.shape, "it") == image).all()


def test_write_png_refuses_what_is_no_image():
    with pytest.raises(InputError, match=r"float64 of shape \(4, 6, 3\)"):
        write_png(PIXELS / 255)
    with pytest.raises(InputError, match="received uint8 of shape"):
        write_png(PIXELS[..., :2])

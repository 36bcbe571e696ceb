"""What kinds of picture there are, and how they reach the server."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from pixelclip._images import image_message, rgb_pixels
from pixelclip._proto import segmentation_pb2 as pb

PIXELS = np.arange(5 * 7 * 4, dtype=np.uint8).reshape(5, 7, 4)


def file_of(pixels: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, **{"format": "PNG", **options})
    return file.getvalue()


@pytest.mark.parametrize("kind", [str, Path])
def test_path(tmp_path: Path, kind: type) -> None:
    path = tmp_path / "picture"
    path.write_bytes(b"content")
    assert image_message(kind(path)) == pb.Image(encoded=b"content")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes(kind: type) -> None:
    assert image_message(kind(b"content")) == pb.Image(encoded=b"content")


@pytest.mark.parametrize(
    "pixels, pixel_format",
    [
        (PIXELS[:, :, :3], pb.PIXEL_FORMAT_RGB8),
        (PIXELS[:, :, 2::-1], pb.PIXEL_FORMAT_RGB8),
        (np.asfortranarray(PIXELS[:, :, :3]), pb.PIXEL_FORMAT_RGB8),
        (PIXELS[::2, ::-1], pb.PIXEL_FORMAT_RGBA8),
        (PIXELS[:, :, 0], pb.PIXEL_FORMAT_GRAY8),
    ],
)
def test_array(pixels: Any, pixel_format: pb.PixelFormat) -> None:
    raw = image_message(pixels).raw
    assert (raw.height, raw.width) == pixels.shape[:2]
    assert (raw.format, raw.row_stride_bytes) == (pixel_format, 0)
    np.testing.assert_array_equal(np.frombuffer(raw.data, np.uint8).reshape(pixels.shape), pixels)


@pytest.mark.parametrize(
    "mode, pixel_format",
    [
        ("RGB", pb.PIXEL_FORMAT_RGB8),
        ("RGBA", pb.PIXEL_FORMAT_RGBA8),
        ("L", pb.PIXEL_FORMAT_GRAY8),
        ("P", pb.PIXEL_FORMAT_RGB8),
        ("1", pb.PIXEL_FORMAT_RGB8),
        ("LA", pb.PIXEL_FORMAT_RGB8),
        ("CMYK", pb.PIXEL_FORMAT_RGB8),
    ],
)
def test_pil(mode: str, pixel_format: pb.PixelFormat) -> None:
    image = PIL.Image.fromarray(PIXELS[:, :, :3].copy()).convert(mode)
    raw = image_message(image).raw
    assert (raw.width, raw.height, raw.format) == (7, 5, pixel_format)
    expected = image if mode in ("RGB", "RGBA", "L") else image.convert("RGB")
    assert raw.data == expected.tobytes()


@pytest.mark.parametrize("mode", ["I", "F", "I;16"])
def test_pil_of_more_than_8_bits(mode: str) -> None:
    with pytest.raises(ValueError, match=f"mode '{mode}'"):
        image_message(PIL.Image.new(mode, (7, 5)))


@pytest.mark.parametrize(
    "image, error, message",
    [
        (PIXELS.astype(np.float32), TypeError, "uint8, 0 to 255, not of float32"),
        (PIXELS > 3, TypeError, "not of bool"),
        (PIXELS[:, :, :2], ValueError, r"not \[5, 7, 2\]"),
        (PIXELS[None], ValueError, r"not \[1, 5, 7, 4\]"),
        (PIXELS[:0], ValueError, r"at least one pixel, not \[0, 7, 4\]"),
        (PIXELS[0, 0], ValueError, r"not \[4\]"),
        (None, TypeError, "a numpy array or a PIL.Image.Image, not NoneType"),
        (PIXELS.tolist(), TypeError, "not list"),
        (PIL.Image.new("RGB", (0, 5)), ValueError, "0 x 5"),
    ],
)
def test_no_picture(image: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        image_message(image)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        image_message(tmp_path / "nothing-here")


def test_rgb_pixels() -> None:
    np.testing.assert_array_equal(rgb_pixels(PIXELS), PIXELS[:, :, :3])
    np.testing.assert_array_equal(rgb_pixels(file_of(PIXELS)), PIXELS[:, :, :3])
    np.testing.assert_array_equal(rgb_pixels(PIXELS[:, :, 0]), np.stack([PIXELS[:, :, 0]] * 3, axis=2))


def test_rgb_pixels_are_turned_as_exif_says() -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees, clockwise
    turned = rgb_pixels(file_of(PIXELS, exif=exif))
    np.testing.assert_array_equal(turned, np.rot90(PIXELS[:, :, :3], -1))


def test_rgb_pixels_of_16_bits() -> None:
    grey = (PIXELS[:, :, 0].astype(np.uint16) << 8) + 255
    np.testing.assert_array_equal(rgb_pixels(file_of(grey))[:, :, 1], PIXELS[:, :, 0])


def test_rgb_pixels_of_no_picture() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        rgb_pixels(b"content")

"""Pictures: into a request, and into pixels to paint on."""

from __future__ import annotations

import io
import os

import numpy as np
import PIL.Image
import PIL.ImageOps
from numpy.typing import NDArray

from pixelclip._proto import segmentation_pb2 as pb
from pixelclip._types import Features, ImageLike

_FORMATS = {3: pb.PIXEL_FORMAT_RGB8, 4: pb.PIXEL_FORMAT_RGBA8}
_EIGHT_BIT_MODES = {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "CMYK", "YCbCr", "LAB", "HSV"}


def image_message(image: ImageLike | Features) -> pb.Image:
    """The request's picture. Files are sent as they are, and judged by the server.

    Raises:
      OSError: the file cannot be read.
      TypeError: `image` is of no supported type, or an array not of uint8.
      ValueError: an array of the wrong shape, or a PIL picture with more than 8 bits a sample.
    """
    if isinstance(image, Features):
        return pb.Image(features_id=image.id)
    file = _file_bytes(image)
    if file is not None:
        return pb.Image(encoded=file)
    pixels = _array(image)
    height, width = pixels.shape[:2]
    return pb.Image(
        raw=pb.RawImage(
            width=width,
            height=height,
            format=pb.PIXEL_FORMAT_GRAY8 if pixels.ndim == 2 else _FORMATS[pixels.shape[2]],
            data=pixels.tobytes(),
        )
    )


def rgb_pixels(image: ImageLike) -> NDArray[np.uint8]:
    """[H, W, 3] RGB, a file's EXIF orientation applied as the server does. Raises as image_message."""
    file = _file_bytes(image)
    if file is not None:
        with PIL.Image.open(io.BytesIO(file)) as opened:
            image = PIL.ImageOps.exif_transpose(opened)
        if image.mode.startswith("I"):  # 16 bits, of which the server keeps the upper 8
            image = (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
    pixels = _array(image)
    return np.repeat(pixels[:, :, np.newaxis], 3, axis=2) if pixels.ndim == 2 else pixels[:, :, :3]


def _file_bytes(image: ImageLike) -> bytes | None:
    if isinstance(image, (str, os.PathLike)):
        with open(image, "rb") as file:
            return file.read()
    if isinstance(image, (bytes, bytearray, memoryview)):
        return bytes(image)
    return None


def _array(image: object) -> NDArray[np.uint8]:
    """[H, W], [H, W, 3] or [H, W, 4] uint8."""
    if isinstance(image, PIL.Image.Image):
        return _pil_array(image)
    if not isinstance(image, np.ndarray):
        raise TypeError(
            "image must be a path, the bytes of a picture file, a numpy array or a PIL.Image.Image, "
            f"not {type(image).__name__}"
        )
    if image.dtype != np.uint8:
        raise TypeError(f"image must be an array of uint8, 0 to 255, not of {image.dtype}")
    if not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] in _FORMATS)) or image.size == 0:
        raise ValueError(
            "image must be an array of shape [H, W, 3] (RGB), [H, W, 4] (RGBA) or [H, W] (grey) "
            f"with at least one pixel, not {list(image.shape)}"
        )
    return image


def _pil_array(image: PIL.Image.Image) -> NDArray[np.uint8]:
    if image.mode not in _EIGHT_BIT_MODES:
        raise ValueError(
            f"image is a PIL picture of mode {image.mode!r}, which has no one way down to 8 bits: "
            "pass the file instead, or convert it yourself"
        )
    if image.width == 0 or image.height == 0:
        raise ValueError(f"image must have at least one pixel, but is {image.width} x {image.height}")
    return np.asarray(image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB"))

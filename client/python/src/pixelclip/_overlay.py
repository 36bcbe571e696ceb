"""Painting a label map onto its picture."""

from __future__ import annotations

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from pixelclip._images import rgb_pixels
from pixelclip._types import ImageLike, Segmentation

# The same as those of core/image/palette.cc: each as far as possible from all before.
_COLORS = np.array(
    [
        (234, 60, 63), (14, 100, 229), (253, 192, 16), (64, 239, 124), (167, 48, 176), (7, 191, 222),
        (115, 116, 21), (230, 181, 252), (246, 156, 141), (133, 122, 196), (248, 90, 176), (161, 81, 108),
        (148, 185, 109), (17, 149, 124), (213, 116, 253), (186, 104, 38), (48, 153, 9), (17, 120, 165),
        (115, 75, 221), (90, 230, 198), (188, 219, 39), (49, 156, 252), (194, 24, 117), (204, 131, 180),
        (254, 120, 2), (149, 182, 254), (201, 157, 78), (34, 195, 115), (110, 124, 253), (178, 150, 255),
        (143, 83, 157), (214, 111, 113), (124, 186, 16), (248, 138, 226), (213, 207, 119), (6, 191, 168),
        (252, 188, 124), (195, 96, 188), (160, 106, 236), (181, 68, 54), (87, 99, 196), (52, 130, 59),
        (253, 166, 200), (252, 97, 131), (129, 152, 8), (156, 223, 141), (185, 175, 30), (67, 156, 204),
    ],
    np.uint8,
)  # fmt: skip


def palette(count: int) -> NDArray[np.uint8]:
    """[count, 3] RGB: one colour for each label, the same as in the pictures that the `pixelclip` program
    writes.

    After 48 labels the colours come again.
    """
    return np.take(_COLORS, np.arange(count) % len(_COLORS), axis=0)


def overlay(image: ImageLike, result: Segmentation, *, opacity: float = 0.5) -> PIL.Image.Image:
    """The picture in RGB, its classes painted over it in the colours of `palette`; background stays as it is.

    Args:
      image: what `result` was made from, as for Client.segment.
      opacity: 0 leaves the picture as it is, 1 hides it.

    Raises:
      ValueError: `result` has no label map or another size than the picture, or `opacity` is out of range.
      OSError, TypeError: as for Client.segment.
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity must lie between 0 and 1, not {opacity}")
    pixels, labels = rgb_pixels(image), result.labels
    if pixels.shape[:2] != labels.shape:
        raise ValueError(
            f"the picture has {pixels.shape[1]} x {pixels.shape[0]} pixels, "
            f"the label map {labels.shape[1]} x {labels.shape[0]}"
        )
    painted = pixels + opacity * (palette(len(result.classes))[labels].astype(np.float32) - pixels)
    if result.background is not None:
        painted = np.where((labels == result.background.label)[:, :, np.newaxis], pixels, painted)
    return PIL.Image.fromarray(np.round(painted).astype(np.uint8))

"""Label maps and score maps: from the bytes of a response to arrays."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.PngImagePlugin import PngImageFile

from pixelclip._errors import InvalidResponse
from pixelclip._proto import segmentation_pb2 as pb
from pixelclip._types import LabelArray

_MAX_RUN = 1 << 32  # more than any picture needs; sums stay below 64 bits


def label_map(message: pb.LabelMap, width: int, height: int, class_count: int) -> LabelArray | None:
    """[H, W], the same for every encoding: uint8 if `class_count` is at most 256, otherwise uint16.

    None without a label map, or with one in an encoding that a later server may have.

    Raises:
      InvalidResponse: it does not fit the picture's size or the classes.
    """
    encoding = message.WhichOneof("encoding")
    if encoding == "png":
        labels = _png(message.png, width, height)
    elif encoding == "rle":
        labels = _rle(message.rle, width, height)
    elif encoding == "raw":
        labels = _raw(message.raw, width, height)
    else:
        return None
    if labels.size and labels.max() >= class_count:
        raise InvalidResponse(f"label map: label {labels.max()}, but there are {class_count} classes")
    return labels.astype(np.uint8) if class_count <= 256 else labels.astype(np.uint16)


def score_map(message: pb.ScoreMap, width: int, height: int) -> NDArray[np.float32]:
    """[H, W]. Raises InvalidResponse if it is no grey PNG of that size."""
    levels = _png(message.png, width, height).astype(np.float32)
    if levels.max() > 255:
        raise InvalidResponse("score map: not 8 bits a pixel")
    span = message.max_score - message.min_score
    return (np.float32(message.min_score) + levels * np.float32(span / 255)).astype(np.float32)


def decode_counts(counts: bytes) -> NDArray[np.int64]:
    """The lengths of alternating runs of zeros and ones, zeros first, from COCO's compressed `counts`.

    Each number is a series of characters, 48 above a value of six bits: five bits of the number, lowest
    first, and one that says whether more follow; the last one's fifth bit is the sign. From the fourth number
    on, they are differences to the number two before.

    Raises:
      InvalidResponse: not such a string, or a run of negative length.
    """
    chars = np.frombuffer(counts, np.uint8).astype(np.int64) - 48
    if chars.size == 0:
        return chars
    last = (chars & 0x20) == 0
    if chars.min() < 0 or chars.max() > 0x3F or not last[-1]:
        raise InvalidResponse("label map: malformed run lengths")
    ends = np.flatnonzero(last)
    starts = np.concatenate(([0], ends[:-1] + 1))
    sizes = ends - starts + 1
    if sizes.max() > 7:  # 35 bits
        raise InvalidResponse("label map: run lengths too large")
    shifts = 5 * (np.arange(chars.size) - np.repeat(starts, sizes))
    runs: NDArray[np.int64] = np.add.reduceat((chars & 0x1F) << shifts, starts)
    runs -= ((chars[ends] & 0x10) != 0).astype(np.int64) << (5 * sizes)
    runs[1::2] = np.cumsum(runs[1::2])
    runs[2::2] = np.cumsum(runs[2::2])
    if runs.min() < 0 or runs.max() > _MAX_RUN:
        raise InvalidResponse("label map: a run length is negative or too large")
    return runs


def _rle(message: pb.RleLabelMap, width: int, height: int) -> NDArray[Any]:
    # Every pixel is in exactly one mask, so their runs of ones, sorted by their starts, are the whole map.
    starts, lengths, labels = [], [], []
    for mask in message.masks:
        runs = decode_counts(mask.counts.encode())
        ends = np.cumsum(runs)
        starts.append((ends - runs)[1::2])
        lengths.append(runs[1::2])
        labels.append(np.full(runs[1::2].size, mask.label, np.uint32))
    if not starts:
        raise InvalidResponse("label map: no masks")
    start, length, label = np.concatenate(starts), np.concatenate(lengths), np.concatenate(labels)
    kept = np.flatnonzero(length)
    order = kept[np.argsort(start[kept], kind="stable")]
    start, length, label = start[order], length[order], label[order]
    end = np.cumsum(length)
    if not (end.size and end[-1] == width * height and np.array_equal(start, end - length)):
        raise InvalidResponse(f"label map: the masks do not cover {width} x {height} pixels exactly once")
    columns = np.repeat(label, length).reshape(width, height)  # COCO counts down them
    return np.ascontiguousarray(columns.T)


def _raw(message: pb.RawLabelMap, width: int, height: int) -> NDArray[Any]:
    size = message.bytes_per_label
    if size not in (1, 2) or len(message.labels) != width * height * size:
        raise InvalidResponse(
            f"label map: {len(message.labels)} bytes with {size} a label for {width} x {height} pixels"
        )
    return np.frombuffer(message.labels, f"<u{size}").reshape(height, width)


def _png(data: bytes, width: int, height: int) -> NDArray[Any]:
    """[H, W] of 8 or 16 bits."""
    try:
        # Unlike PIL.Image.open, this warns of no size: the one that is expected is known.
        with PngImageFile(io.BytesIO(data)) as image:
            if image.size != (width, height):
                raise InvalidResponse(f"map of {image.width} x {image.height} for {width} x {height} pixels")
            # Pillow calls 16-bit grey "I;16" or, in older versions, "I": the values are the same.
            if image.mode != "L" and not image.mode.startswith("I"):
                raise InvalidResponse(f"map is a PNG of mode {image.mode!r}, not grey")
            image.load()  # numpy hides what goes wrong here
            return np.array(image)
    except (OSError, SyntaxError, ValueError) as error:
        raise InvalidResponse(f"map is no readable PNG: {error}") from error

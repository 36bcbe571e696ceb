"""Label maps and score maps, above all those that no server should send."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_server import coco_counts, png

from pixelclip import InvalidResponse
from pixelclip._labels import decode_counts, label_map, score_map
from pixelclip._proto import segmentation_pb2 as pb


def rle(*masks: Any) -> pb.LabelMap:
    return pb.LabelMap(
        rle=pb.RleLabelMap(masks=[pb.RleMask(label=label, counts=counts) for label, counts in masks])
    )


# Made with pycocotools 2.0.
@pytest.mark.parametrize(
    "counts, runs",
    [
        ("6", [6]),
        ("06", [0, 6]),
        ("132", [1, 3, 2]),
        ("0`0`1", [0, 16, 48]),
        ("52203ON3N", [5, 2, 2, 2, 5, 1, 3, 4, 1]),
        ("?`0a0??2Xn0on0g0YL", [15, 16, 17, 31, 32, 33, 1000, 1024, 1023, 905]),
        ("1PPP`0ooo?", [1, 524288, 524287]),
        ("obj11", [59999, 1]),
    ],
)
def test_counts(counts: str, runs: list[int]) -> None:
    np.testing.assert_array_equal(decode_counts(counts.encode()), runs)


@pytest.mark.parametrize("seed", range(5))
def test_counts_of_random_masks(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = np.repeat(random.integers(0, 4, (23, 19)), random.integers(1, 60, 19), axis=1)
    height, width = labels.shape
    masks = [(int(label), coco_counts(labels == label)) for label in np.unique(labels)]
    np.testing.assert_array_equal(label_map(rle(*masks), width, height, 4), labels)


def test_masks_in_any_order_and_empty_ones() -> None:
    # [0 1]
    # [2 1] down the columns: 0 2 1 1
    labels = label_map(rle((1, "22"), (3, "4"), (2, "112"), (0, "013")), 2, 2, 4)
    np.testing.assert_array_equal(labels, [[0, 1], [2, 1]])


@pytest.mark.parametrize(
    "message, error",
    [
        (rle(), "no masks"),
        (rle((0, "04"), (1, "04")), "exactly once"),
        (rle((0, "03")), "exactly once"),
        (rle((0, "05")), "exactly once"),
        (rle((0, "04"), (1, "04")), "exactly once"),
        (rle((0, "02"), (1, "13")), "exactly once"),
        (rle((0, "4")), "exactly once"),
        (rle((9, "04")), "label 9, but there are 3 classes"),
        (rle((1 << 31, "04")), "but there are 3 classes"),
        (rle((0, "0 4")), "malformed"),
        (rle((0, "0\x7f4")), "malformed"),
        (rle((0, "0\u20ac")), "malformed"),
        (rle((0, "04P")), "malformed"),
        (rle((0, "O04")), "negative"),
        (rle((0, "0" + "o" * 6 + "0")), "exactly once"),
        (rle((0, "0" + "o" * 6 + "?")), "too large"),
        (rle((0, "0" + "o" * 7 + "0")), "too large"),
        (rle((0, "0" + "o" * 1000 + "0")), "too large"),
        (
            pb.LabelMap(raw=pb.RawLabelMap(bytes_per_label=1, labels=bytes(3))),
            "3 bytes with 1 a label for 2 x 2",
        ),
        (
            pb.LabelMap(raw=pb.RawLabelMap(bytes_per_label=2, labels=bytes(4))),
            "4 bytes with 2 a label for 2 x 2",
        ),
        (pb.LabelMap(raw=pb.RawLabelMap(bytes_per_label=4, labels=bytes(16))), "16 bytes with 4 a label"),
        (pb.LabelMap(raw=pb.RawLabelMap(bytes_per_label=1, labels=b"\0\1\2\3")), "label 3, but"),
        (pb.LabelMap(png=b"content"), "no readable PNG"),
        (pb.LabelMap(png=b""), "no readable PNG"),
        (pb.LabelMap(png=png(np.zeros((2, 2), np.uint8))[:45]), "no readable PNG"),
        (pb.LabelMap(png=png(np.zeros((2, 3), np.uint8))), "map of 3 x 2 for 2 x 2"),
        (pb.LabelMap(png=png(np.zeros((2, 2, 3), np.uint8))), "mode 'RGB', not grey"),
        (pb.LabelMap(png=png(np.full((2, 2), 256, np.uint16))), "label 256, but"),
    ],
)
def test_contradictions(message: pb.LabelMap, error: str) -> None:
    with pytest.raises(InvalidResponse, match=error):
        label_map(message, 2, 2, 3)


def test_no_label_map() -> None:
    assert label_map(pb.LabelMap(), 2, 2, 3) is None
    later = pb.LabelMap.FromString(b"\xfa\x01\x03new")  # field 31
    assert label_map(later, 2, 2, 3) is None


def test_labels_do_not_depend_on_the_bits_they_came_in() -> None:
    expected = np.array([[0, 1], [2, 1]], np.uint8)
    wide = pb.LabelMap(raw=pb.RawLabelMap(bytes_per_label=2, labels=expected.astype("<u2").tobytes()))
    for message in (wide, pb.LabelMap(png=png(expected)), pb.LabelMap(png=png(expected.astype(np.uint16)))):
        labels = label_map(message, 2, 2, 3)
        assert labels is not None and labels.dtype == np.uint8
        np.testing.assert_array_equal(labels, expected)


def test_score_map() -> None:
    levels = np.array([[0, 51], [204, 255]], np.uint8)
    scores = score_map(pb.ScoreMap(min_score=-0.25, max_score=0.75, png=png(levels)), 2, 2)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, [[-0.25, -0.05], [0.55, 0.75]], atol=1e-6)


def test_score_map_of_16_bits() -> None:
    with pytest.raises(InvalidResponse, match="8 bits"):
        score_map(pb.ScoreMap(png=png(np.full((2, 2), 256, np.uint16))), 2, 2)

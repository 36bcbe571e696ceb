from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import pixelclip

PIXELS = np.full((2, 3, 3), 100, np.uint8)


def result(labels: object, background: bool = False) -> pixelclip.Segmentation:
    label_map = np.array(labels, np.uint8)
    return pixelclip.Segmentation(
        width=label_map.shape[1],
        height=label_map.shape[0],
        classes=[
            pixelclip.ClassResult(name, label, background and label == 1, 3, 0.5, 0.2, None)
            for label, name in enumerate(["dog", "sky"])
        ],
        model=pixelclip.ModelVersion("vit", "0"),
        seconds=pixelclip.StageTimes(0, 0, 0, 0, 0, 0, 0, 0),
        request_id="",
        label_map=label_map,
    )


def test_palette() -> None:
    colors = pixelclip.palette(2000)
    assert colors.shape == (2000, 3)
    assert colors.dtype == np.uint8
    np.testing.assert_array_equal(pixelclip.palette(5), colors[:5])
    assert len(np.unique(colors, axis=0)) == 48
    assert pixelclip.palette(0).shape == (0, 3)


def test_overlay() -> None:
    image = pixelclip.overlay(PIXELS, result([[0, 0, 0], [1, 1, 1]]))
    assert (image.mode, image.size) == ("RGB", (3, 2))
    expected = (100 + pixelclip.palette(2).astype(int)) / 2
    np.testing.assert_allclose(np.asarray(image)[:, 0], expected, atol=0.5)


def test_opacity() -> None:
    whole = result([[0, 0, 0], [1, 1, 1]])
    np.testing.assert_array_equal(pixelclip.overlay(PIXELS, whole, opacity=0), PIXELS)
    colors = np.asarray(pixelclip.overlay(PIXELS, whole, opacity=1))
    np.testing.assert_array_equal(colors[:, 2], pixelclip.palette(2))
    with pytest.raises(ValueError, match="between 0 and 1, not 1.5"):
        pixelclip.overlay(PIXELS, whole, opacity=1.5)


def test_background_is_not_painted() -> None:
    image = np.asarray(pixelclip.overlay(PIXELS, result([[0, 0, 0], [1, 1, 1]], background=True)))
    assert (image[0] != 100).any()
    np.testing.assert_array_equal(image[1], PIXELS[1])


def test_picture_file(tmp_path: Path) -> None:
    PIL.Image.fromarray(PIXELS).save(tmp_path / "picture.png")
    image = pixelclip.overlay(tmp_path / "picture.png", result([[0, 0, 0], [1, 1, 1]]))
    assert image == pixelclip.overlay(PIXELS, result([[0, 0, 0], [1, 1, 1]]))


def test_other_size() -> None:
    with pytest.raises(ValueError, match="3 x 2 pixels, the label map 2 x 1"):
        pixelclip.overlay(PIXELS, result([[0, 1]]))


def test_palette_is_that_of_the_program() -> None:
    source = Path(__file__).resolve().parents[3] / "core/image/palette.cc"
    if not source.exists():
        pytest.skip("not in a checkout of the whole project")
    colors = [tuple(map(int, found)) for found in re.findall(r"\{(\d+), (\d+), (\d+)\}", source.read_text())]
    assert pixelclip.palette(len(colors)).tolist() == [list(color) for color in colors]

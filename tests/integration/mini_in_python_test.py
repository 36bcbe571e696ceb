"""models/mini in Python, through open_clip and timm, gives the features that the engine gives.

Skipped where those packages are missing: pip install -r models/recipe/requirements.txt
"""

import os
import pathlib
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("open_clip")
pytest.importorskip("timm")
safetensors = pytest.importorskip("safetensors.torch")

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ENGINE = pathlib.Path(os.environ["PIXELCLIP_BIN"]) / "pixelclip-engine"
MINI = REPOSITORY / "models" / "mini"

sys.path.insert(0, str(REPOSITORY / "models" / "recipe"))
model = pytest.importorskip("model")


def assert_close(got, expected):
    assert got.shape == expected.shape
    assert (got - expected).abs().max() <= 1e-3 * expected.abs().max()


@pytest.mark.parametrize("height, width", [(384, 384), (512, 512), (97, 131), (16, 256)])
def test_dense_features(height, width, tmp_path):
    image = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(height))
    safetensors.save_file({"image": image}, tmp_path / "in.safetensors")
    subprocess.run(
        [ENGINE, "features", "--model", MINI, "--tensor", tmp_path / "in.safetensors", "--out", tmp_path / "out.safetensors"],
        check=True,
    )
    with torch.inference_mode():
        expected = model.dense_features(model.load(MINI), image).permute(0, 2, 3, 1)
    assert_close(safetensors.load_file(tmp_path / "out.safetensors")["dense"], expected)


def test_texts(tmp_path):
    texts = ["dog", "a photo of a traffic light.", "A large, old tree in the rain"]
    subprocess.run([ENGINE, "text", "--model", MINI, "--out", tmp_path / "out.safetensors", *texts], check=True)
    with torch.inference_mode():
        expected = model.load(MINI).encode_text(model.tokenizer()(texts))
    assert_close(safetensors.load_file(tmp_path / "out.safetensors")["text"], expected)

"""The three binaries as a user runs them: the same label map in process and over gRPC, and their outputs read back.

Run by CTest (tests/integration/CMakeLists.txt) through scripts/with_server.sh, which starts the server.
"""

import json
import os
import pathlib
import signal
import subprocess

import numpy as np
import pytest
from PIL import Image

import pixelclip

BIN = pathlib.Path(os.environ["PIXELCLIP_BIN"])
FIXTURES = pathlib.Path(os.environ["PIXELCLIP_TEST_FIXTURES"])
SERVER = os.environ["PIXELCLIP_SERVER"]
MODEL = FIXTURES / "vit" / "openai_state.pt"
PICTURES = sorted((FIXTURES / "segment").glob("image_*.png"))
WORDS = ["dog", "cat", "road, street", "sky", "An apple"]


def run(program, *arguments, **options):
    return subprocess.run(
        [BIN / program, *map(str, arguments)], capture_output=True, timeout=120, check=options.pop("check", True), **options
    )


def client(*arguments, **options):
    return run("pixelclip", *arguments, **options)


def engine(*arguments, **options):
    return run("pixelclip-engine", *arguments, **options)


def labels(path):
    return np.array(Image.open(path))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda p: p.name)
def test_the_same_labels_from_engine_command_line_and_python(picture, tmp_path):
    engine("segment", "--model", MODEL, picture, *WORDS, "--labels", tmp_path / "engine.png")
    expected = labels(tmp_path / "engine.png")
    with Image.open(picture) as image:
        assert expected.shape == (image.height, image.width)
    for encoding in ("png", "rle", "raw"):
        client("segment", picture, *WORDS, "--encoding", encoding, "--labels", tmp_path / "client.png")
        np.testing.assert_array_equal(labels(tmp_path / "client.png"), expected)
        with pixelclip.Client(SERVER) as python:
            np.testing.assert_array_equal(python.segment(picture, WORDS, encoding=encoding).labels, expected)


def test_outputs_of_one_picture(tmp_path):
    done = client(
        "segment", PICTURES[1], *WORDS, "--json", "--out", tmp_path / "overlay.png",
        "--labels", tmp_path / "labels.png", "--rle", tmp_path / "masks.json",
    )
    result = json.loads(done.stdout)
    label_map = labels(tmp_path / "labels.png")
    assert [c["name"] for c in result["classes"]] == WORDS
    for entry in result["classes"]:
        assert entry["pixels"] == np.count_nonzero(label_map == entry["label"])
    assert sum(c["share"] for c in result["classes"]) == pytest.approx(1)
    with Image.open(tmp_path / "overlay.png") as overlay:
        assert overlay.width >= label_map.shape[1] and overlay.height >= label_map.shape[0]
    assert json.loads((tmp_path / "masks.json").read_text())


def test_several_pictures_and_one_that_fails(tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(PICTURES[0].read_bytes()[:200])
    done = client("segment", *PICTURES, broken, "dog", "sky", "--out", f"{tmp_path}/out/", check=False)
    assert done.returncode == 1
    assert b"broken.png: image.encoded" in done.stderr
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [p.name for p in PICTURES]


def test_picture_from_standard_input():
    done = client("segment", "-", "dog", "sky", "--json", input=PICTURES[0].read_bytes())
    assert json.loads(done.stdout)["width"] == 90


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        ((PICTURES[0], "dog", "Dog"), "vocabulary.classes[1].name"),
        ((PICTURES[0], "word " * 80), "vocabulary.classes[0].name"),
        ((PICTURES[0], "dog", "--model", "unknown"), "model"),
        ((PICTURES[0], "dog", "--background-threshold", "3"), "background.score_threshold"),
        ((PICTURES[0], "dog", os.fsdecode(b"c\xfft")), "vocabulary.classes[1].name: is not valid UTF-8"),
        ((PICTURES[0], "dog", "--resolution", "-32"), "--resolution"),
    ],
)
def test_complaints_name_the_field(arguments, complaint):
    done = client("segment", *arguments, check=False)
    assert done.returncode != 0
    assert complaint.encode() in done.stderr


def test_a_failed_connection_is_told_in_one_line():
    done = client("health", "--tls", check=False)  # of a server that speaks plain text
    assert done.returncode == 1
    assert done.stderr.startswith(b"pixelclip: ") and done.stderr.count(b"\n") == 1


def test_the_server_is_healthy_and_lists_its_model():
    assert b"serves" in client("health").stdout
    models = json.loads(client("models", "--json").stdout)
    assert models["models"][0]["name"] == "vit"


def test_features_and_text_match_the_golden_values(tmp_path):
    golden = read_safetensors(FIXTURES / "vit" / "golden.safetensors")
    write_safetensors(tmp_path / "in.safetensors", {"image": golden["image_2"]})
    engine("features", "--model", MODEL, "--tensor", tmp_path / "in.safetensors", "--out", tmp_path / "dense.safetensors")
    dense = read_safetensors(tmp_path / "dense.safetensors")["dense"]
    assert dense.shape == golden["dense_2"].shape
    assert np.abs(dense - golden["dense_2"]).max() <= 1e-4 * np.abs(golden["dense_2"]).max()

    engine("text", "--model", MODEL, "--out", tmp_path / "text.safetensors", "a photo of a dog.", "sky")
    assert read_safetensors(tmp_path / "text.safetensors")["text"].shape == (2, golden["text"].shape[1])


def test_convert_keeps_every_number(tmp_path):
    engine("convert", FIXTURES / "vit" / "pixelclip.pth", tmp_path / "converted")
    for model, name in ((FIXTURES / "vit" / "pixelclip.pth", "a"), (tmp_path / "converted", "b")):
        engine("features", "--model", model, "--image", PICTURES[0], "--out", tmp_path / name)
    np.testing.assert_array_equal(read_safetensors(tmp_path / "a")["dense"], read_safetensors(tmp_path / "b")["dense"])


def test_tokenize():
    lines = engine("tokenize", "dog", "traffic light").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [[1929], [3399, 1395]]
    done = engine("tokenize", os.fsdecode(b"c\xfft"), "dog", check=False)
    assert done.returncode == 1 and b"is not valid UTF-8" in done.stderr
    assert done.stdout == b"\n[1929]\n"


def test_a_server_without_a_model_says_so(tmp_path):
    done = run("pixelclip-server", "--listen", "127.0.0.1:0", "--model", tmp_path / "nowhere", check=False)
    assert done.returncode == 1
    assert b"nowhere" in done.stderr


def test_a_server_that_is_told_to_stop_ends_cleanly(tmp_path):
    address = tmp_path / "address"
    server = subprocess.Popen(
        [BIN / "pixelclip-server", "--listen", "127.0.0.1:0", "--address-file", address, "--model", MODEL],
        stderr=subprocess.PIPE,
    )
    try:
        for line in server.stderr:
            if json.loads(line)["event"] == "listening":
                break
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
    finally:
        server.kill()


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    header_size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + header_size])
    types = {"F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + header_size + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[start:end], types[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors):
    header, blobs, offset = {}, [], 0
    for name, tensor in tensors.items():
        blob = np.ascontiguousarray(tensor, np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))

"""What the tests of pixelclip-train share: pictures, and how a run is started and read."""

import json
import os
import pathlib
import socket
import subprocess

import numpy as np
import pytest
from PIL import Image

BIN = pathlib.Path(os.environ["PIXELCLIP_BIN"])
MODEL = pathlib.Path(os.environ["PIXELCLIP_TEST_FIXTURES"]) / "vit" / "openai_state.pt"
STEPS = 10

RECIPE = """
data: {origin: labels, threads: 2}
labels: {ignored_values: [255]}
augmentation: {short_side: 72, crop_side: 64}
method: {clusters: 8, resolution: 64, mask_resolution: 32}
run: {batch: 4, threads: 1, checkpoint_every: 1, keep_checkpoints: 2, grid_every: 5, grid_pictures: 2}
"""


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """Twelve pictures of coloured rectangles, and their label maps."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "pictures").mkdir()
    (folder / "labels").mkdir()
    random = np.random.default_rng(0)
    for index in range(12):
        labels = np.zeros((80, 96), np.uint8)
        for value in range(1, 5):
            y, x = random.integers(0, 60, 2)
            labels[y : y + random.integers(10, 40), x : x + random.integers(10, 40)] = value
        labels[:4] = 255
        colours = random.integers(0, 256, (256, 3), np.uint8)
        picture = np.clip(colours[labels] + random.normal(0, 8, (80, 96, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(picture).save(folder / "pictures" / f"{index:02}.png")
        Image.fromarray(labels).save(folder / "labels" / f"{index:02}.png")
    (folder / "recipe.yaml").write_text(RECIPE)
    return folder


def command(data, out, *arguments):
    return [
        BIN / "pixelclip-train", "train", data / "recipe.yaml", "--model", MODEL, "--data", data / "pictures",
        "--masks", data / "labels", "--steps", str(STEPS), "--out", out, *map(str, arguments),
    ]  # fmt: skip


def environment(**ranks):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIXELCLIP_")}
    return kept | {name: str(value) for name, value in ranks.items()}


def train(data, out, *arguments, **options):
    return subprocess.run(
        command(data, out, *arguments), capture_output=True, text=True, timeout=300, env=environment(), **options)


def start(data, out, *arguments, **ranks):
    return subprocess.Popen(
        command(data, out, *arguments), stderr=subprocess.PIPE, text=True, env=environment(**ranks))


def wait_for_a_step(process):
    for line in process.stderr:
        if "step " in line and "loss" in line:
            return
    pytest.fail("the run ended before its first step")


def losses(out):
    """Everything in the log but how long it took."""
    lines = [json.loads(line) for line in (out / "losses.jsonl").read_text().splitlines()]
    timed = ("seconds", "waiting_seconds", "pictures_per_second")
    return [{key: value for key, value in line.items() if key not in timed} for line in lines]


def checkpoints(out):
    return sorted(path.name for path in (out / "checkpoints").iterdir())


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def variables_of(rank, port):
    """What a launcher sets for one of two ranks on this machine."""
    return dict(RANK=rank, LOCAL_RANK=rank, WORLD_SIZE=2, LOCAL_WORLD_SIZE=2, MASTER_ADDR="127.0.0.1", MASTER_PORT=port)


def start_ranks(data, out, *arguments, of_rank={}):
    """Two ranks; `of_rank` has more arguments for one of them."""
    port = free_port()
    return [
        start(data, out, *arguments, *of_rank.get(rank, ()), **variables_of(rank, port))
        for rank in range(2)
    ]

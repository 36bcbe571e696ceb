"""Every kind of masks that pixelclip-train learns from, and what it measures and draws: real layouts, real binary."""

import json
import pathlib
import subprocess
import tarfile

import numpy as np
import pytest
from PIL import Image

from training import BIN, MODEL, data, environment, free_port, train, variables_of  # noqa: F401

DINO = pathlib.Path(__file__).parents[1] / "data" / "trainer" / "dino" / "dino_tiny.pth"


def run(*arguments, **ranks):
    done = subprocess.run(
        [BIN / "pixelclip-train", *map(str, arguments)], capture_output=True, text=True, timeout=300,
        env=environment(**ranks))
    assert done.returncode == 0, done.stderr
    return done


def lengths(mask):
    """COCO's uncompressed run lengths."""
    pixels = np.concatenate([[0], mask.flatten(order="F").astype(np.int8)])
    changes = np.flatnonzero(np.diff(pixels))
    return np.diff(np.concatenate([[0], changes, [mask.size]])).tolist()


def compressed(runs):
    """The string that COCO makes of them."""
    text = ""
    for i, count in enumerate(runs):
        rest = count - runs[i - 2] if i > 2 else count
        more = True
        while more:
            character, rest = rest & 31, rest >> 5
            more = rest != (-1 if character & 16 else 0)
            text += chr(48 + character + 32 * more)
    return text


def annotations(labels):
    masks = [labels == value for value in np.unique(labels) if value != 255]
    return [
        {"segmentation": {"size": list(mask.shape), "counts": compressed(lengths(mask))}, "area": int(mask.sum()),
         "bbox": [0.0, 0.0, 1.0, 1.0], "predicted_iou": 0.9, "point_coords": [[1.5, 2.5]], "stability_score": 0.9,
         "crop_box": [0.0, 0.0, 96.0, 80.0], "id": i}
        for i, mask in enumerate(masks)
    ]  # fmt: skip


@pytest.fixture(scope="session")
def sources(data, tmp_path_factory):
    """The pictures of `data` in SA-1B's and COCO's files, and as Segment Anything's generator leaves them."""
    folder = tmp_path_factory.mktemp("sources")
    for name in ("sa1b", "tars", "sam"):
        (folder / name).mkdir()
    images, instances = [], []
    for index, picture in enumerate(sorted((data / "pictures").iterdir())):
        masks = annotations(np.array(Image.open(data / "labels" / picture.name)))
        stem = folder / "sa1b" / f"sa_{index}"
        Image.open(picture).save(f"{stem}.jpg")
        image = {"image_id": index, "width": 96, "height": 80, "file_name": f"sa_{index}.jpg"}
        pathlib.Path(f"{stem}.json").write_text(json.dumps({"image": image, "annotations": masks}))
        (folder / "sam" / f"{picture.stem}.json").write_text(json.dumps(masks))
        images.append({"id": index, "file_name": picture.name, "width": 96, "height": 80})
        instances += [{**mask, "image_id": index, "iscrowd": 0} for mask in masks]
    for part in range(2):
        with tarfile.open(folder / "tars" / f"sa_{part:06}.tar", "w") as archive:
            for file in sorted((folder / "sa1b").iterdir())[12 * part : 12 * part + 12]:
                archive.add(file, f"./{file.name}")
    (folder / "instances.json").write_text(json.dumps({"images": images, "annotations": instances}))
    return folder


@pytest.mark.parametrize("origin, pictures, masks", [
    ("sa1b_folder", "sa1b", None),
    ("sa1b_tars", "tars", None),
    ("coco_rle", None, "instances.json"),
    ("over_segmentation", None, None),
    ("dino", None, DINO),
])  # fmt: skip
def test_it_learns_from_every_kind_of_masks(data, sources, tmp_path, origin, pictures, masks):
    settings = [f"data.origin={origin}", "dino.side=64", "dino.clusters=4", "over_segmentation.min_pixels=20"]
    if pictures:
        settings.append(f"data.pictures={sources / pictures}")
    if masks:
        settings.append(f"data.masks={sources / masks}")
    assigned = [argument for setting in settings for argument in ("--set", setting)]
    done = train(data, tmp_path / "run", "--set", "run.steps=2", *assigned)
    assert done.returncode == 0, done.stderr
    assert "12 pictures" in done.stderr and "skipped" not in done.stderr
    steps = [json.loads(line) for line in (tmp_path / "run" / "losses.jsonl").read_text().splitlines()]
    assert all(step["masks"] >= 4 and step["covered_share"] > 0.1 for step in steps)


@pytest.fixture(scope="session")
def labelled(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labelled")
    (folder / "images").symlink_to(data / "pictures")
    (folder / "labels").symlink_to(data / "labels")
    (folder / "names.txt").write_text("wall\ncat\ndog\nroad\nsky\n")
    return folder


def report(path):
    return json.loads(path.read_text())["sets"][0]


def test_parts_and_ranks_measure_what_one_process_does(labelled, tmp_path):
    measure = ("evaluate", f"folder={labelled}", "--model", MODEL, "--activation", "quick_gelu")
    told = run(*measure, "--json", tmp_path / "whole.json", "--confusion", tmp_path / "confusion")
    assert "| 12 | 5 |" in told.stdout
    assert sorted(path.suffix for path in (tmp_path / "confusion").iterdir()) == [".csv", ".png"]
    parts = [tmp_path / f"{part}.json" for part in range(2)]
    for part, path in enumerate(parts):
        run(*measure, "--shard", f"{part}/2", "--json", path)
    run("evaluate", "--merge", *parts, "--json", tmp_path / "merged.json")
    assert report(tmp_path / "merged.json") == report(tmp_path / "whole.json")

    port = free_port()
    ranks = [
        subprocess.Popen(
            [BIN / "pixelclip-train", *measure, "--json", tmp_path / f"rank{rank}.json"], stdout=subprocess.PIPE,
            env=environment(**variables_of(rank, port)))
        for rank in range(2)
    ]  # fmt: skip
    out = [rank.communicate(timeout=300)[0] for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0] and out[1] == b""
    assert report(tmp_path / "rank0.json") == report(tmp_path / "whole.json")
    assert not (tmp_path / "rank1.json").exists()


@pytest.mark.parametrize("masks", ["classes", "regions", "rle"])
def test_masks_are_named(labelled, sources, tmp_path, masks):
    told = run(
        "classify-masks", f"folder={labelled}", "--model", MODEL, "--activation", "quick_gelu", "--masks", masks,
        *(("--mask-folder", sources / "sam") if masks == "rle" else ()), "--json", tmp_path / "report.json")
    assert "masks right" in told.stdout
    # Each class of a picture is one mask, as generated ones are here.
    whole = report(tmp_path / "report.json")
    count = sum(entry["masks"] for entry in whole["classes"]) + whole["masks_without_class"]
    pictures = sum(entry["pictures"] for entry in whole["classes"])
    assert count > pictures if masks == "regions" else count == pictures


@pytest.fixture(scope="session")
def whole(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "c8"
    done = train(data, out, "--set", "run.steps=3")
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("kind", ["side-by-side", "prompt-map", "prompt-masks", "clustered-masks", "curves"])
def test_a_runs_folder_is_all_that_a_figure_needs(whole, data, tmp_path, kind):
    (tmp_path / "names.txt").write_text("dog\ncat, kitten\nroad\nsky\n")
    pictures = sorted((data / "pictures").iterdir())[:2]
    more = {
        "side-by-side": ("-i", f"before={MODEL}", "--words", tmp_path / "names.txt", "--pictures", *pictures),
        "prompt-map": ("--words", tmp_path / "names.txt"),
        "prompt-masks": ("--words", tmp_path / "names.txt", "--pictures", *pictures),
    }
    run("figures", kind, "-i", whole, *more.get(kind, ()), "-o", tmp_path / "figure.png")
    assert Image.open(tmp_path / "figure.png").width > 400


def test_a_figure_is_a_png(whole, tmp_path):
    done = subprocess.run(
        [BIN / "pixelclip-train", "figures", "curves", "-i", whole, "-o", tmp_path / "figure.jpg"], capture_output=True,
        text=True)
    assert done.returncode == 2 and "figure.jpg does not end in .png" in done.stderr
    assert not (tmp_path / "figure.jpg").exists()


def test_a_figure_shows_what_was_learnt(data, tmp_path):
    """The prompts of a run's folder are those of its .pth; a figure of other prompts differs."""
    names = tmp_path / "names.txt"
    names.write_text("dog\ncat\nroad\nsky\n")

    def figure(*model):
        run("figures", "prompt-map", *model, "--words", names, "-o", tmp_path / "figure.png")
        return (tmp_path / "figure.png").read_bytes()

    out = tmp_path / "run"
    assert train(data, out, "--set", "run.steps=2", "--set", "method.prompt_rate_factor=1e4").returncode == 0
    learnt = figure("-i", out)
    assert learnt == figure("-i", out / "pixelclip.pth", "--recipe", out / "settings.yaml")
    still = tmp_path / "still"
    assert train(data, still, "--set", "run.steps=2", "--set", "method.learn_prompts=false").returncode == 0
    assert learnt != figure("-i", still)

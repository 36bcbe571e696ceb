#!/usr/bin/env python3
"""Times the parts of a request, and a whole one, against the published implementation's, side by side on the CPU.

    bench/compare_inference/compare_inference.py CHECKOUT [--binary build/bin/inference_parts] [--parts head …] …

CHECKOUT is a clone of the published repository; nothing of it is changed. Needs what bench/compare_training needs, and
Pillow. Both sides get the same random CLIP, features and picture on this machine with the same number of threads, take turns,
and run alone. That they do the same work is checked: labels must agree in nearly every pixel, embeddings and features in
their cosines. A few pixels differ because equal sums are rounded differently; that upsampling and argmax are exact for
equal scores is what tests/core/score_grid_test.cc proves.

  head      one random feature vector a patch, 20 x 20 of them, and random embeddings, at 1920 x 1080: harder than a photograph's,
            whose neighbours are alike. As published: F.interpolate and argmax in eager PyTorch, the lines at the end of
            PixelCLIP.forward and detectron2's sem_seg_postprocess. The larger vocabulary takes 8 GB and up to minutes there, so
            that side runs once, without a run before it that is not counted.
  prompts   the published text encoder takes 77 tokens, a call for each class; --prompts of them
  encoder   ViT-B/16 at 320 x 320
  convnext  the encoder of convnext_base_w_320 at 640 x 640
  request   a JPEG of 1920 x 1080 with 150 known words, from the file's bytes to labels; and the most memory that it took

Prints a table of ratios with what is wanted; --out writes all figures as JSON. With --precision bf16 or int8 this engine's visual
encoder computes so, and the published one in fp32 as ever.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file

import published_parts  # first: it finds the training comparison's modules
import compare_training
import random_convnext

WIDTH, HEIGHT, REQUEST_CLASSES, TEMPLATE = 1920, 1080, 150, "A photo of a {} in the scene"
PARTS = ("head-150", "head-847", "prompts", "encoder", "convnext", "request")
PUBLISHED_RUNS_ONCE = ("head-847",)
# How many times faster each is wanted to be; for the rest it is shown only.
WANTED = {"upsampling and argmax, 150 classes": 30, "upsampling and argmax, 847 classes": 60, "prompt": 6, "encoder, fp32": 1,
          "ConvNeXt-B's encoder, fp32": 1.3, "request, fp32": 8, "request's peak memory, fp32": 2}
SAME_LABELS, SAME_COSINE = 0.995, {"fp32": 0.9999, "bf16": 0.99, "int8": 0.99}


def random_words(count):
    syllables = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
    return [f"{syllables[i % 60]}{syllables[i * 7 // 60 % 60]} {syllables[i * 11 % 60]}n" for i in range(count)]


def smooth_picture(generator):
    coarse = torch.rand(1, 3, 27, 48, generator=generator) * 255
    large = F.interpolate(coarse, (HEIGHT, WIDTH), mode="bicubic").clamp(0, 255)[0]
    return large + torch.randn(large.shape, generator=generator) * 6


def write_inputs(options, folder):
    """What both sides read."""
    generator = torch.Generator().manual_seed(3)
    *_, resolution, _, _, joint = compare_training.SIZES[options.size]
    for classes in (150, 847):
        save_file({"features": torch.randn(20, 20, joint, generator=generator),
                   "texts": F.normalize(torch.randn(classes, joint, generator=generator), dim=-1)},
                  folder / f"head-{classes}.safetensors")
    picture = smooth_picture(generator).clamp(0, 255).to(torch.uint8)
    Image.fromarray(picture.permute(1, 2, 0).numpy()).save(folder / "picture.jpg", quality=90)
    for part, side in (("encoder", resolution), ("convnext", random_convnext.RESOLUTION)):
        small = F.interpolate(picture[None].float(), (side, side), mode="bilinear")[0]
        save_file({"image": (small - 115) / 67}, folder / f"{part}.safetensors")
    (folder / "words.txt").write_text("\n".join(random_words(REQUEST_CLASSES)) + "\n")
    (folder / "prompts.txt").write_text(
        "\n".join(TEMPLATE.replace("{}", word) for word in random_words(options.prompts)) + "\n")
    torch.save(compare_training.random_clip(options.size), folder / "clip.pt")
    if "convnext" in options.parts:
        random_convnext.make(folder / "convnext")


def clock(options):
    return ["--processor-time"] if options.processor_time else []


def run_ours(part, options, folder, out):
    name = "encoder" if part == "convnext" else part.partition("-")[0]
    weights = folder / ("convnext" if part == "convnext" else "clip.pt")
    inputs = {"head": ["--inputs", folder / f"{part}.safetensors"],
              "prompts": ["--words-file", folder / "prompts.txt"],
              "encoder": ["--inputs", folder / f"{part}.safetensors"],
              "request": ["--words-file", folder / "words.txt", "--template", TEMPLATE, "--image", folder / "picture.jpg"]}
    command = [options.binary, name, *inputs[name], "--weights", weights, "--precision", options.precision,
               "--resolution", compare_training.SIZES[options.size][3],
               "--repeat", options.repeat, "--threads", options.threads, "--out", out, *clock(options)]
    return compare_training.child([str(each) for each in command], options.threads)


def run_published(part, options, folder, out):
    command = [sys.executable, __file__, options.checkout, "--published-side", folder, "--parts", part, "--size", options.size,
               "--repeat", 0 if part in PUBLISHED_RUNS_ONCE else options.repeat, "--out", out, *clock(options)]
    return compare_training.child([str(each) for each in command], options.threads)


def published_side(options):
    """In a process of its own, so that its memory can be told."""
    part, folder = options.parts[0], options.published_side
    name, _, classes = part.partition("-")
    options.folder, options.weights, options.image = folder, folder / "clip.pt", folder / "picture.jpg"
    options.inputs = folder / f"{part}.safetensors"
    options.words = folder / ("prompts.txt" if name == "prompts" else "words.txt")
    options.width, options.height, options.template = WIDTH, HEIGHT, TEMPLATE
    options.resolution = compare_training.SIZES[options.size][3]
    return published_parts.run(name, options)


def check_same(part, options, ours, theirs):
    """Ends the program if the results are not those of the same work; else says how much they are the same."""
    if part.startswith("head") or part == "request":
        same = float((numpy.fromfile(ours, "uint16") == numpy.fromfile(theirs, "uint16")).mean())
        if same < SAME_LABELS and options.precision == "fp32":
            sys.exit(f"{part}: only {same:.4f} of the labels are the same")
        return {"same_labels": same}
    joint = random_convnext.JOINT if part == "convnext" else compare_training.SIZES[options.size][-1]
    rows = [torch.from_numpy(numpy.fromfile(file, "float32")).reshape(-1, joint) for file in (ours, theirs)]
    cosine = F.cosine_similarity(*rows, dim=-1).mean().item()
    if cosine < SAME_COSINE[options.precision]:
        sys.exit(f"{part}: the mean cosine of the results is only {cosine:.4f}")
    return {"mean_cosine": cosine}


def row_name(part, name, options):
    if part.startswith("head"):
        return f"{name}, {part.partition('-')[2]} classes"
    if part == "convnext":
        name = "ConvNeXt-B's encoder"
    return name if name == "prompt" else f"{name}, {options.precision}"


def compare(options, folder):
    write_inputs(options, folder)
    rows, checks = {}, {}
    for part in options.parts:
        turns = []
        rounds = 1 if part in PUBLISHED_RUNS_ONCE else options.rounds
        for number in range(1, rounds + 1):
            ours, theirs = folder / "ours.raw", folder / "theirs.raw"
            turn = {"published": run_published(part, options, folder, theirs), "pixelclip": run_ours(part, options, folder, ours)}
            turns.append(turn)
            checks[part] = check_same(part, options, ours, theirs)
            print(f"{part}, round {number} of {rounds}: done", file=sys.stderr)
        for name in turns[0]["pixelclip"]["seconds"]:
            rows[row_name(part, name, options)] = {
                side: statistics.median(s for turn in turns for s in turn[side]["seconds"][name])
                for side in ("published", "pixelclip")} | {"unit": "s"}
        if part == "request":
            rows[f"request's peak memory, {options.precision}"] = {
                side: max(turn[side]["peak_bytes"] for turn in turns) / 2 ** 30
                for side in ("published", "pixelclip")} | {"unit": "GiB"}
    for name, row in rows.items():
        row["ratio"] = row["published"] / row["pixelclip"]
        row["wanted"] = WANTED.get(name)
    return {"size": options.size, "threads": options.threads, "precision": options.precision, "rounds": options.rounds,
            "processor_time": options.processor_time, "torch": torch.__version__, "rows": rows, "checks": checks}


def table(result):
    lines = [f"{'':38}{'published':>14}{'pixelclip':>14}{'ratio':>9}{'wanted':>9}"]
    for name, row in result["rows"].items():
        unit, factor = ("ms", 1000) if row["unit"] == "s" else (row["unit"], 1)
        figures = [f"{row[side] * factor:.{1 if unit == 'ms' else 2}f} {unit}" for side in ("published", "pixelclip")]
        wanted = "" if row["wanted"] is None else f">= {row['wanted']}"
        lines.append(f"{name:38}{figures[0]:>14}{figures[1]:>14}{row['ratio']:>9.1f}{wanted:>9}")
    return "\n".join(lines)


def report(options, compare, table):
    """Prints table(compare(options, a folder for its files)); all figures go to options.out, if that is given."""
    with tempfile.TemporaryDirectory() as folder:
        result = compare(options, pathlib.Path(folder))
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(table(result))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("--binary", type=pathlib.Path, default="build/bin/inference_parts")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--size", choices=compare_training.SIZES, default="vit_b_16", help="of the CLIP")
    parser.add_argument("--precision", choices=SAME_COSINE, default="fp32", help="of this engine's visual encoder")
    parser.add_argument("--prompts", type=int, default=16, help="texts that are embedded at once")
    parser.add_argument("--repeat", type=int, default=3, help="timed runs a round, after one that is not counted")
    parser.add_argument("--rounds", type=int, default=2, help="turns that each side gets")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--processor-time", action="store_true",
                        help="instead of elapsed time: for a machine that is not idle, with --threads 1")
    parser.add_argument("--out", type=pathlib.Path, help="JSON file for all figures")
    parser.add_argument("--published-side", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.checkout = options.checkout.resolve()

    if options.published_side:
        print(json.dumps(published_side(options)))
    else:
        report(options, compare, table)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Pictures a second of ViT-B/16 at 320 x 320 on a GPU, beside the published implementation in eager PyTorch.

    bench/gpu_throughput.py CHECKOUT [--binary build/bin/gpu_throughput] [--out build/gpu-throughput.json] …

CHECKOUT is a clone of the published repository; nothing of it is changed. Needs what bench/compare_inference needs, PyTorch
with CUDA, and this project built against it: docs/performance.md, "On a GPU", says how. Both sides get the same random CLIP and
pictures, and run alone, one after the other. Timed is the visual encoder, from pictures in the host's memory to features there:

  published  in fp32, and with TF32, which PyTorch calls "high": copy, encode_image(dense=True), copy back
  here       in fp32, and in bf16: two threads that call Segmenter::EncodeImages

That both computed the same is checked by the cosines of the features. The head (150 classes, 1920 x 1080) is timed here alone,
on the GPU and on one thread of the CPU. Prints a table, with ratios of bf16 to TF32 and to fp32; all figures go to --out.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

sys.path.append(str(pathlib.Path(__file__).parent / "compare_inference"))
import compare_inference  # first: it finds the training comparison's modules
import compare_training
import published

WANTED_PER_SECOND, WANTED_RATIO = 3000, 5
MATMUL = {"fp32": "highest", "tf32": "high"}  # torch.set_float32_matmul_precision
SAME_COSINE = {"fp32": 0.9999, "bf16": 0.99}


def child(command):
    done = subprocess.run([str(each) for each in command], stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def rate(seconds, work):
    for _ in range(2):
        work()
    begun, times = time.perf_counter(), 0
    while times == 0 or time.perf_counter() - begun < seconds:
        work()
        times += 1
    return times / (time.perf_counter() - begun)


def published_side(options):
    """In a process of its own, so that its memory is its own."""
    torch.set_float32_matmul_precision(MATMUL[options.precision])
    torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    folder, resolution = options.folder, compare_training.SIZES[options.size][3]
    model = published.make_model(options.checkout, folder / "clip.pt", resolution, folder).eval()
    clip_model, image = model.sem_seg_head.predictor.clip_model, load_file(folder / "input.safetensors")["image"]
    device = next(clip_model.parameters()).device
    figures = []
    with torch.no_grad():
        for batch in options.batches:
            images = image.repeat(batch, 1, 1, 1)
            encode = lambda: clip_model.encode_image(images.to(device), dense=True).float().cpu()
            figures.append({"batch": batch, "pictures_per_second": batch * rate(options.seconds, encode)})
        features = clip_model.encode_image(image[None].to(device), dense=True).float().cpu()
    features.numpy().tofile(options.features)
    return {"precision": options.precision, "encoder": figures,
            "device": torch.cuda.get_device_name() if device.type == "cuda" else device.type}


def features_of(path, joint):
    return torch.from_numpy(numpy.fromfile(path, "float32")).reshape(-1, joint)


def compare(options, folder):
    *_, resolution, _, _, joint = compare_training.SIZES[options.size]
    torch.save(compare_training.random_clip(options.size), folder / "clip.pt")
    generator = torch.Generator().manual_seed(3)
    save_file({"image": torch.randn(3, resolution, resolution, generator=generator)}, folder / "input.safetensors")
    if options.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    batches = [str(batch) for batch in options.batches]
    theirs = {name: child([sys.executable, __file__, options.checkout, "--published-side", "--folder", folder, "--size",
                           options.size, "--precision", name, "--seconds", options.seconds, "--features",
                           folder / f"published-{name}.raw", "--batches", *batches]) for name in MATMUL}
    if options.device != "cpu" and theirs["fp32"]["device"] == "cpu":
        sys.exit("PyTorch sees no GPU: the published side ran on the CPU")
    ours, cosines = {}, {}
    for name in SAME_COSINE:
        features = folder / f"here-{name}.raw"
        ours[name] = child([options.binary, "--weights", folder / "clip.pt", "--inputs", folder / "input.safetensors",
                            "--device", options.device, "--precision", name, "--seconds", options.seconds, "--lanes",
                            options.lanes, "--out", features, "--batches", *batches])
        cosine = F.cosine_similarity(features_of(features, joint), features_of(folder / "published-fp32.raw", joint), dim=-1)
        cosines[name] = {"mean": cosine.mean().item(), "least": cosine.min().item()}
        if cosines[name]["mean"] < SAME_COSINE[name]:
            sys.exit(f"{name}: the mean cosine with the published features is only {cosines[name]['mean']:.4f}")
    return {"size": options.size, "device": theirs["fp32"]["device"], "torch": torch.__version__, "cosines": cosines,
            "published": theirs, "here": ours}


def table(result):
    sides = {f"published {name}": side for name, side in result["published"].items()}
    sides |= {f"here {name}": side for name, side in result["here"].items()}
    lines = ["pictures/s".ljust(12) + "".join(name.rjust(16) for name in sides) + "bf16 / tf32".rjust(14) + "bf16 / fp32".rjust(14)]
    for number, figure in enumerate(result["here"]["bf16"]["encoder"]):
        rates = {name: side["encoder"][number]["pictures_per_second"] for name, side in sides.items()}
        lines.append(f"batch {figure['batch']}".ljust(12) + "".join(f"{each:16.1f}" for each in rates.values()) + "".join(
            f"{rates['here bf16'] / rates[name]:14.2f}" for name in ("published tf32", "published fp32")))
    best = {name: max(each["pictures_per_second"] for each in side["encoder"]) for name, side in sides.items()}
    lines.append(f"best: {best['here bf16']:.0f} pictures/s (wanted: {WANTED_PER_SECOND}), "
                 f"{best['here bf16'] / best['published tf32']:.1f} times the best with TF32 and "
                 f"{best['here bf16'] / best['published fp32']:.1f} times fp32 (wanted: {WANTED_RATIO})")
    head = result["here"]["bf16"]["head"]
    lines.append(f"head, {head['classes']} classes, {head['width']} x {head['height']}: {head['pictures_per_second']:.0f} pictures/s "
                 f"with its copies, {head['cpu_pictures_per_second_of_one_thread']:.0f} on one thread of the CPU, "
                 f"{head['same_labels']:.6f} of the labels the same")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("--binary", type=pathlib.Path, default="build/bin/gpu_throughput")
    parser.add_argument("--size", choices=compare_training.SIZES, default="vit_b_16", help="of the CLIP")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 2, 4, 8, 16, 32, 64, 128])
    parser.add_argument("--seconds", type=float, default=3, help="how long each figure is measured")
    parser.add_argument("--lanes", type=int, default=2, help="threads that encode at once, here")
    parser.add_argument("--device", default="cuda:0", help="or cpu, to try the script out")
    parser.add_argument("--out", type=pathlib.Path, default="build/gpu-throughput.json")
    parser.add_argument("--published-side", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--features", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--precision", choices=MATMUL, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.checkout = options.checkout.resolve()

    if options.published_side:
        print(json.dumps(published_side(options)))
    else:
        compare_inference.report(options, compare, table)


if __name__ == "__main__":
    main()

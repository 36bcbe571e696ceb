#!/usr/bin/env python3
"""Times one training step of this trainer against the published implementation's, side by side.

    bench/compare_training/compare_training.py CHECKOUT [--binary build/bin/training_step] [--batch 2] …

CHECKOUT is a clone of the published repository; nothing of it is changed. Needs torch (the version of LibTorch that the
trainer was built with, so that both have the same kernels), torchvision, open_clip_torch, ftfy, regex, tqdm, numpy and
safetensors. Both sides get the same random CLIP, decoder, prompts, pictures and masks on this machine with the same number
of threads, take turns, and run alone. That they do the same work is checked: the losses of all steps must agree.

What is timed is a step as each trainer takes it: normalisation and resizing of the crops and masks, both encoders, the text
encoder, clustering, decoder, loss, backward, clipping and AdamW. What is not: the loader, the schedule, logging, and summing
gradients over ranks. detectron2 itself, which only calls the step, is replaced by stand_ins.py.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import published

CROP = 640
# width, layers, patch and input side of the visual encoder; width and layers of the text encoder; joint width
SIZES = {"vit_b_16": (768, 12, 16, 320, 512, 12, 512), "small": (192, 3, 16, 160, 128, 2, 128)}
LOSS_TOLERANCE = 1e-3


def random_clip(size):
    """A CLIP under OpenAI's names, in the half precision that OpenAI's files have."""
    width, layers, patch, _, text_width, text_layers, joint = SIZES[size]
    generator = torch.Generator().manual_seed(1)
    normal = lambda *shape: torch.randn(shape, generator=generator) * shape[-1] ** -0.5

    def block(name, w):
        parts = {"attn.in_proj_weight": normal(3 * w, w), "attn.in_proj_bias": torch.zeros(3 * w),
                 "attn.out_proj.weight": normal(w, w), "attn.out_proj.bias": torch.zeros(w),
                 "mlp.c_fc.weight": normal(4 * w, w), "mlp.c_fc.bias": torch.zeros(4 * w),
                 "mlp.c_proj.weight": normal(w, 4 * w), "mlp.c_proj.bias": torch.zeros(w)}
        parts |= {f"{norm}.{part}": torch.full((w,), float(part == "weight"))
                  for norm in ("ln_1", "ln_2") for part in ("weight", "bias")}
        return {f"{name}.{part}": tensor for part, tensor in parts.items()}

    state = {"visual.class_embedding": normal(width), "visual.conv1.weight": normal(width, 3, patch, patch),
             "visual.positional_embedding": normal((224 // patch) ** 2 + 1, width), "visual.proj": normal(width, joint),
             "token_embedding.weight": normal(49408, text_width), "positional_embedding": normal(77, text_width),
             "text_projection": normal(text_width, joint), "logit_scale": torch.tensor(4.6)}
    for norm, w in (("visual.ln_pre", width), ("visual.ln_post", width), ("ln_final", text_width)):
        state |= {f"{norm}.weight": torch.ones(w), f"{norm}.bias": torch.zeros(w)}
    for i in range(layers):
        state |= block(f"visual.transformer.resblocks.{i}", width)
    for i in range(text_layers):
        state |= block(f"transformer.resblocks.{i}", text_width)
    state = {name: tensor.half() for name, tensor in state.items()}
    return state | {"input_resolution": torch.tensor(224), "context_length": torch.tensor(77),
                    "vocab_size": torch.tensor(49408)}


def random_batch(pictures, masks):
    """Smooth pictures, a noisier second view of each, and rectangles of all sizes as masks."""
    generator = torch.Generator().manual_seed(2)
    coarse = torch.rand(pictures, 3, 20, 20, generator=generator) * 255
    weak = F.interpolate(coarse, (CROP, CROP), mode="bilinear")
    strong = (weak + torch.randn(weak.shape, generator=generator) * 20).clamp(0, 255)
    batch = {"weak": weak.to(torch.uint8), "strong": strong.to(torch.uint8)}
    for i in range(pictures):
        stack = torch.zeros(masks, CROP, CROP, dtype=torch.uint8)
        for mask in stack:
            side = torch.randint(20, CROP // 2, (2,), generator=generator)
            top, left = (int(torch.randint(0, CROP - int(s), (1,), generator=generator)) for s in side)
            mask[top:top + side[0], left:left + side[1]] = 1
        batch[f"masks.{i}"] = stack
    return batch


def child(command, threads):
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(options, folder):
    weights, batch, decoder = folder / "clip.pt", folder / "batch.safetensors", folder / "decoder.safetensors"
    torch.save(random_clip(options.size), weights)
    save_file(random_batch(options.batch, options.masks), batch)
    resolution = SIZES[options.size][3]
    published.save_decoder(options.checkout, weights, resolution, folder, decoder)
    theirs = [sys.executable, __file__, str(options.checkout), "--published-side", str(folder), "--size", options.size,
              "--steps", str(options.steps)]
    ours = [str(options.binary), "--weights", str(weights), "--batch", str(batch), "--decoder", str(decoder),
            "--resolution", str(resolution), "--steps", str(options.steps)]

    rounds = []
    for number in range(1, options.rounds + 1):
        round_ = {"published": child(theirs, options.threads), "pixelclip": child(ours, options.threads)}
        rounds.append(round_)
        print(f"round {number}: " + ", ".join(
            f"{side} {statistics.median(result['seconds']):.3f} s" for side, result in round_.items()), file=sys.stderr)
        for step, (expected, got) in enumerate(zip(round_["published"]["losses"], round_["pixelclip"]["losses"])):
            if abs(got - expected) > LOSS_TOLERANCE * abs(expected):
                sys.exit(f"step {step}: the losses differ, {got} and {expected} as published: not the same work")

    seconds = {side: statistics.median(s for round_ in rounds for s in round_[side]["seconds"])
               for side in ("published", "pixelclip")}
    return {"size": options.size, "batch": options.batch, "masks": options.masks, "threads": options.threads,
            "device": "cuda" if torch.cuda.is_available() else "cpu", "torch": torch.__version__,
            "published_seconds": seconds["published"], "pixelclip_seconds": seconds["pixelclip"],
            "ratio": seconds["published"] / seconds["pixelclip"], "rounds": rounds}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("--binary", type=pathlib.Path, default="build/bin/training_step")
    parser.add_argument("--size", choices=SIZES, default="vit_b_16", help="of the CLIP: as published, or for a quick look")
    parser.add_argument("--batch", type=int, default=2, help="pictures a step")
    parser.add_argument("--masks", type=int, default=40, help="masks a picture")
    parser.add_argument("--steps", type=int, default=3, help="timed steps a round, after one that is not counted")
    parser.add_argument("--rounds", type=int, default=2, help="turns that each side gets")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--published-side", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.checkout = options.checkout.resolve()

    if options.published_side:
        folder = options.published_side
        result = published.run(options.checkout, folder / "clip.pt", load_file(folder / "batch.safetensors"),
                               SIZES[options.size][3], options.steps, folder)
    else:
        with tempfile.TemporaryDirectory() as folder:
            result = compare(options, pathlib.Path(folder))
    print(json.dumps(result))


if __name__ == "__main__":
    main()

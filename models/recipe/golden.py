"""Writes golden.safetensors beside a model: what open_clip and timm make of its file, for the engine's tests.

python golden.py ../mini
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file

import model

PROMPTS = ["dog", "a photo of a cat.", "A photo of a potted plant in the scene", "tvmonitor", "sky"]


def write(folder):
    clip, tokenize = model.load(folder), model.tokenizer()
    image = torch.randn(1, 3, 96, 128, generator=torch.Generator().manual_seed(4)).clamp(-0.992, 1.0)
    tokens = tokenize(PROMPTS)
    with torch.no_grad():
        dense = model.dense_features(clip, image)
        text = clip.encode_text(tokens)  # open_clip's own path, all 77 positions
    tensors = {"image_0": image, "dense_0": dense.permute(0, 2, 3, 1), "token_ids": tokens, "text": text}
    save_file({name: value.contiguous() for name, value in tensors.items()},
              pathlib.Path(folder) / "golden.safetensors")


if __name__ == "__main__":
    write(sys.argv[1])

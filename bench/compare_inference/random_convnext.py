"""OpenCLIP's convnext_base_w_320 with random weights, as a folder of OpenCLIP's layout that both sides read."""
import json

import open_clip
import torch
from safetensors.torch import load_file, save_file

NAME, RESOLUTION, JOINT = "convnext_base_w_320", 640, 640  # the published configuration's


def make(folder):
    torch.manual_seed(4)
    state = open_clip.create_model(NAME).state_dict()
    for name, tensor in state.items():
        if name.endswith(".gamma"):  # begins at 1e-6 in training, which would leave nothing of the blocks
            state[name] = torch.rand_like(tensor) * 0.2
    folder.mkdir()
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, folder / "open_clip_model.safetensors")
    (folder / "open_clip_config.json").write_text(json.dumps(
        {"model_cfg": open_clip.get_model_config(NAME), "preprocess_cfg": {}}))


def load(folder):
    model = open_clip.create_model(NAME)
    model.load_state_dict(load_file(folder / "open_clip_model.safetensors"))
    return model.eval()

"""Makes the test fixtures in tests/data from a folder of golden files of the published implementation.

    pip install torch safetensors open_clip_torch
    python tests/data/make_fixtures.py PARITY tests/data/fixtures tests/data/torch

PARITY has vit/, hf/, open_clip/, convnext/ (weights in every layout, golden.safetensors) and segment/ (pictures,
settings.json, golden_N.safetensors). Each becomes FOLDER.tar.xz with the same files. Nearly all of a small
CLIP is its token embedding: its rows are zeroed, except those of the ids that the golden files and the
words below use, so that the archives are small. What the golden files say of the rest stays true. The
layouts stay genuine: torch.save and torch.jit.save write the PyTorch files. The third folder gets small
files of torch.save for the reader's own tests.
"""

import argparse
import collections
import json
import pathlib
import tarfile
import tempfile

import numpy
import open_clip
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

WORDS = """
a an the of in on at and with photo picture image video game art origami bad good large small scene itap
drawing airplane aeroplane animal apple bag ball banana bed bench bicycle bike bird boat book bottle bowl
box bridge building bus cake car carpet cat ceiling chair clock cloud clouds computer cow cup curtain desk
dining dog door dress elephant fence field floor flower flowers food fork forest fruit giraffe glass grass
ground hair hand hat hill horse house keyboard kitchen knife lake lamp land laptop leaf leaves light lion
man monitor monkey mountain motorbike motorcycle mouse mug paper pavement person people phone pillow pizza
plant plate pole potted remote river road rock roof rug sand sandwich sea sheep shelf ship shirt shoe
sidewalk sign skateboard sky snow sofa couch spoon street sun table television terrain tiger towel toy
traffic train tree trees truck tv umbrella van vase vegetation wall water wheel window wood woman zebra
background black blue brown gray green orange pink red white yellow
"""

TOKEN_EMBEDDING = "token_embedding.weight"


def used_ids(parity):
    """Every token id that a golden file, a prompt of segment/ or a word above needs."""
    tokenize = open_clip.SimpleTokenizer()
    settings = json.loads((parity / "segment" / "settings.json").read_text())
    names = [name for entry in settings["vocabulary"] for name in entry.split(", ")]
    texts = [template.replace("{}", name) for template in settings["templates"] for name in names]
    texts += WORDS.split() + ["A photo of a {} {} {} {} in the scene", ".", ","]
    ids = set(tokenize(texts).flatten().tolist())
    for golden in parity.glob("*/golden.safetensors"):
        with safe_open(golden, framework="pt") as file:
            if "token_ids" in file.keys():
                ids |= set(file.get_tensor("token_ids").flatten().tolist())
    return sorted(ids)


def keep_rows(tensor, ids):
    kept = torch.zeros_like(tensor)
    kept[ids] = tensor[ids]
    return kept


def shrink_safetensors(source, target, ids):
    with safe_open(source, framework="pt") as file:
        metadata = file.metadata()
    tensors = load_file(source)
    for name in tensors:
        if name.endswith(TOKEN_EMBEDDING):
            tensors[name] = keep_rows(tensors[name], ids)
    save_file(tensors, target, metadata)


def shrink_state(source, target, ids):
    checkpoint = torch.load(source, weights_only=True)
    state = checkpoint.get("model", checkpoint)
    for name in state:
        if name.endswith(TOKEN_EMBEDDING):
            state[name] = keep_rows(state[name], ids)
    torch.save(checkpoint, target)


def shrink_script(source, target, ids):
    module = torch.jit.load(source)
    with torch.no_grad():
        weight = module.token_embedding.weight
        weight.copy_(keep_rows(weight, ids))
    torch.jit.save(module, target)


def copy(source, target, ids):
    target.write_bytes(source.read_bytes())


def shrinker(path):
    if path.suffix == ".safetensors" and "golden" not in path.name:
        return shrink_safetensors
    if path.suffix in (".pt", ".pth"):
        return shrink_script if "jit" in path.name else shrink_state
    return copy


class CustomSchedule:
    """Stands for whatever a training program puts into its checkpoints."""

    def __init__(self):
        self.steps = [1, 2, 3]
        self.parent = self  # a cycle


def make_torch_samples(folder):
    """Every form in which a state dict comes. `w` is 0..5 as 2x3, `t` its transpose."""
    weight = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    state = collections.OrderedDict(w=weight, t=weight.t(), half=weight.half()[1], scalar=torch.tensor(7))
    folder.mkdir(exist_ok=True)
    torch.save(state, folder / "zip.pt")
    torch.save(state, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "state_dict": {f"module.{name}": tensor for name, tensor in state.items()}},
               folder / "wrapped.pt")
    parameter = collections.OrderedDict(w=torch.nn.Parameter(weight), bf16=weight.bfloat16())
    torch.save(parameter, folder / "parameter.pt")
    torch.save({"model": {"w": weight}, "iteration": numpy.int64(5), "scheduler": CustomSchedule(),
                "trainer": {"loss": numpy.float32(0.5), "history": numpy.arange(3.0)}, "seen": {1, 2},
                "optimizer": {"lr": 2e-4, "big": 1 << 100, "betas": (0.9, 0.999)}}, folder / "detectron2.pth")
    torch.save({"w": torch.zeros(1).expand(1000, 1000)}, folder / "expanded.pt")
    torch.save({"w": torch.quantize_per_tensor(weight, 0.1, 0, torch.qint8)}, folder / "quantized.pt")
    torch.save(torch.nn.Linear(2, 3), folder / "module.pt")


def pack(folder, archive):
    """The same bytes for the same files: no times, no owners, a fixed order."""
    def anonymous(info):
        info.mtime = info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mode = 0o755 if info.isdir() else 0o644
        return info

    with tarfile.open(archive, "w:xz", preset=9) as tar:
        tar.add(folder, arcname=folder.name, filter=anonymous)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parity", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("samples", type=pathlib.Path)
    arguments = parser.parse_args()
    make_torch_samples(arguments.samples)
    ids = used_ids(arguments.parity)
    print(f"{len(ids)} rows of the token embeddings are kept")
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("vit", "hf", "open_clip", "convnext", "segment"):
            folder = pathlib.Path(scratch) / name
            folder.mkdir()
            for source in sorted((arguments.parity / name).iterdir()):
                shrinker(source)(source, folder / source.name, ids)
            archive = arguments.output / f"{name}.tar.xz"
            pack(folder, archive)
            print(f"{archive}: {archive.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

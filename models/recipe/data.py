"""Pictures with masks, read once into memory, and the concepts that the three sets share."""
import json
import pathlib
import random
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image, ImageEnhance

import names

IGNORE = -1
BACKGROUND = -2  # VOC's "none of the twenty": not ignored, but never a negative for anything outside VOC


@dataclass
class Sample:
    image: Image.Image
    mask: np.ndarray  # uint8, the set's own ids
    source: str
    path: str = ""


@dataclass
class Concepts:
    """Meanings of the masks: `words[i]` are the words for concept i, `ids[set]` maps that set's ids to concepts."""
    keys: list = field(default_factory=list)
    words: list = field(default_factory=list)
    ids: dict = field(default_factory=dict)
    compete: torch.Tensor = None  # KxK bool: may column be a negative for a pixel of row?
    voc: torch.Tensor = None  # K bool: one of VOC's twenty


def plain(name):
    """COCO's "tree-merged" -> "tree"."""
    for ending in ("-other-merged", "-merged", "-stuff", "-other"):
        name = name.removesuffix(ending)
    return name.replace("-", " ")


def class_names(classes_folder):
    """{set: {id: plain class name}} as the measurement uses them."""
    folder = pathlib.Path(classes_folder)
    voc = json.loads((folder / "voc20.json").read_text())
    coco = json.loads((folder / "coco_panoptic.json").read_text())
    camvid = json.loads((folder / "camvid.json").read_text())
    return {
        "voc": {i + 1: name for i, name in enumerate(voc)},
        "coco": {int(i): name for i, name in coco.items() if int(i) != 0},
        "camvid": dict(enumerate(camvid)),
    }


def build_concepts(classes):
    concepts = Concepts()

    def add(key, set_name, set_id, name):
        if key not in concepts.keys:
            concepts.keys.append(key)
            concepts.words.append([])
        index = concepts.keys.index(key)
        words = concepts.words[index]
        for word in [name, plain(name), *names.SYNONYMS.get(key, [])]:
            if word not in words:
                words.append(word)
        concepts.ids.setdefault(set_name, {})[set_id] = index

    coco_to_voc = {coco: voc for voc, coco in names.VOC_TO_COCO.items() if coco}
    for i, name in classes["voc"].items():
        add(name, "voc", i, name)
    for i, name in classes["coco"].items():
        add(coco_to_voc.get(name, name), "coco", i, name)
    for i, name in classes["camvid"].items():
        key = names.CAMVID_TO_COCO[name] or name
        add(coco_to_voc.get(key, key), "camvid", i, name)

    count = len(concepts.keys)
    concepts.compete = torch.ones(count, count, dtype=torch.bool)
    for row in names.OVERLAPS:
        known = [concepts.keys.index(key) for key in row if key in concepts.keys]
        for a in known:
            for b in known:
                concepts.compete[a, b] &= a == b
    concepts.voc = torch.tensor([key in names.VOC_TO_COCO for key in concepts.keys])
    return concepts


def read_set(data_folder, set_name, split, longest=None):
    folder = pathlib.Path(data_folder) / set_name / split
    samples = []
    for path in sorted((folder / "images").iterdir()):
        image = Image.open(path).convert("RGB")
        mask = Image.open(folder / "masks" / (path.stem + ".png"))
        if longest and max(image.size) > longest:
            scale = longest / max(image.size)
            size = tuple(round(side * scale) for side in image.size)
            image, mask = image.resize(size, Image.BILINEAR), mask.resize(size, Image.NEAREST)
        samples.append(Sample(image, np.array(mask), set_name, path.name))
    return samples


def lookup_table(concepts, set_name, held_out=()):
    """256 entries: the set's ids -> concept, IGNORE or BACKGROUND. Held-out concepts are ignored wherever they appear."""
    table = np.full(256, IGNORE, np.int64)
    for set_id, concept in concepts.ids[set_name].items():
        if concepts.keys[concept] not in held_out:
            table[set_id] = concept
    if set_name == "voc":
        table[0] = BACKGROUND
    return table


def normalise(image):
    """PIL RGB -> 3xHxW float, (x - 127) / 128."""
    return (torch.from_numpy(np.array(image, dtype=np.float32)).permute(2, 0, 1) - 127) / 128


def augment(sample, size, label_stride):
    """A random part of the picture squashed to size x size, and its mask at 1/label_stride of that."""
    width, height = sample.image.size
    share = random.uniform(0.2, 0.9) if random.random() < 0.6 else 1.0
    aspect = np.exp(random.uniform(-0.25, 0.25))
    w = min(width, width * np.sqrt(share) * aspect)
    h = min(height, height * np.sqrt(share) / aspect)
    x, y = random.uniform(0, width - w), random.uniform(0, height - h)
    box = (x, y, x + w, y + h)
    image = sample.image.resize((size, size), Image.BILINEAR, box=box)
    side = size // label_stride
    mask = np.array(Image.fromarray(sample.mask).resize((side, side), Image.NEAREST, box=box))
    if random.random() < 0.5:
        image, mask = image.transpose(Image.FLIP_LEFT_RIGHT), mask[:, ::-1]
    if random.random() < 0.6:
        for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
            image = enhance(image).enhance(random.uniform(0.7, 1.3))
    if random.random() < 0.4:  # VOC's training pictures are smaller, hence softer, than those it is measured on
        image = ImageEnhance.Sharpness(image).enhance(random.uniform(1.0, 2.5))
    return normalise(image), np.ascontiguousarray(mask)

"""Step 1, image level only: a CLIP without a single mask.

The projection is fixed: the principal directions of the centred, normalised classifier weights of the ImageNet trunk. The
text tower learns to send words to the classifier's own vectors; captions add a contrast between each caption and its
picture's mean feature.
"""
import json
import pathlib
import random

import torch
import torch.nn.functional as F
from PIL import Image

import data
import model
import words


def caption_pairs(clip, folder, size=320):
    """([five captions of each picture], unit mean features less their common mean)."""
    captions = json.loads((pathlib.Path(folder) / "captions.json").read_text())
    means = []
    with torch.no_grad():
        for name in captions:
            image = Image.open(pathlib.Path(folder) / "images" / name).convert("RGB")
            image = data.normalise(image.resize((size, size), Image.BILINEAR))[None]
            means.append(F.normalize(model.dense_features(clip, image), dim=1).mean((0, 2, 3)))
    means = torch.stack(means)
    return list(captions.values()), F.normalize(means - means.mean(0), dim=1)


def train_base(data_folder, targets, steps, seed=0, log=print):
    torch.manual_seed(seed)
    clip = model.build()
    clip.visual.trunk.load_state_dict(model.imagenet_weights()[0])
    clip.visual.head.proj.weight.data = targets.projection.clone()
    torch.nn.init.normal_(clip.token_embedding.weight, std=0.05)
    captions, pictures = caption_pairs(clip, pathlib.Path(data_folder) / "captions")

    def caption_lesson():
        chosen = random.sample(range(len(captions)), 24)

        def contrast(found):
            return 0.05 * F.cross_entropy(found @ pictures[chosen].T / 0.1, torch.arange(len(chosen)))

        return [random.choice(captions[i]) for i in chosen], contrast

    return words.train_words(clip, targets, steps, extra=caption_lesson, seed=seed, log=log)

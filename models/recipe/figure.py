"""The model card's picture: free photographs from scikit-image, each with a handful of words.

python figure.py --model ../mini --out ../mini/examples.jpg      (needs scikit-image)
"""
import argparse
import colorsys
import importlib.util
import pathlib

import numpy as np
from PIL import Image, ImageDraw

import evaluate
import model

PICTURES = [
    ("chelsea.png", ["cat", "dog", "sofa", "wall", "blanket"]),
    ("coffee.png", ["cup", "table", "spoon", "plate", "coffee"]),
    ("astronaut.png", ["person", "flag", "helmet", "space shuttle", "wall"]),
    ("rocket.jpg", ["rocket", "sky", "tower", "ground", "water"]),
]
HEIGHT = 240
FOLDER = pathlib.Path(importlib.util.find_spec("skimage").origin).parent / "data"


def colour(index):
    return tuple(round(255 * part) for part in colorsys.hsv_to_rgb(index * 0.618 % 1, 0.85, 0.95))


def panel(segmenter, name, vocabulary):
    image = Image.open(FOLDER / name).convert("RGB")
    image = image.resize((round(image.width * HEIGHT / image.height), HEIGHT), Image.BILINEAR)
    scores = segmenter.scores(segmenter.features(image), segmenter.embed(vocabulary), (image.height, image.width))
    labels = scores.argmax(0).numpy()
    palette = np.array([colour(i) for i in range(len(vocabulary))])
    mixed = Image.fromarray((0.45 * np.array(image) + 0.55 * palette[labels]).astype(np.uint8))
    draw, y = ImageDraw.Draw(mixed), 6
    for index in np.unique(labels):
        width = draw.textlength(vocabulary[index])
        draw.rectangle((4, y, 12 + width, y + 14), fill=colour(index))
        draw.text((8, y + 1), vocabulary[index], fill=(0, 0, 0))
        y += 18
    return np.concatenate([np.array(image), np.array(mixed)], 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--size", type=int, default=320)
    args = parser.parse_args()
    segmenter = evaluate.Segmenter(model.load(args.model), args.size)
    panels = [panel(segmenter, name, vocabulary) for name, vocabulary in PICTURES]
    width = max(part.shape[1] for part in panels)
    rows = [np.pad(part, ((0, 6), (0, width - part.shape[1]), (0, 0)), constant_values=255) for part in panels]
    Image.fromarray(np.concatenate(rows)).save(args.out, quality=88)


if __name__ == "__main__":
    main()

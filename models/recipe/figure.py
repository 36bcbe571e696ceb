"""The model card's pictures.

python figure.py --model ../mini --out ../mini/examples.jpg      (needs scikit-image)
    free photographs from scikit-image, each with a handful of words
python figure.py --model ../mini --out ../mini/validation.png --data ../../../shared/data --classes ../../../shared/classes
    eight validation pictures: what was labelled and what is found. The photographs are for research use, so only the label
    maps are drawn. Taken at even steps, not chosen.
"""
import argparse
import colorsys
import importlib.util
import pathlib

import numpy as np
from PIL import Image, ImageDraw

import data
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


def photographs(segmenter):
    return [panel(segmenter, name, vocabulary) for name, vocabulary in PICTURES]


def flat(labels, names):
    """A label map in colours with its names; -1 is white."""
    palette = np.array([colour(i) for i in range(len(names))] + [(255, 255, 255)])
    image = Image.fromarray(palette[labels].astype(np.uint8))
    image = image.resize((round(image.width * HEIGHT / image.height), HEIGHT), Image.NEAREST)
    draw, y = ImageDraw.Draw(image), 6
    present, counts = np.unique(labels[labels >= 0], return_counts=True)
    for index in present[np.argsort(-counts)][:5]:
        name = data.plain(names[index])
        draw.rectangle((4, y, 12 + draw.textlength(name), y + 14), fill=colour(index), outline=(0, 0, 0))
        draw.text((8, y + 1), name, fill=(0, 0, 0))
        y += 18
    return np.array(image)


def validation(segmenter, data_folder, classes_folder):
    classes, panels = data.class_names(classes_folder), []
    for set_name, count in (("voc", 5), ("camvid", 2), ("coco", 1)):
        samples = data.read_set(data_folder, set_name, "val")
        names = list(classes[set_name].values())
        embeddings = segmenter.embed(names)
        for sample in samples[len(samples) // (2 * count)::len(samples) // count][:count]:
            truth = evaluate.remap(sample.mask, list(classes[set_name]))
            scores = segmenter.scores(segmenter.features(sample.image), embeddings, truth.shape)
            found = np.where(truth < 0, -1, scores.argmax(0).numpy())
            panels.append(np.concatenate([flat(truth, names), np.full((HEIGHT, 6, 3), 255), flat(found, names)], 1))
    width = max(part.shape[1] for part in panels) + 24
    padded = [np.pad(part, ((0, 0), (0, width - part.shape[1]), (0, 0)), constant_values=255) for part in panels]
    return [np.concatenate(padded[i:i + 2], 1).astype(np.uint8) for i in range(0, len(padded), 2)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--data", help="with --classes: draw validation results instead")
    parser.add_argument("--classes")
    args = parser.parse_args()
    segmenter = evaluate.Segmenter(model.load(args.model), args.size)
    panels = validation(segmenter, args.data, args.classes) if args.data else photographs(segmenter)
    width = max(part.shape[1] for part in panels)
    rows = [np.pad(part, ((0, 6), (0, width - part.shape[1]), (0, 0)), constant_values=255) for part in panels]
    Image.fromarray(np.concatenate(rows)).save(args.out, quality=88, optimize=True)


if __name__ == "__main__":
    main()

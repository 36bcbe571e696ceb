"""Measures a model on the validation pictures at their native size, with plain class names. Prints one table.

python evaluate.py --data ../../../shared/data --classes ../../../shared/classes --model ../mini
"""
import argparse

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import data
import model
import names

VOC_MEASURED = ["cat", "chair", "cow", "dog", "horse", "person", "sheep", "sofa"]  # at least five val pictures
HELD_OUT = ["horse", "sheep", "sofa"]
GRID = 64  # of the published scores


class Confusion:
    """Pixels by (label, prediction); labels outside 0..count-1 are not counted."""

    def __init__(self, count):
        self.count = count
        self.matrix = np.zeros((count, count), np.int64)

    def add(self, label, prediction):
        valid = (label >= 0) & (label < self.count)
        index = label[valid] * self.count + prediction[valid]
        self.matrix += np.bincount(index, minlength=self.count**2).reshape(self.count, self.count)

    def iou(self):
        hit = np.diag(self.matrix).astype(float)
        union = self.matrix.sum(0) + self.matrix.sum(1) - hit
        return np.where(self.matrix.sum(1) > 0, 100 * hit / np.maximum(union, 1), np.nan)


def shortest_edge(image, short=640, long=2560):
    """The first of the engine's two resizes (core/preprocess.h)."""
    scale = min(short / min(image.size), long / max(image.size))
    return image.resize(tuple(int(scale * side + 0.5) for side in image.size), Image.BILINEAR)


class Segmenter:
    """What the engine does with a picture, in Python."""

    def __init__(self, clip, size, templates=names.INFERENCE_TEMPLATES):
        self.clip, self.size, self.templates = clip, size, templates
        self.tokenizer = model.tokenizer()

    def embed(self, class_list):
        return model.class_embeddings(self.clip, self.tokenizer, class_list, self.templates)

    @torch.inference_mode()
    def features(self, image):
        x = F.interpolate(data.normalise(shortest_edge(image))[None], size=(self.size, self.size), mode="bilinear",
                          align_corners=False)
        dense = model.dense_features(self.clip, x.contiguous(memory_format=torch.channels_last))
        return F.normalize(F.interpolate(dense, size=(GRID, GRID), mode="bilinear", align_corners=False), dim=1)

    @torch.inference_mode()
    def scores(self, features, embeddings, shape):
        """K x H x W cosines at the picture's own size."""
        cosine = F.conv2d(features, embeddings[:, :, None, None])
        return F.interpolate(cosine, size=shape, mode="bilinear", align_corners=False)[0]


def remap(mask, ids):
    table = np.full(256, -1, np.int64)
    for index, set_id in enumerate(ids):
        table[set_id] = index
    return table[mask]


def evaluate(clip, samples, classes, size, threshold_grid=np.arange(0.1, 0.75, 0.05)):
    """{row name: value}; samples is {set: [Sample]}."""
    segmenter, result = Segmenter(clip, size), {}

    voc = list(classes["voc"].values())
    measured = [voc.index(name) for name in VOC_MEASURED]
    embeddings = segmenter.embed(voc + names.BACKGROUND_WORDS)
    voc20, voc21_words = Confusion(20), Confusion(21)
    voc21_threshold = [Confusion(21) for _ in threshold_grid]
    for sample in samples.get("voc", []):
        scores = segmenter.scores(segmenter.features(sample.image), embeddings, sample.mask.shape)
        best, label20 = scores[:20].max(0)
        label20 = label20.numpy()
        voc20.add(np.where((sample.mask == 0) | (sample.mask == 255), -1, sample.mask.astype(np.int64) - 1), label20)
        label21 = np.where(sample.mask == 255, -1, sample.mask.astype(np.int64))
        voc21_words.add(label21, np.where((scores[20:].amax(0) > best).numpy(), 0, label20 + 1))
        for threshold, confusion in zip(threshold_grid, voc21_threshold):
            confusion.add(label21, np.where((best < float(threshold)).numpy(), 0, label20 + 1))
    if samples.get("voc"):
        iou = voc20.iou()
        result["VOC-20 (8 classes)"] = iou[measured].mean()
        for name in VOC_MEASURED:
            result["  " + name] = iou[voc.index(name)]
        result["  horse, sheep, sofa"] = np.mean([iou[voc.index(name)] for name in HELD_OUT])
        rows = [0] + [index + 1 for index in measured]
        result["VOC-21, background words"] = voc21_words.iou()[rows].mean()
        by_threshold = [confusion.iou()[rows].mean() for confusion in voc21_threshold]
        best = int(np.argmax(by_threshold))
        result["VOC-21, best threshold"] = by_threshold[best]
        result["  that threshold"] = threshold_grid[best]

    for set_name in ("camvid", "coco"):
        if not samples.get(set_name):
            continue
        ids = list(classes[set_name])
        confusion, seen = Confusion(len(ids)), np.zeros(len(ids), int)
        embeddings = segmenter.embed(list(classes[set_name].values()))
        for sample in samples[set_name]:
            label = remap(sample.mask, ids)
            scores = segmenter.scores(segmenter.features(sample.image), embeddings, sample.mask.shape)
            confusion.add(label, scores.argmax(0).numpy())
            seen[np.unique(label[label >= 0])] += 1
        iou = confusion.iou()
        if set_name == "camvid":
            result["CamVid"] = np.nanmean(iou)
            for name, value in zip(classes[set_name].values(), iou):
                result["  " + name + " (CamVid)"] = value
        else:
            result["COCO panoptic (in >= 3 pictures)"] = iou[seen >= 3].mean()
    return result


def print_table(result):
    for name, value in result.items():
        print(f"| {name:34s} | {value:6.2f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--classes", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--size", type=int, default=320)
    args = parser.parse_args()
    clip = model.load(args.model).to(memory_format=torch.channels_last)
    samples = {name: data.read_set(args.data, name, "val") for name in ("voc", "camvid", "coco")}
    print_table(evaluate(clip, samples, data.class_names(args.classes), args.size))


if __name__ == "__main__":
    main()

"""Trains models/mini from the packages and the data folder, in three steps that each write a model.

python train.py --data ../../../shared/data --classes ../../../shared/classes --work /tmp/mini --out ../mini

base      image level only; kept in WORK/base
masks     fine-tuning with the masks of the three sets; WORK/masks, whose text tower lags behind
words     the text tower follows; OUT, with golden.safetensors
On two idle cores with AVX512-BF16 the steps take about 5, 25 and 5 minutes.
"""
import argparse
import functools
import pathlib

import torch

import base
import data
import finetune
import golden
import model
import words

log = functools.partial(print, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder with voc/, coco/, camvid/ and captions/")
    parser.add_argument("--classes", required=True, help="folder with voc20.json, coco_panoptic.json, camvid.json")
    parser.add_argument("--work", required=True, help="folder for what lies between")
    parser.add_argument("--out", required=True, help="folder of the model that ships")
    parser.add_argument("--steps", type=int, nargs=4, default=[2500, 800, 1500, 2000],
                        help="of base, masks at 256 pixels, masks at 320 pixels, words")
    parser.add_argument("--leave-out", default="", help="VOC names whose masks are not used, such as horse,sheep,sofa")
    args = parser.parse_args()
    work = pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    held_out = tuple(name for name in args.leave_out.split(",") if name)
    concepts = data.build_concepts(data.class_names(args.classes))
    cache = work / "minilm.pt"

    targets = words.WordTargets(cache)
    if (work / "base").exists():
        clip = model.load(work / "base")
    else:
        clip = base.train_base(args.data, targets, args.steps[0], log=log)
        model.save(clip, work / "base")

    def checkpoint(average, vectors):
        model.save(average, work / "masks")
        torch.save(vectors, work / "masks" / "concepts.pt")

    clip, vectors = finetune.finetune(
        clip, model.load(work / "base").visual, finetune.first_vectors(clip, concepts), args.data, concepts,
        targets.retained(), [(256, args.steps[1]), (320, args.steps[2])], held_out=held_out, log=log,
        on_checkpoint=checkpoint)
    checkpoint(clip, vectors)
    targets = words.WordTargets(cache, concepts, vectors, held_out)
    clip = words.train_words(clip, targets, args.steps[3], log=log)
    model.save(clip, args.out)
    golden.write(args.out)


if __name__ == "__main__":
    main()

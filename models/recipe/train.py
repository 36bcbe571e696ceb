"""Trains models/mini from the packages and the data folder, in three steps that each write a model.

python train.py --data ../../../shared/data --classes ../../../shared/classes --work /tmp/mini --out ../mini

base      image level only; kept in WORK/base
masks     fine-tuning with the masks of the three sets; WORK/masks, whose text tower lags behind
words     the text tower follows; OUT, with golden.safetensors
Every step has a time limit, not a number of steps, so a busy machine trains less: say more minutes there.
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
    parser.add_argument("--minutes", type=float, nargs=4, default=[12, 30, 45, 12],
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
        clip = base.train_base(args.data, targets, args.minutes[0], log=log)
        model.save(clip, work / "base")

    def checkpoint(average, vectors, _=None):
        model.save(average, work / "masks")
        torch.save(vectors, work / "masks" / "concepts.pt")

    teacher, vectors = model.load(work / "base").visual, finetune.first_vectors(clip, concepts)
    for minutes, size, rate in zip(args.minutes[1:3], (256, 320), (3e-4, 2.5e-4)):
        clip, vectors = finetune.finetune(
            clip, teacher, vectors, args.data, concepts, targets.retained(), minutes, size=size, held_out=held_out,
            rates=(rate, 2 * rate, 6 * rate), log=log, on_checkpoint=checkpoint)
        checkpoint(clip, vectors)
    targets = words.WordTargets(cache, concepts, vectors, held_out)
    clip = words.train_words(clip, targets, args.minutes[3], log=log)
    model.save(clip, args.out)
    golden.write(args.out)


if __name__ == "__main__":
    main()

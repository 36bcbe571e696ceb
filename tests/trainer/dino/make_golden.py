"""Makes tests/data/trainer/dino: a small DINO with random weights, what DINO's own code sees with it, and what
fast_pytorch_kmeans makes of some points.

    python make_golden.py DINO_CHECKOUT FAST_PYTORCH_KMEANS_CHECKOUT OUTPUT_FOLDER

Needs PyTorch, NumPy and safetensors. The checkouts are those of facebookresearch/dino and
DeMoriarty/fast_pytorch_kmeans.
"""

import functools
import pathlib
import sys

import torch
from safetensors.torch import save_file

dino_checkout, kmeans_checkout, output = sys.argv[1:]
sys.path[:0] = [dino_checkout, kmeans_checkout]

import vision_transformer  # noqa: E402
from fast_pytorch_kmeans import KMeans  # noqa: E402

output = pathlib.Path(output)
output.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)

network = vision_transformer.VisionTransformer(
    img_size=[16], patch_size=4, embed_dim=64, depth=2, num_heads=1, mlp_ratio=1, qkv_bias=True,
    norm_layer=functools.partial(torch.nn.LayerNorm, eps=1e-6)).eval()
for parameter in network.parameters():
    parameter.data = (parameter + 0.2 * torch.randn_like(parameter)).half().float()
state = {name: tensor.half() for name, tensor in network.state_dict().items()}
torch.save(state, output / "dino_tiny.pth")

golden = {}
with torch.no_grad():
    for name, (height, width) in {"trained": (16, 16), "square": (24, 24), "wide": (12, 28), "ragged": (15, 22)}.items():
        images = torch.randn(2, 3, height, width)
        # DINO's code takes whole patches only in its positions; its convolution drops the rest.
        whole = images[:, :, : height // 4 * 4, : width // 4 * 4]
        golden[f"{name}.images"] = images
        golden[f"{name}.features"] = network.get_intermediate_layers(whole)[0][:, 1:].contiguous()

points = torch.cat([torch.randn(60, 8) + 3 * torch.randn(1, 8) for _ in range(5)])
centers = points[torch.randperm(len(points))[:6]]
lost = torch.cat([centers, torch.full((1, 8), 100.0)])  # the last centre gets no point
for name, start in {"clusters": centers, "lost": lost}.items():
    labels = KMeans(n_clusters=len(start)).fit_predict(points, centroids=start.clone())
    golden[f"{name}.centers"] = start.clone()
    golden[f"{name}.labels"] = labels.float()
golden["points"] = points
save_file(golden, output / "golden.safetensors")

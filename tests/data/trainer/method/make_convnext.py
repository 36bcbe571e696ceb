"""Writes golden values of a ConvNeXt student: two steps of the published training, and gradients of timm's model.

    pip install torch torchvision open_clip_torch safetensors ftfy regex tqdm numpy
    python tests/data/trainer/method/make_convnext.py CHECKOUT FIXTURES tests/data/trainer/method/convnext.safetensors

CHECKOUT is a clone of the published repository, FIXTURES is build/fixtures: the model is convnext/'s, decoder, pictures
and masks are method/'s. The published code is run as bench/compare_training runs it. Stochastic depth is off in it, for
no two programs draw the same blocks; timm's with given blocks is beside it.
"""

import argparse
import json
import pathlib
import sys

import open_clip
import timm
import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[4] / "bench" / "compare_training"))
import published  # noqa: E402
import stand_ins  # noqa: E402

CLUSTERS, LENGTH, SIDE, MASK_SIDE, STEPS = 8, 4, 96, 64, 2
# Gradients that are kept whole, beside those of everything with one axis.
WHOLE = ("trunk.stem.0.weight", "trunk.stages.0.blocks.0.conv_dw.weight", "trunk.stages.3.blocks.0.conv_dw.weight")


def tiny_clip(folder, drop_path=0.0):
    model = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    vision = dict(model["vision_cfg"], timm_drop_path=None)
    sizes = vision.pop("timm_model_kwargs")

    def create(name, pretrained, **more):
        trunk = timm.models.ConvNeXt(**sizes, drop_path_rate=drop_path)
        trunk.default_cfg = {}
        return trunk

    timm.create_model = create
    clip = open_clip.model.CLIP(model["embed_dim"], vision, model["text_cfg"])
    state = load_file(folder / "open_clip_model.safetensors")
    clip.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    return clip


def gradients(clip, image):
    """Of half the squared length of all dense features."""
    features = clip.visual.trunk.head.norm(clip.visual.trunk.forward_features(image))
    (clip.visual.head(features.permute(0, 2, 3, 1)).square().sum() / 2).backward()
    found = {name: parameter.grad for name, parameter in clip.visual.named_parameters()}
    return {f"gradient.visual.{name}": gradient.clone() for name, gradient in found.items()
            if gradient.dim() == 1 or name in WHOLE}


def dropped(clip, images):
    """Dense features while blocks are left out, and the chances with which timm leaves them out."""
    blocks = [block for stage in clip.visual.trunk.stages for block in stage.blocks]
    rates = torch.tensor([getattr(block.drop_path, "drop_prob", 0.0) for block in blocks])
    kept = torch.tensor([[1, 1], [0, 1], [1, 1], [1, 0], [0, 0]])
    factors = kept / (1 - rates).unsqueeze(1)
    for block, factor in zip(blocks, factors):
        block.drop_path.forward = lambda x, factor=factor: x * factor.view(-1, 1, 1, 1)
    with torch.no_grad():
        features = clip.visual.trunk.head.norm(clip.visual.trunk.forward_features(images))
        dense = clip.visual.head(features.permute(0, 2, 3, 1))
    return {"drop_path.rates": rates, "drop_path.factors": factors, "drop_path.dense": dense}


def training(checkout, clip, decoder, trajectory, folder):
    stand_ins.install(checkout)
    torch.Tensor.cuda = lambda self, *arguments, **more: self  # the sources ask for a GPU by name
    open_clip.create_model_and_transforms = lambda *arguments, **more: (clip, None, None)
    from pixelclip.modeling.heads.pixelclip_head import PixelCLIPHead
    from pixelclip.modeling.transformer import pixelclip_predictor
    from pixelclip.pixelclip import PixelCLIP

    pool = pixelclip_predictor.text_global_pool  # which returned a pair in the version that the sources ask for
    pixelclip_predictor.text_global_pool = lambda *arguments: (pool(*arguments), None)
    names = folder / "names.json"
    names.write_text(json.dumps(["thing"]))
    predictor = pixelclip_predictor.PixelCLIPPredictor(
        train_class_json=names, test_class_json=names, clip_pretrained="convnext_base", prompt_ensemble_type="single",
        prompt_length=LENGTH, num_classes=CLUSTERS)
    torch.manual_seed(1)
    predictor.prompt_tokens.data = torch.randn(predictor.prompt_tokens.shape) * 0.02  # most words' rows are zero here
    prompts = predictor.prompt_tokens.detach().clone()
    settings = dict(published.ViT_SETTINGS, clip_finetune="full", eps=1.0, mask_resolution=(MASK_SIDE, MASK_SIDE))
    model = PixelCLIP(sem_seg_head=PixelCLIPHead(num_classes=CLUSTERS, transformer_predictor=predictor),
                      clip_resolution=(SIDE, SIDE), **settings).train()
    model.head.load_state_dict({name.removeprefix("head."): tensor for name, tensor in decoder.items()})

    optimizer = published.make_optimizer(model)
    schedule = [1.0, 0.75]  # a cosine from 1 to a half over two steps
    rates = [group["lr"] for group in optimizer.param_groups]
    losses, norms, clip_norm = [], [], torch.nn.utils.clip_grad_norm_
    torch.nn.utils.clip_grad_norm_ = lambda *arguments: norms.append(clip_norm(*arguments)) or norms[-1]
    for step in range(STEPS):
        for group, rate in zip(optimizer.param_groups, rates):
            group["lr"] = rate * schedule[step]
        pictures = [{"image": trajectory[f"step{step}_image{i}"].float(),
                     "image_strong": trajectory[f"step{step}_strong{i}"].float(),
                     "instances": published.Masks(trajectory[f"step{step}_masks{i}"].bool())} for i in range(2)]
        losses.append(published.step(model, optimizer, pictures))
    decayed = sorted(group["params"][0].numel() for group in optimizer.param_groups if group["weight_decay"] > 0)
    golden = {"prompt_tokens": prompts, "loss": torch.tensor(losses), "grad_norm": torch.stack(norms),
              "decayed_numbers": torch.tensor(sum(decayed))}
    for name in ("trunk.stem.1.weight", "trunk.stages.2.blocks.1.gamma", "head.proj.weight"):
        golden[f"final.{name}"] = dict(clip.visual.named_parameters())[name].detach().clone()
    golden["final.prompt_tokens"] = predictor.prompt_tokens.detach().clone()
    golden["final_teacher.head.proj.weight"] = model.teacher_encoder.visual.head.proj.weight.clone()
    return golden


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("fixtures", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()
    image = load_file(arguments.fixtures / "convnext" / "golden.safetensors")["image_0"]
    golden = gradients(tiny_clip(arguments.fixtures / "convnext"), image)
    golden |= dropped(tiny_clip(arguments.fixtures / "convnext", drop_path=0.1), torch.cat([image, image.flip(3)]))
    method = arguments.fixtures / "method"
    golden |= training(arguments.checkout.resolve(), tiny_clip(arguments.fixtures / "convnext"),
                       load_file(method / "initial_decoder.safetensors"),
                       load_file(method / "trajectory.safetensors"), arguments.output.parent)
    (arguments.output.parent / "names.json").unlink()
    save_file({name: tensor.contiguous() for name, tensor in golden.items()}, arguments.output)
    print({name: golden[name].tolist() for name in ("loss", "grad_norm", "decayed_numbers")})


if __name__ == "__main__":
    main()

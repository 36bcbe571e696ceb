"""The published implementation's training step, from its own sources, on tensors that are given to it."""
import json
import time
import types

import torch

import stand_ins

ViT_SETTINGS = dict(  # configs/pixelclip_vit_base.yaml and pixelclip/config.py
    pixel_mean=[123.675, 116.280, 103.530], pixel_std=[58.395, 57.120, 57.375],
    clip_pixel_mean=[122.7709383, 116.7460125, 104.09373615], clip_pixel_std=[68.5005327, 66.6321579, 70.3231630],
    clip_finetune="attention", eps=100.0, dino=False, max_masks=512, mask_resolution=(256, 256))
SOLVER = types.SimpleNamespace(
    BASE_LR=2e-4, WEIGHT_DECAY=1e-4, WEIGHT_DECAY_NORM=0.0, WEIGHT_DECAY_EMBED=0.0, BACKBONE_MULTIPLIER=0.1,
    CLIP_MULTIPLIER=0.01, PROMPT_MULTIPLIER=10.0, OPTIMIZER="ADAMW",
    CLIP_GRADIENTS=types.SimpleNamespace(ENABLED=True, CLIP_TYPE="full_model", CLIP_VALUE=0.01))


class Masks:
    """Stands for detectron2's Instances with a `gt_masks` of its BitMasks."""

    def __init__(self, tensor):
        self.gt_masks = types.SimpleNamespace(tensor=tensor)

    def to(self, device):
        return Masks(self.gt_masks.tensor.to(device))


def make_model(checkout, weights, resolution, folder):
    """The published model, from a state dict of CLIP under OpenAI's names."""
    stand_ins.install(checkout)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        torch.Tensor.cuda = lambda self, *arguments, **more: self  # the sources ask for a GPU by name
    from pixelclip.third_party import clip
    from pixelclip.third_party.model import build_model

    # In place of a download of OpenAI's archive. float() comes later in the sources, too late for a CPU.
    state = torch.load(weights, map_location="cpu")
    clip.load = lambda name, device, jit: (build_model(dict(state)).float().to(device), None)
    from pixelclip.modeling.heads.pixelclip_head import PixelCLIPHead
    from pixelclip.modeling.transformer.pixelclip_predictor import PixelCLIPPredictor
    from pixelclip.pixelclip import PixelCLIP

    names = folder / "names.json"  # embedded when the model is made, and not used in training
    names.write_text(json.dumps(["thing"]))
    predictor = PixelCLIPPredictor(
        train_class_json=names, test_class_json=names, clip_pretrained="ViT-B/16", prompt_ensemble_type="single",
        prompt_length=4, num_classes=64)
    torch.manual_seed(0)  # of the decoder
    return PixelCLIP(
        sem_seg_head=PixelCLIPHead(num_classes=64, transformer_predictor=predictor),
        clip_resolution=(resolution, resolution), **ViT_SETTINGS).to(device).train()


def make_optimizer(model):
    import train_net

    return train_net.Trainer.build_optimizer(types.SimpleNamespace(SOLVER=SOLVER), model)


def step(model, optimizer, pictures):
    """As detectron2's SimpleTrainer takes one."""
    losses = model(pictures)
    loss = sum(losses.values())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()  # waits for a GPU


def run(checkout, weights, batch, resolution, steps, folder):
    """Times `steps` steps after one that is not counted."""
    torch.set_float32_matmul_precision("high")  # train_net.py does
    model = make_model(checkout, weights, resolution, folder)
    optimizer = make_optimizer(model)
    views = zip(batch["weak"].float(), batch["strong"].float())
    pictures = [{"image": weak, "image_strong": strong, "instances": Masks(batch[f"masks.{i}"].bool())}
                for i, (weak, strong) in enumerate(views)]
    seconds, losses = [], []
    for _ in range(1 + steps):
        start = time.perf_counter()
        losses.append(step(model, optimizer, pictures))
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds[1:], "losses": losses, "threads": torch.get_num_threads()}


def save_decoder(checkout, weights, resolution, folder, path):
    """Writes the decoder as the model starts with it, so that the other side can start with the same."""
    from safetensors.torch import save_file

    model = make_model(checkout, weights, resolution, folder)
    save_file({"head." + name: tensor.contiguous().cpu() for name, tensor in model.head.state_dict().items()}, path)

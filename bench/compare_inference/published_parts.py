"""The parts of a request as the published implementation computes them, from its own sources, each by itself."""
import pathlib
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

sys.path.append(str(pathlib.Path(__file__).parents[1] / "compare_training"))
import published
import random_convnext
import stand_ins

SHORT_SIDE, LONG_SIDE = 640, 2560  # INPUT.MIN_SIZE_TEST and MAX_SIZE_TEST of configs/pixelclip_vit_base.yaml


def postprocess(scores, size, height, width):
    """In the place of detectron2's sem_seg_postprocess: scores [K, h, w] without padding, resized."""
    cut = scores[None, :, :size[0], :size[1]]
    return F.interpolate(cut, size=(height, width), mode="bilinear", align_corners=False)[0]


def timed(options, run):
    """The durations of options.repeat runs after one that is not counted, and the last result. options.repeat 0: of that one."""
    clock = time.process_time if options.processor_time else time.perf_counter
    seconds = []
    for _ in range(1 + options.repeat):
        start = clock()
        result = run()
        seconds.append(clock() - start)
    return seconds[1:] or seconds, result


def peak_bytes():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])


def load_model(options):
    stand_ins.KNOWN["sem_seg_postprocess"] = postprocess
    return published.make_model(options.checkout, options.weights, options.resolution, options.folder).eval()


def head(options):
    """The last lines of PixelCLIP.forward in pixelclip/pixelclip.py, and the argmax that its callers take."""
    inputs = load_file(options.inputs)

    def similarity():
        features = F.interpolate(inputs["features"][None].permute(0, 3, 1, 2), size=(64, 64), mode="bilinear")
        texts = F.normalize(inputs["texts"], dim=-1)
        return (F.normalize(features.permute(0, 2, 3, 1), dim=-1) @ texts.T).permute(0, 3, 1, 2)

    similarity_seconds, scores = timed(options, similarity)
    label_seconds, labels = timed(options, lambda: postprocess(
        scores[0], (SHORT_SIDE, LONG_SIDE), options.height, options.width).argmax(dim=0))
    return {"similarity": similarity_seconds, "upsampling and argmax": label_seconds}, labels.to(torch.uint16)


def prompts(options):
    """One call for each class's prompts, as class_embeddings in pixelclip_predictor.py has it; here one prompt a class."""
    clip_model = load_model(options).sem_seg_head.predictor.clip_model
    from pixelclip.third_party import clip

    texts = options.words.read_text().splitlines()
    seconds, embeddings = timed(options, lambda: torch.cat([
        clip_model.encode_text(clip.tokenize([text])) for text in texts]))
    return {"prompt": [each / len(texts) for each in seconds]}, embeddings


def encoder(options):
    clip_model = load_model(options).sem_seg_head.predictor.clip_model
    image = load_file(options.inputs)["image"][None]
    seconds, dense = timed(options, lambda: clip_model.encode_image(image, dense=True))
    return {"encoder": seconds}, dense[0]


def convnext(options):
    """The predictor's own function for a ConvNeXt, on weights that are not downloaded. Words are not what is timed here."""
    stand_ins.install(options.checkout)
    torch.Tensor.cuda = lambda self, *arguments, **more: self
    import open_clip
    from pixelclip.modeling.transformer.pixelclip_predictor import PixelCLIPPredictor

    clip_model = random_convnext.load(options.folder / "convnext")
    open_clip.create_model_and_transforms = lambda name, pretrained, device: (clip_model, None, None)
    PixelCLIPPredictor.class_embeddings = lambda self, words, templates, model: torch.zeros(1, 1, random_convnext.JOINT)
    names = options.folder / "names.json"
    names.write_text('["thing"]')
    predictor = PixelCLIPPredictor(
        train_class_json=names, test_class_json=names, clip_pretrained="convnext_base", prompt_ensemble_type="single",
        prompt_length=4, num_classes=64)
    image = load_file(options.inputs)["image"][None]
    seconds, dense = timed(options, lambda: predictor(image, dense=True))
    return {"encoder": seconds}, dense[0]


def embed_words(options, predictor):
    """As the predictor does when it is made. Kept for the next round."""
    kept = options.folder / "text_features.pt"
    if not kept.exists():
        words = options.words.read_text().splitlines()
        features = predictor.class_embeddings(words, [options.template], predictor.clip_model)
        torch.save(features.permute(1, 0, 2).float(), kept)
    return torch.load(kept)


def request(options):
    """What detectron2's DefaultPredictor does around the model, with the words embedded before."""
    model = load_model(options)
    model.sem_seg_head.predictor.text_features_test = embed_words(options, model.sem_seg_head.predictor)

    def run():
        picture = Image.open(options.image).convert("RGB")
        width, height = picture.size
        scale = min(SHORT_SIDE / min(width, height), LONG_SIDE / max(width, height))
        resized = picture.resize((int(width * scale + 0.5), int(height * scale + 0.5)), Image.BILINEAR)
        pixels = torch.as_tensor(numpy.asarray(resized).astype("float32").transpose(2, 0, 1))
        return model([{"image": pixels, "height": height, "width": width}])[0]["sem_seg"].argmax(dim=0)

    seconds, labels = timed(options, run)
    return {"request": seconds}, labels.to(torch.uint16)


def run(part, options):
    with torch.no_grad():
        seconds, result = {"head": head, "prompts": prompts, "encoder": encoder, "convnext": convnext,
                           "request": request}[part](options)
    options.out.write_bytes(result.contiguous().numpy().tobytes())
    return {"seconds": seconds, "peak_bytes": peak_bytes()}

#!/usr/bin/env python3
"""What each option of inference gives: measures a model with it on labelled pictures, and prints docs/inference.md's tables.

    bench/inference_options.py DATA CLASSES [--tables input words …] [--sets camvid …] [--reports build/inference-options] …

DATA and CLASSES are what models/recipe trains and measures models/mini with: DATA/SET/val/images and .../masks of the sets
camvid, voc and coco, and CLASSES/*.json with their classes' names. Every figure is a run of `pixelclip-train evaluate` over
all pictures of a set; its command goes to stderr, its report to --reports, where a later call finds it: that one goes on
where this one ended. Give another folder, or delete it, to measure again. OMP_NUM_THREADS=1 leaves the other cores alone.

  input       what the network sees of a picture, and what is done with the labels afterwards
  words       templates, and the synonyms of models/recipe/names.py (which models/mini was taught)
  background  VOC with its background, which no option needs elsewhere: words of models/recipe/names.py, thresholds, softmax

A ViT's --last-block is not among them: models/mini has none.
"""
import argparse
import dataclasses
import json
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[1]
sys.path.append(str(ROOT / "models" / "recipe"))
import names


@dataclasses.dataclass
class Set:
    title: str
    flags: list  # which values do not count, and which classes are too rare to be averaged
    folder: str


SETS = {
    "camvid": Set("CamVid", ["--ignore", "11"], "camvid"),
    "voc": Set("VOC-20", ["--ignore", "0", "--ignore", "255", "--min-pictures", "5"], "voc"),
    "coco": Set("COCO", ["--ignore", "0", "--min-pictures", "3"], "coco"),
    "voc21": Set("VOC-21", ["--background-value", "0", "--ignore", "255", "--min-pictures", "5"], "voc"),
}


def background_words(words):
    return [part for word in words for part in ("--background", word)]


@dataclasses.dataclass
class Row:
    title: str
    flags: list
    synonyms: bool = False


PUBLISHED = Row("published", [])
TABLES = {
    "input": (["camvid", "voc", "coco"], [
        PUBLISHED,
        Row("`fit=keep_aspect`", ["--fit", "keep_aspect"]),
        *[Row(f"`resolution={side}`", ["--resolution", str(side)]) for side in (224, 256, 384, 448)],
        Row("`tile_size=256`, `overlap=128`", ["--tile", "256", "--overlap", "128"]),
        Row("the same, `global_weight=0.5`", ["--tile", "256", "--overlap", "128", "--global-weight", "0.5"]),
        *[Row(f"`refine_steps={steps}`", ["--refine-steps", steps]) for steps in ("3", "10", "20")],
        Row("`fit=keep_aspect`, `refine_steps=10`", ["--fit", "keep_aspect", "--refine-steps", "10"]),
    ]),
    "words": (["camvid", "voc", "coco"], [
        PUBLISHED,
        Row("`template_set=none`", ["--template-set", "none"]),
        Row("`template_set=imagenet`", ["--template-set", "imagenet"]),
        Row("`templates=[\"a photo of a {}.\"]`", ["--template", "a photo of a {}."]),
        Row("names with synonyms, averaged", [], synonyms=True),
        Row("the same, `synonym_rule=best`", ["--synonym-rule", "best"], synonyms=True),
    ]),
    "background": (["voc21"], [
        Row("34 words", background_words(names.BACKGROUND_WORDS)),
        *[Row(f"`score_threshold={t}`", ["--background-threshold", t]) for t in ("0.15", "0.2", "0.25")],
        *[Row(f"`softmax_scale={scale}`, `score_threshold={t}`",
              ["--background-softmax-scale", scale, "--background-threshold", t])
          for scale, t in (("40", "0.5"), ("40", "0.9"), ("100", "0.9"))],
        Row("34 words, `score_threshold=0.2`",
            background_words(names.BACKGROUND_WORDS) + ["--background-threshold", "0.2"]),
    ]),
}


def class_names(folder, set_name):
    """{value: name} of a set, as its labels have them."""
    read = lambda file: json.loads((folder / file).read_text())
    if set_name == "voc":
        return {str(i + 1): name for i, name in enumerate(read("voc20.json"))}
    if set_name == "camvid":
        return {str(i): name for i, name in enumerate(read("camvid.json"))}
    return {value: name for value, name in read("coco_panoptic.json").items() if value != "0"}


def with_synonyms(name):
    """The recipe's concepts are called as VOC calls them, else as COCO does, else as CamVid does."""
    key = names.CAMVID_TO_COCO.get(name) or name
    key = {coco: voc for voc, coco in names.VOC_TO_COCO.items()}.get(key, key)
    return ", ".join(dict.fromkeys([name, *names.SYNONYMS.get(key, [])]))


def measure(options, set_name, row):
    """The report of one run, or the one that is there."""
    kind = SETS[set_name]
    slug = re.sub(r"[^a-z0-9.]+", "-", row.title.lower()).strip("-")
    report = options.reports / f"{set_name}-{slug}.json"
    if not report.exists():
        plain = class_names(options.classes, kind.folder)
        names_file = options.reports / f"names-{kind.folder}{'-synonyms' if row.synonyms else ''}.json"
        names_file.write_text(json.dumps({value: with_synonyms(name) if row.synonyms else name
                                          for value, name in plain.items()}))
        command = [options.binary, "evaluate", f"folder={options.data / kind.folder / 'val'}", "--names", names_file,
                   *kind.flags, *row.flags, "--model", options.model, "--json", report]
        command = [str(part) for part in command]
        print(shlex.join(command), file=sys.stderr, flush=True)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL if options.quiet else None)
    return json.loads(report.read_text())["sets"][0]


def table(options, sets, rows):
    lines, heads = [], []
    for row in rows:
        cells = []
        for name in sets:
            result = measure(options, name, row)
            cells.append(f"{result['mean_iou']:.1f}, {result['pixel_accuracy']:.1f} %")
            heads.append(f"{SETS[name].title}: {result['pictures']} pictures, {result['classes_in_means']} classes")
        lines.append(f"| {row.title} | {' | '.join(cells)} |")
    return "\n".join([f"| | {' | '.join(heads[:len(sets)])} |", "|---" * (1 + len(sets)) + "|", *lines])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, metavar="DATA")
    parser.add_argument("classes", type=pathlib.Path, metavar="CLASSES")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--model", type=pathlib.Path, default=ROOT / "models" / "mini")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build" / "bin" / "pixelclip-train")
    parser.add_argument("--reports", type=pathlib.Path, default=ROOT / "build" / "inference-options")
    parser.add_argument("--quiet", action="store_true", help="do not show the runs' own progress")
    options = parser.parse_args()
    options.reports.mkdir(parents=True, exist_ok=True)
    for name in options.tables:
        sets, rows = TABLES[name]
        sets = [each for each in sets if each in options.sets]
        if sets:
            print(f"\n{name}: mean IoU, share of right pixels\n\n{table(options, sets, rows)}", flush=True)


if __name__ == "__main__":
    main()

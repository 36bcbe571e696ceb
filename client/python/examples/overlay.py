"""Plots a picture with its classes painted over it and a legend. Needs matplotlib: pip install
"pixelclip[examples]".

python overlay.py photo.jpg dog "grass, lawn" sky --out overlay.png
"""

from __future__ import annotations

import argparse

import matplotlib.pyplot as plt
from matplotlib.patches import Patch

import pixelclip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("picture")
    parser.add_argument("classes", nargs="+", metavar="class")
    parser.add_argument("--server", default="localhost:50051", help="host:port (default: %(default)s)")
    parser.add_argument("--threshold", type=float, help="pixels whose best score is below it stay unpainted")
    parser.add_argument("--out", help="write the plot to this file instead of showing it")
    arguments = parser.parse_args()

    background = None
    if arguments.threshold is not None:
        background = pixelclip.Background(score_threshold=arguments.threshold)
    try:
        with pixelclip.Client(arguments.server) as client:
            result = client.segment(arguments.picture, arguments.classes, background=background)
    except (OSError, pixelclip.Error) as error:
        parser.exit(1, f"{type(error).__name__}: {error}\n")

    colors = pixelclip.palette(len(result.classes)) / 255
    shown = sorted((c for c in result.classes if c.pixels and not c.is_background), key=lambda c: -c.share)
    figure, axes = plt.subplots(figsize=(9, 6), layout="constrained")
    axes.imshow(pixelclip.overlay(arguments.picture, result))
    axes.set_axis_off()
    axes.legend(
        handles=[Patch(color=colors[c.label], label=f"{c.name}  {c.share:.1%}") for c in shown],
        loc="upper left",
        bbox_to_anchor=(1, 1),
        frameon=False,
    )
    if arguments.out:
        figure.savefig(arguments.out, dpi=150)
    else:
        plt.show()


if __name__ == "__main__":
    main()

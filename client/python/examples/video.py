"""Paints the classes over a video that lies in a folder as one picture for each frame.

ffmpeg -i video.mp4 frames/%06d.jpg
python video.py frames dog "grass, lawn" sky --out painted
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pixelclip

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("frames", type=Path, help="folder of pictures, in the order of their names")
    parser.add_argument("classes", nargs="+", metavar="class")
    parser.add_argument("--server", default="localhost:50051", help="host:port (default: %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the painted frames")
    parser.add_argument("--live", action="store_true", help="skip frames where the server cannot keep up")
    arguments = parser.parse_args()

    try:
        frames = sorted(path for path in arguments.frames.iterdir() if path.suffix.lower() in SUFFIXES)
        arguments.out.mkdir(parents=True, exist_ok=True)
        with pixelclip.Client(arguments.server) as client:
            for answer in client.stream(frames, arguments.classes, latest_only=arguments.live):
                frame = frames[answer.id]
                if answer.result is not None:
                    painted = pixelclip.overlay(frame, answer.result)
                    painted.save(arguments.out / f"{frame.stem}.png")
                    largest = max(answer.result.classes, key=lambda item: item.pixels)
                    print(f"{frame.name}\t{largest.name} {largest.share:.0%}")
                else:
                    print(f"{frame.name}\t{'skipped' if answer.skipped else answer.error}")
    except (OSError, pixelclip.Error) as error:
        parser.exit(1, f"{type(error).__name__}: {error}\n")


if __name__ == "__main__":
    main()

"""Segments many pictures, four at a time, and prints each class's share of each as tab-separated values.

python batch.py --classes dog "grass, lawn" sky --pictures *.jpg
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

import pixelclip

CALLS_AT_ONCE = 4


async def segment_all(server: str, pictures: Sequence[str], classes: Sequence[str]) -> None:
    turns = asyncio.Semaphore(CALLS_AT_ONCE)
    async with pixelclip.AsyncClient(server) as client:

        async def segment(picture: str) -> str:
            async with turns:
                try:
                    result = await client.segment(picture, classes, encoding="none")
                except (OSError, pixelclip.Error) as error:
                    return f"{picture}\t{type(error).__name__}: {error}"
            return "\t".join([picture, *(f"{item.share:.4f}" for item in result.classes)])

        print("\t".join(["picture", *classes]))
        for line in asyncio.as_completed([segment(picture) for picture in pictures]):
            print(await line)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--server", default="localhost:50051", help="host:port (default: %(default)s)")
    parser.add_argument("--classes", nargs="+", required=True)
    parser.add_argument("--pictures", nargs="+", required=True)
    arguments = parser.parse_args()
    asyncio.run(segment_all(arguments.server, arguments.pictures, arguments.classes))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Prints the CycloneDX 1.6 bill of materials of an installed prefix.

Taken from what is there, not from a list: our programs and data with their hashes; the wheels that each
library in lib/pixelclip came in, by the wheels' own records; Debian's packages that the programs need, from the
prefix' debian-packages, in the versions that they were built with; the libraries that are headers alone.
SOURCE_DATE_EPOCH is its time. LIBTORCH_ROOT: where the wheels are unpacked (default: as scripts/setup.sh).
"""

import argparse
import csv
import hashlib
import json
import os
import subprocess
import sys
import uuid
from datetime import datetime, timezone
from email.parser import Parser
from pathlib import Path

HEADER_ONLY = ["libcli11-dev", "nlohmann-json3-dev"]  # cmake/Install.cmake has their licences
REPOSITORY = Path(__file__).resolve().parent.parent


def sha256(path):
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def file_component(prefix, path, kind="file"):
    name = str(path.relative_to(prefix))
    return {
        "type": kind,
        "bom-ref": f"file:{name}",
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": sha256(path)}],
    }


def wheels_root():
    if "LIBTORCH_ROOT" in os.environ:
        return Path(os.environ["LIBTORCH_ROOT"])
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    (root,) = (cache / "pixelclip").glob("libtorch-*/")
    return root


def wheel_components(prefix):
    """The wheels that lib/pixelclip came from, each with its files."""
    owner = {}  # file name -> dist-info folder
    for record in wheels_root().glob("*.dist-info/RECORD"):
        with record.open(newline="") as rows:
            for row in csv.reader(rows):
                if ".so" in row[0]:
                    owner[Path(row[0]).name] = record.parent
    files = {}
    for path in sorted((prefix / "lib/pixelclip").iterdir()):
        if path.name.startswith("pixelclip_"):
            continue  # a plugin of ours
        if path.name not in owner:
            sys.exit(f"no wheel in {wheels_root()} has {path.name}")
        files.setdefault(owner[path.name], []).append(path)
    for info in sorted(files):
        metadata = Parser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
        name, version = metadata["Name"], metadata["Version"]
        purl = f"pkg:pypi/{name.lower()}@{version}"
        component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
        if licence := metadata["License-Expression"] or metadata["License"]:
            component["licenses"] = [{"license": {"name": licence.strip().splitlines()[0]}}]
        component["components"] = [file_component(prefix, path) for path in files[info]]
        yield component


def debian_component(package, use):
    query = ["dpkg-query", "--show", "--showformat", "${Version} ${Architecture}", package]
    version, architecture = subprocess.run(
        query, check=True, text=True, stdout=subprocess.PIPE
    ).stdout.split()
    purl = f"pkg:deb/debian/{package.replace('+', '%2B')}@{version.replace('+', '%2B').replace(':', '%3A')}"
    return {
        "type": "library",
        "bom-ref": f"deb:{package}",
        "name": package,
        "version": version,
        "purl": f"{purl}?arch={architecture}&distro=debian-12",
        "properties": [{"name": "pixelclip:use", "value": use}],
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prefix", required=True, type=Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--commit", required=True)
    arguments = parser.parse_args()
    prefix = arguments.prefix.resolve()

    components = [file_component(prefix, path, "application") for path in sorted((prefix / "bin").iterdir())]
    components += [file_component(prefix, path) for path in sorted(prefix.glob("lib/pixelclip/pixelclip_*"))]
    components += [
        file_component(prefix, path, "data")
        for path in sorted((prefix / "share/pixelclip").rglob("*"))
        if path.is_file()
    ]
    # Inside pixelclip-server, -engine and -train; NOTICE has the smaller tables.
    components.append(
        {
            "type": "data",
            "bom-ref": "data:clip-merges",
            "name": "CLIP's byte-pair merges",
            "licenses": [{"license": {"id": "MIT"}}],
            "hashes": [
                {
                    "alg": "SHA-256",
                    "content": sha256(REPOSITORY / "core/text/data/bpe_simple_vocab_16e6.txt.gz"),
                }
            ],
        }
    )
    components += wheel_components(prefix)
    needed = (prefix / "share/doc/pixelclip/debian-packages").read_text().splitlines()
    components += [debian_component(line.split()[0], "loaded when a program starts") for line in needed]
    components += [debian_component(package, "compiled in: headers alone") for package in HEADER_ONLY]

    time = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    bom = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%FT%TZ"),
            "component": {
                "type": "application",
                "bom-ref": "pixelclip",
                "name": "pixelclip",
                "version": arguments.version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "properties": [{"name": "pixelclip:commit", "value": arguments.commit}],
            },
        },
        "components": components,
        "dependencies": [
            {"ref": "pixelclip", "dependsOn": [component["bom-ref"] for component in components]}
        ],
    }
    # Of its contents, so that the same package has the same number.
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bom, sort_keys=True))
    print(json.dumps({**bom, "serialNumber": f"urn:uuid:{number}"}, indent=2))


if __name__ == "__main__":
    main()

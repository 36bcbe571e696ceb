#!/usr/bin/env python3
"""Packs client/go as a module proxy holds it, and has Go itself check it, where Go is installed.

OUT can be served as files: GOPROXY=file:///.../OUT. What Git has at HEAD goes in, and the repository's
licence, as when Go fetches the tag client/go/vX.Y.Z by itself.
"""

import argparse
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from datetime import datetime, timezone
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDER = "client/go"


def files_at_head():
    """Path in the module -> content."""
    archive = subprocess.run(
        ["git", "-C", REPOSITORY, "archive", "HEAD", FOLDER, "LICENSE"], check=True, stdout=subprocess.PIPE
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {
            member.name.removeprefix(FOLDER + "/"): tar.extractfile(member).read()
            for member in tar
            if member.isfile()
        }


def check(module, version, proxy):
    """Downloads the module from the folder, as a user's Go would."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = dict(
            os.environ,
            GOPROXY=proxy.resolve().as_uri(),
            GONOSUMDB="*",
            GOFLAGS="-modcacherw",
            GOMODCACHE=scratch,
        )
        result = subprocess.run(
            ["go", "mod", "download", "-json", f"{module}@{version}"],
            cwd=scratch,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
        )
        if result.returncode != 0:
            sys.exit(f"Go refuses {module}@{version}: {json.loads(result.stdout)['Error']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", required=True, help="X.Y.Z")
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    version = "v" + arguments.version

    files = files_at_head()
    module = re.search(rb"^module (\S+)$", files["go.mod"], re.MULTILINE).group(1).decode()
    major = arguments.version.split(".")[0]
    if int(major) > 1 and not module.endswith(f"/v{major}"):
        sys.exit(f"a Go module of version {version} ends in /v{major}; client/go/go.mod says {module}")

    folder = arguments.out / module / "@v"
    folder.mkdir(parents=True, exist_ok=True)
    time = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), timezone.utc)
    (folder / f"{version}.info").write_text(
        json.dumps({"Version": version, "Time": time.strftime("%FT%TZ")}) + "\n"
    )
    (folder / f"{version}.mod").write_bytes(files["go.mod"])
    (folder / "list").write_text(version + "\n")
    # Without times, as Go itself packs.
    with zipfile.ZipFile(folder / f"{version}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{module}@{version}/{path}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[path])
    if shutil.which("go"):
        check(module, version, arguments.out)


if __name__ == "__main__":
    main()

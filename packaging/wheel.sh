#!/usr/bin/env bash
# Makes the wheel of client/python, from what Git has of it.
#
#   packaging/wheel.sh OUT_FOLDER      SOURCE_DATE_EPOCH is the time of everything in it
set -euo pipefail
out=$(realpath "$1")
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Not the working tree: setuptools would take along what an earlier build left in client/python/build.
git archive HEAD CMakeLists.txt client/python proto | tar --extract --directory "$scratch"
export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1
/usr/bin/python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --require-hashes --only-binary :all: -r packaging/wheel-requirements.txt
"$scratch/venv/bin/pip" wheel --quiet --no-deps --no-build-isolation --wheel-dir "$out" "$scratch/client/python"

#!/usr/bin/env bash
# Prints the version of everything here, which is that of the top CMakeLists.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's/^project(pixelclip VERSION \([0-9][0-9.]*\) .*/\1/p' CMakeLists.txt)
[[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "CMakeLists.txt has no project(pixelclip VERSION X.Y.Z ...)" >&2; exit 1; }
echo "$version"

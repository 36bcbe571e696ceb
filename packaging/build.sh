#!/usr/bin/env bash
# Builds the five binaries as they are released: the same bytes from whatever folder.
#
#   packaging/build.sh BUILD_FOLDER [CMAKE ARGUMENT...]
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
shift

export CCACHE_BASEDIR=$PWD  # lets ccache know what it compiled in another folder
cmake --preset release -B "$build" -DBUILD_TESTING=OFF -DPIXELCLIP_RELATIVE_PATHS=ON \
  ${LIBTORCH_ROOT:+-DLIBTORCH_ROOT="$LIBTORCH_ROOT"} "$@"
cmake --build "$build" --target pixelclip pixelclip-engine pixelclip-load pixelclip-server pixelclip-train

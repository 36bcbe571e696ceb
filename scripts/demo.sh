#!/usr/bin/env bash
# Segments a real photograph through a real server on loopback. `make demo` builds first.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p build/demo
scripts/with_server.sh -- "${PIXELCLIP_BIN:-build/bin}/pixelclip" segment docs/demo/cat.jpg cat dog "sofa, couch" wall \
  --out build/demo/overlay.png

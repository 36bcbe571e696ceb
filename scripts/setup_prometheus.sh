#!/usr/bin/env bash
# Unpacks Debian's Prometheus into ~/.cache/pixelclip/prometheus, for tests/integration/observability_test.py. Unpacked, not
# installed: the package would start a server on this machine. Without it the test is skipped, so failing is no error.
set -euo pipefail

prometheus="${XDG_CACHE_HOME:-$HOME/.cache}/pixelclip/prometheus"
if { command -v prometheus && command -v promtool; } >/dev/null || [ -x "$prometheus/usr/bin/promtool" ]; then exit 0; fi
echo "setup: unpacking Debian's Prometheus into $prometheus"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
if ! { apt-get download prometheus && dpkg -x prometheus_*.deb unpacked; } >log 2>&1; then
  tail -3 log >&2
  echo "setup: no Prometheus, so its tests will be skipped. apt-get update may help." >&2
  exit 0
fi
mkdir -p "$(dirname "$prometheus")"
rm -rf "$prometheus"
mv unpacked "$prometheus"

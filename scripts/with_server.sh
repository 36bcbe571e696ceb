#!/usr/bin/env bash
# Runs a command while a server listens on loopback, then stops the server:
#
#   scripts/with_server.sh [SERVER FLAGS...] -- COMMAND...
#
# The command finds the server's address in PIXELCLIP_SERVER. The exit status is the command's, or 1 if the server did
# not start or did not stop cleanly. PIXELCLIP_BIN: folder of the binaries (default: build/bin).
set -euo pipefail

bin="${PIXELCLIP_BIN:-$(dirname "$0")/../build/bin}"
flags=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do flags+=("$1"); shift; done
[ $# -gt 1 ] || { echo "usage: $0 [SERVER FLAGS...] -- COMMAND..." >&2; exit 2; }
shift

# The caller's own settings shall not leak into this server, nor send its calls through an HTTP proxy.
for variable in $(compgen -v PIXELCLIP_ | grep -v '^PIXELCLIP_\(BIN\|TEST_.*\)$'); do unset "$variable"; done
export no_grpc_proxy=localhost,127.0.0.1

scratch=$(mktemp -d)
"$bin/pixelclip-server" --listen 127.0.0.1:0 --address-file "$scratch/address" "${flags[@]}" 2>"$scratch/log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT

for _ in $(seq 600); do
  [ -e "$scratch/address" ] && break
  kill -0 "$server" 2>/dev/null || { echo "the server ended before it listened:" >&2; cat "$scratch/log" >&2; exit 1; }
  sleep 0.1
done
[ -e "$scratch/address" ] || { echo "the server did not listen within a minute:" >&2; cat "$scratch/log" >&2; exit 1; }

status=0
PIXELCLIP_SERVER=$(cat "$scratch/address") "$@" || status=$?
kill -TERM "$server"
wait "$server" || { echo "the server did not stop cleanly:" >&2; cat "$scratch/log" >&2; exit 1; }
exit "$status"

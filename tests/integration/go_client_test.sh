#!/usr/bin/env bash
# The Go client: its generated code, its own tests, and its tests against the server at PIXELCLIP_SERVER. Skipped, with
# exit status 77, where Go or the client's modules are not to be had.
set -euo pipefail
cd "$(dirname "$0")/../../client/go"

skip() { echo "skipped: $1"; exit 77; }
command -v go >/dev/null || skip "Go is not installed (https://go.dev/dl)"
go mod download || skip "go cannot get the client's modules"

unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "gofmt would change: $unformatted" >&2; exit 1; }
../../scripts/generate_go.sh --check
go vet ./...
go test -race -count=1 ./...

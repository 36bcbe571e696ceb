#!/usr/bin/env bash
# The proofs of deploy/k8s that need no API server. Skipped, with exit status 77, where Go or its modules are not to be had.
set -euo pipefail
cd "$(dirname "$0")"

skip() { echo "skipped: $1"; exit 77; }
command -v go >/dev/null || skip "Go is not installed (https://go.dev/dl)"
go mod download || skip "go cannot get the modules"

unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "gofmt would change: $unformatted" >&2; exit 1; }
go vet ./...
go test -count=1 -timeout 25m ./...

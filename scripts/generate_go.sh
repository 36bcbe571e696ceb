#!/usr/bin/env bash
# Writes client/go/pixelclipv1 from proto/. With --check it writes nothing and fails if that would change anything.
#
# Needs go and protoc. The plugins are built into build/go-tools, in the versions named here.
set -euo pipefail
cd "$(dirname "$0")/.."

check=false
[ "${1:-}" = --check ] && check=true
package=pixelclip.dev/go/pixelclipv1
committed=client/go/pixelclipv1
tools=$PWD/build/go-tools
plugins=(google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
         google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2)
protos=(pixelclip/v1/segmentation.proto pixelclip/v1/model_admin.proto)

for plugin in "${plugins[@]}"; do
  # From outside of the module, so that the versions above count and not those of client/go/go.mod.
  (cd / && GOBIN="$tools" go install "$plugin")
done

generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
options=(module="$package" Mgoogle/rpc/status.proto=google.golang.org/genproto/googleapis/rpc/status)
for proto in "${protos[@]}"; do options+=("M$proto=$package"); done
PATH="$tools:$PATH" protoc --proto_path=proto --go_out="$generated" --go-grpc_out="$generated" \
  "${options[@]/#/--go_opt=}" "${options[@]/#/--go-grpc_opt=}" "${protos[@]}"

if $check; then
  # protoc writes its own version into the files; any will do.
  diff -r -x doc.go -I '^// .*protoc  *v[0-9]' "$committed" "$generated" || {
    echo "client/go/pixelclipv1 is not what proto/ generates: run scripts/generate_go.sh" >&2
    exit 1
  }
else
  mkdir -p "$committed"
  rm -f "$committed"/*.pb.go
  cp "$generated"/*.pb.go "$committed"
fi

#!/usr/bin/env bash
# Makes all that a release consists of, in build-package/dist: docs/releases.md. The same commit, on the same versions of
# Debian's packages, gives the same bytes in whatever folder.
set -euo pipefail
cd "$(dirname "$0")/.."

die() { printf 'package: %s\n' "$@" >&2; exit 1; }

[ -z "$(git status --porcelain)" ] || die "the working tree has changes: a package is of a commit. Commit or stash them first."
version=$(packaging/version.sh)

# A commit that is tagged is tagged for all: vX.Y.Z for people, client/go/vX.Y.Z for Go, which looks for a module's
# versions below its folder.
tags=$(git tag --points-at HEAD)
if grep -qE '^(client/go/)?v[0-9]' <<< "$tags"; then
  for tag in "v$version" "client/go/v$version"; do
    grep -qxF "$tag" <<< "$tags" || die "CMakeLists.txt says $version, but this commit, which has other tags, has no tag $tag"
  done
fi

export TZ=UTC
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
umask 022
build=build-package
dist=$build/dist
name=pixelclip-$version-linux-$(uname -m)
prefix=$build/stage/$name
rm -rf "$dist" "$build/stage"
mkdir -p "$dist" "$build/stage"

packaging/build.sh "$build"
export LC_ALL=C  # for what sorts; not before, as ccache takes what was compiled in another locale for something else
cmake --install "$build" --strip --prefix "$prefix" > "$build/install.log"
packaging/dependencies.sh "$prefix" > "$prefix/share/doc/pixelclip/debian-packages"

packaging/sbom.py --prefix "$prefix" --version "$version" --commit "$(git rev-parse HEAD)" > "$dist/pixelclip-$version.cdx.json"
cp "$dist/pixelclip-$version.cdx.json" "$prefix/share/doc/pixelclip/sbom.cdx.json"
tar --create --directory "$build/stage" --format gnu --sort name --owner 0 --group 0 --numeric-owner \
  --mtime "@$SOURCE_DATE_EPOCH" "$name" | gzip -n > "$dist/$name.tar.gz"
packaging/deb.sh "$prefix" "$dist"
packaging/wheel.sh "$dist"
packaging/go_module.py --version "$version" --out "$dist/go"

(cd "$dist" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs -d '\n' sha256sum > SHA256SUMS)
echo "package: $dist"
cat "$dist/SHA256SUMS"

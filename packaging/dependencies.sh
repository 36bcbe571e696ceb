#!/usr/bin/env bash
# Prints the Debian packages that the programs and libraries below some prefixes need from elsewhere, one a line with
# the least version: libgrpc29 (>= 1.51.1)
#
#   packaging/dependencies.sh PREFIX...
set -euo pipefail
command -v dpkg-shlibdeps >/dev/null || { echo "$0 needs the Debian package dpkg-dev" >&2; exit 1; }

arguments=()
for prefix in "$@"; do
  prefix=$(realpath "$prefix")
  [ ! -d "$prefix/lib/pixelclip" ] || arguments+=("-l$prefix/lib/pixelclip")
  # The libraries of others are there to be found: what they need of Debian, libc and libstdc++, the programs need too.
  while read -r file; do arguments+=(-e "$file"); done < <(find "$prefix/bin" -type f 2>/dev/null | LC_ALL=C sort)
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/debian"
printf 'Source: pixelclip\n\nPackage: pixelclip\nArchitecture: any\n' > "$scratch/debian/control"
cd "$scratch"
if ! dpkg-shlibdeps -O --ignore-missing-info "${arguments[@]}" > found 2> complaints; then
  cat complaints >&2
  exit 1
fi
sed -n 's/^shlibs:Depends=//p' found | sed 's/, /\n/g' | LC_ALL=C sort

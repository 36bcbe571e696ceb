#!/usr/bin/env bash
# Installs what the build needs and this machine lacks: Debian packages, and LibTorch in a cache folder.
# Safe to call again: what is there stays as it is.
#
#   LIBTORCH_ROOT   where LibTorch is or shall be (default: ~/.cache/pixelclip/libtorch-2.11.0)
set -euo pipefail
cd "$(dirname "$0")/.."

torch_version=2.11.0
cache="${XDG_CACHE_HOME:-$HOME/.cache}/pixelclip"
libtorch_root="${LIBTORCH_ROOT:-$cache/libtorch-$torch_version}"

die() { printf 'setup: %s\n' "$@" >&2; exit 1; }

install_packages() {
  command -v dpkg-query >/dev/null || die "this machine has no dpkg: only Debian 12 is supported by this script." \
    "Elsewhere, install the equivalents of scripts/debian-packages.txt and run: cmake --preset release && ninja -C build"
  local wanted installed missing
  wanted=$(grep -v '^#' scripts/debian-packages.txt | sort)
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u)
  missing=$(comm -23 <(echo "$wanted") <(echo "$installed") | tr '\n' ' ')
  [ -n "$missing" ] || return 0

  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo); else
      die "these Debian packages are missing, and installing them needs root:" "  $missing" \
        "Run: sudo apt-get update && sudo apt-get install --no-install-recommends $missing"
    fi
  fi
  echo "setup: installing Debian packages: $missing"
  local log
  log=$(mktemp)
  # shellcheck disable=SC2086  # a list of words
  if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -5 "$log" >&2
    die "apt-get could not install: $missing" "Is there a network, and is this Debian 12? The full log: $log"
  fi
  rm -f "$log"
}

install_libtorch() {
  [ -e "$libtorch_root/torch/lib/libtorch_cpu.so" ] && return 0
  [ -z "${LIBTORCH_ROOT:-}" ] || die "LIBTORCH_ROOT is $LIBTORCH_ROOT, but it has no torch/lib/libtorch_cpu.so"
  echo "setup: fetching LibTorch (the PyPI wheel torch $torch_version, 530 MB) into $libtorch_root"
  mkdir -p "$cache"
  local staging
  staging=$(mktemp -d "$cache/libtorch.XXXXXX")
  # A --target install touches neither the system's Python nor any virtual environment.
  if ! PIP_REQUIRE_VIRTUALENV=0 PIP_USER=0 /usr/bin/python3 -m pip install --quiet --no-deps --no-compile \
      --disable-pip-version-check --no-cache-dir --root-user-action=ignore --target "$staging" \
      "torch==$torch_version" nvidia-cuda-runtime==13.0.96 nvidia-cuda-crt==13.0.88 nvidia-cuda-cupti==13.0.85; then
    rm -rf "$staging"
    die "could not fetch torch $torch_version from the Python package index. Is there a network?" \
      "Without one, copy $libtorch_root from a machine that has it, or set LIBTORCH_ROOT."
  fi
  chmod 755 "$staging"
  rm -rf "$libtorch_root"
  mv "$staging" "$libtorch_root"
}

install_packages
install_libtorch

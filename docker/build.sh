#!/usr/bin/env bash
# The steps of docker/Dockerfile. They run in any Debian 12, so also in a debootstrap root where no container engine is.
#
#   docker/build.sh setup VARIANT        as root: installs what building needs; VARIANT is cpu or cuda
#   docker/build.sh build VARIANT OUT    OUT/libraries, OUT/server, OUT/trainer: what an image has of us below /;
#                                        OUT/server.packages, OUT/trainer.packages: what it needs of Debian's.
#                                        COMMIT in the environment: which one this is, where there is no .git
#   docker/build.sh packages FILE        as root, in the image: installs those, adds the user 65532
set -euo pipefail

die() { printf 'build.sh: %s\n' "$@" >&2; exit 1; }

# A dated image of Debian has, as a comment above each source, the snapshot of its day: that becomes the source.
pin_packages() {
  local sources=/etc/apt/sources.list.d/debian.sources
  [ -e "$sources" ] || return 0
  sed -i -E '/^# https?:/{N;s/^# (.*)\nURIs: .*/URIs: \1/}' "$sources"
  echo 'Acquire::Check-Valid-Until "false";' > /etc/apt/apt.conf.d/99snapshot
}

install_packages() { apt-get install -y -qq --no-install-recommends "$@"; }

setup() {
  pin_packages
  apt-get update -qq
  install_packages dpkg-dev
  scripts/setup.sh
  [ "$1" = cuda ] || return 0
  # Beside LibTorch, as in a site-packages folder. pip does not merge folders, hence the links.
  local libtorch scratch
  libtorch=$(echo "${XDG_CACHE_HOME:-$HOME/.cache}"/pixelclip/libtorch-*)
  scratch=$(mktemp -d "$libtorch.XXXXXX")
  /usr/bin/python3 -m pip install --quiet --no-cache-dir --no-compile --root-user-action=ignore --require-hashes --no-deps \
    --only-binary :all: --target "$scratch" -r docker/cuda-wheels.txt
  cp --recursive --link --force "$scratch"/. "$libtorch"
  rm -rf "$scratch"
}

build() {
  local variant=$1 out=$2 cuda=OFF component
  [ "$variant" = cpu ] || cuda=ON
  packaging/build.sh build-image -DPIXELCLIP_COMMIT="${COMMIT:-}" -DPIXELCLIP_INSTALL_CUDA=$cuda
  for component in libraries server trainer; do
    cmake --install build-image --strip --component "$component" --prefix "$out/$component/usr" > /dev/null
  done
  for component in server trainer; do
    packaging/dependencies.sh "$out/libraries/usr" "$out/$component/usr" > "$out/$component.packages"
  done
  # Where volumes with other models are mounted; without one, the model that ships is there.
  mkdir "$out/server/models"
  ln -s /usr/share/pixelclip/models/mini "$out/server/models/mini"
}

packages() {
  pin_packages
  apt-get update -qq
  sed 's/ .*//' "$1" | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y -qq --no-install-recommends
  apt-get clean
  rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/*.log /var/cache/debconf/*-old
  groupadd --key GID_MAX=65535 --gid 65532 pixelclip
  useradd --key UID_MAX=65535 --uid 65532 --gid 65532 --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin pixelclip
  # Nothing in an image has a reason to become root.
  find / -xdev -type f -perm /6000 -exec chmod ug-s {} +
  local tool
  for tool in cc c++ gcc g++ clang as ld; do
    ! command -v "$tool" || die "the image would have a compiler"
  done
}

case "${1:-}:${2:-}" in
  setup:cpu | setup:cuda) cd "$(dirname "$0")/.." && setup "$2" ;;
  build:cpu | build:cuda) cd "$(dirname "$0")/.." && build "$2" "${3:?build.sh build VARIANT OUT}" ;;
  packages:?*) packages "$2" ;;
  *) die "setup cpu|cuda, build cpu|cuda OUT or packages FILE, not: $*" ;;
esac

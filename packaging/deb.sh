#!/usr/bin/env bash
# Makes pixelclip_VERSION_ARCHITECTURE.deb of an installed prefix.
#
#   packaging/deb.sh PREFIX OUT_FOLDER      SOURCE_DATE_EPOCH is the time of everything in it
set -euo pipefail
prefix=$(realpath "$1")
out=$(realpath "$2")
cd "$(dirname "$0")"
version=$(./version.sh)
architecture=$(dpkg --print-architecture)
umask 022

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
cp -r "$prefix" "$root/usr"
# Debian's own place and form for what others keep in LICENSE.
rm "$root/usr/share/doc/pixelclip/LICENSE"
install -m 644 debian/copyright -t "$root/usr/share/doc/pixelclip"
install -D -m 644 pixelclip-server.service -t "$root/usr/lib/systemd/system"
install -D -m 644 server.conf -t "$root/etc/pixelclip"

mkdir "$root/DEBIAN"
install -m 755 debian/postinst debian/prerm debian/postrm "$root/DEBIAN"
echo /etc/pixelclip/server.conf > "$root/DEBIAN/conffiles"
depends=$(paste -sd, "$root/usr/share/doc/pixelclip/debian-packages" | sed 's/,/, /g')
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/$depends/" \
  -e "s/@SIZE@/$(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f1)/" debian/control.in > "$root/DEBIAN/control"
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum > DEBIAN/md5sums)

find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +
# One thread: how many there are decides where zstd cuts.
dpkg-deb --build --root-owner-group -Zzstd -z12 --threads-max=1 "$root" "$out/pixelclip_${version}_${architecture}.deb" > /dev/null

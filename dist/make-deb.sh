#!/usr/bin/env bash
# Makes the Debian package artifacts/fastflannel_VERSION_ARCH.deb of artifacts/fastflannel, as ./build.sh leaves it. Needs dpkg-deb.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=artifacts/fastflannel
[ -x "$binary" ] || { echo "make-deb.sh: there is no $binary: run ./build.sh first" >&2; exit 1; }

version=$("$binary" --version 2>&1)
architecture=$(dpkg --print-architecture)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

install -D -m 755 "$binary" "$root/usr/bin/fastflannel"
install -D -m 644 dist/fastflannel.service "$root/lib/systemd/system/fastflannel.service"
install -D -m 644 dist/fastflannel.env "$root/etc/default/fastflannel"
install -D -m 644 dist/docker.service.d/fastflannel.conf "$root/usr/share/doc/fastflannel/examples/docker.service.d/fastflannel.conf"
install -D -m 644 dist/flatcar.butane.yaml "$root/usr/share/doc/fastflannel/examples/flatcar.butane.yaml"
install -m 644 README.md CHANGELOG.md docs/*.md "$root/usr/share/doc/fastflannel/"

mkdir "$root/DEBIAN"
echo /etc/default/fastflannel >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<EOF
Package: fastflannel
Version: $version
Architecture: $architecture
Maintainer: FastFlannel <fastflannel@localhost>
Section: net
Priority: optional
Depends: libc6 (>= 2.34)
Recommends: libssl3 | libssl3t64
Suggests: etcd-server, docker.io
Conflicts: flannel
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Description: overlay network for containers that takes flannel's place
 Gives every host of a cluster a subnet, leased through etcd, and carries
 packets between the hosts. Same flags, keys, files and packets as flanneld.
 .
 The service is not enabled or started by the installation: it needs to know
 where etcd is first (/etc/default/fastflannel).
EOF

# The service neither starts nor stops by surprise: a new version counts at the next restart, which the message asks for.
cat >"$root/DEBIAN/postinst" <<'EOF'
#!/bin/sh
set -e
if [ "$1" = configure ] && [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload || true
    if [ -n "${2:-}" ] && systemctl -q is-active fastflannel; then
        echo "fastflannel runs on with the version before; systemctl restart fastflannel takes the new one"
    elif [ -z "${2:-}" ]; then
        echo "Say where etcd is in /etc/default/fastflannel, then: systemctl enable --now fastflannel"
    fi
fi
EOF
cat >"$root/DEBIAN/prerm" <<'EOF'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
    systemctl disable --now fastflannel || true
fi
EOF
cat >"$root/DEBIAN/postrm" <<'EOF'
#!/bin/sh
set -e
if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload || true
fi
EOF
chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm" "$root/DEBIAN/postrm"

package="artifacts/fastflannel_${version}_${architecture}.deb"
dpkg-deb --root-owner-group -Zgzip --build "$root" "$package"

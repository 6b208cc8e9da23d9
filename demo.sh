#!/usr/bin/env bash
# Builds FastFlannel, brings up three hosts between network namespaces, shows it work and cleans up.
set -euo pipefail
cd "$(dirname "$0")"
. dist/prerequisites.sh

if [ "$(id -u)" -ne 0 ]; then
    echo "demo.sh: makes network namespaces and needs root: sudo ./demo.sh" >&2
    exit 1
fi

need_lab_tools
./build.sh
artifacts/fastflannel lab run --hosts 3
echo "Next: artifacts/fastflannel lab bench compares it with the kernel's vxlan; README.md says how to run it on real hosts."

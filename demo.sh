#!/usr/bin/env bash
# Builds FastFlannel, brings up three hosts between network namespaces, shows it work and cleans up.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if ((EUID != 0)); then
    echo "demo.sh: makes network namespaces and needs root: sudo ./demo.sh" >&2
    exit 1
fi

declare -A package_of=([ip]=iproute2 [etcd]=etcd-server [etcdctl]=etcd-client [iperf3]=iperf3 [ping]=iputils-ping)
missing=()
for tool in "${!package_of[@]}"; do
    command -v "$tool" > /dev/null || missing+=("${package_of[$tool]}")
done

if ((${#missing[@]} > 0)); then
    echo "demo.sh: installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi

./build.sh
exec artifacts/fastflannel lab run --hosts 3

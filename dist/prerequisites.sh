# shellcheck shell=bash
# What the scripts at the top need from the distribution. Sourced by them, not run.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

have() { command -v "$1" >/dev/null 2>&1; }

# install_missing PACKAGE...: from Debian or a relative, as root; else one clear line.
install_missing() {
    [ $# -gt 0 ] || return 0
    if ! have apt-get || [ "$(id -u)" -ne 0 ]; then
        echo "Missing packages: $*. Install them (as root, on Debian: apt-get install $*) and run this again." >&2
        exit 1
    fi
    echo "Installing: $*"
    if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null 2>&1; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
    fi
}

need_dotnet() {
    if have dotnet && dotnet --list-sdks | grep -q '^10\.'; then return; fi
    if have apt-get && [ "$(id -u)" -eq 0 ]; then
        apt-get update -qq || true
        if apt-cache show dotnet-sdk-10.0 >/dev/null 2>&1; then
            install_missing dotnet-sdk-10.0
            return
        fi
    fi
    echo "The .NET SDK 10 is missing, and this distribution does not package it: see https://dotnet.microsoft.com/download" >&2
    exit 1
}

# NativeAOT links with the C compiler driver and zlib.
need_native_toolchain() {
    local missing=()
    have clang || have gcc || missing+=(gcc libc6-dev)
    [ -e /usr/include/zlib.h ] || missing+=(zlib1g-dev)
    install_missing "${missing[@]}"
}

# What the lab and the tests run beside the daemon.
need_lab_tools() {
    local missing=()
    have etcd || missing+=(etcd-server)
    have etcdctl || missing+=(etcd-client)
    have iperf3 || missing+=(iperf3)
    have ip || missing+=(iproute2)
    have ping || missing+=(iputils-ping)
    install_missing "${missing[@]}"
}

# What the tests run beyond that.
need_test_tools() {
    local missing=()
    have nft || missing+=(nftables)
    have iptables || missing+=(iptables)
    install_missing "${missing[@]}"
}

# dockerd for the tests, unpacked below artifacts/docker: to install it would start it, and change the machine's firewall.
# Without it those tests are skipped and say so.
need_docker_unpacked() {
    have dockerd && return
    local at=artifacts/docker
    [ -x "$at/usr/sbin/dockerd" ] && return
    have apt-get && have dpkg-deb || { echo "No docker for the tests: this is no Debian"; return 0; }
    echo "Unpacking docker into $at"
    mkdir -p "$at/packages"
    if (cd "$at/packages" && apt-get download -qq docker.io containerd runc busybox-static >/dev/null 2>&1); then
        for package in "$at"/packages/*.deb; do dpkg-deb -x "$package" "$at"; done
    else
        echo "No docker for the tests: its packages cannot be downloaded"
    fi
    rm -rf "$at/packages"
}

dotnet_rid() {
    case "$(uname -m)" in
        x86_64) echo linux-x64 ;;
        aarch64) echo linux-arm64 ;;
        *) echo "No build for $(uname -m): x86_64 and aarch64 only" >&2; exit 1 ;;
    esac
}

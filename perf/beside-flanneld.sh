#!/usr/bin/env bash
# A real flanneld beside this checkout's daemon, between namespaces: both hosts run flanneld, then one after the other changes over, then
# one changes back, each under 100 pings a second. Needs root, ip, etcd, etcdctl, ping, and flanneld's binary, which is not part of this.
#
#   perf/beside-flanneld.sh /path/to/flanneld [BACKEND]...      default: udp, vxlan and host-gw, some 45 s each
set -euo pipefail
cd "$(dirname "$0")/.."

flanneld=${1:?usage: perf/beside-flanneld.sh /path/to/flanneld [BACKEND]...}
ours=$PWD/artifacts/fastflannel
shift
[ $# -gt 0 ] || set -- udp vxlan host-gw
for program in "$flanneld" "$ours"; do
    [ -x "$program" ] || { echo "beside-flanneld.sh: there is no program $program" >&2; exit 1; }
done

work=$(mktemp -d)
name=ffb$$
declare -A running=()

clean_up() {
    for id in "${running[@]}"; do kill -KILL "$id" 2>/dev/null || true; done
    for host in 1 2; do ip netns del "$name-$host" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean_up EXIT

in_host() { ip netns exec "$name-$1" "${@:2}"; }

# start NAME HOST COMMAND...: in the background
start() {
    ip netns exec "$name-$2" "${@:3}" >>"$work/$1.log" 2>&1 &
    running[$1]=$!
}

stop() {
    kill "${running[$1]}"
    wait "${running[$1]}" || true
    unset "running[$1]"
}

# await WHAT COMMAND...: until it succeeds
await() {
    for _ in $(seq 300); do
        if "${@:2}" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    echo "beside-flanneld.sh: waited 30 s in vain for $1" >&2
    tail -n 5 "$work"/*.log >&2
    exit 1
}

start_daemon() { # HOST PROGRAM
    local extra=()
    [ "$2" = "$flanneld" ] || extra=(--admin-socket "$work/$1.sock")
    start "daemon$1" "$1" "$2" --etcd-endpoints http://192.168.71.2:2379 --iface eth0 --subnet-file "$work/$1.env" "${extra[@]}"
}

address_of() { # HOST: what the overlay has for it
    # shellcheck source=/dev/null
    local subnet; subnet=$(. "$work/$1.env"; echo "${FLANNEL_SUBNET%.1/*}")
    if [ "$backend" = host-gw ]; then echo "$subnet.1"; else echo "$subnet.0"; fi
}

change_over() { # HOST FROM TO PROGRAM
    local other=$((3 - $1)) pings
    in_host "$other" ping -i 0.01 -c 1000 -W 3 "$(address_of "$1")" >"$work/pings" & pings=$!
    await "pings to be answered" grep -q "icmp_seq=100 " "$work/pings"
    stop "daemon$1"
    start_daemon "$1" "$4"
    wait "$pings" || true
    printf '%-8s  host %s from %-11s to %-11s  %s\n' "$backend" "$1" "$2" "$3" "$(grep transmitted "$work/pings" | cut -d, -f1-3)"
}

for backend in "$@"; do
    for host in 1 2; do ip netns add "$name-$host"; done
    ip link add eth0 netns "$name-1" type veth peer name eth0 netns "$name-2"
    for host in 1 2; do
        ip -n "$name-$host" -batch - <<<"link set lo up
addr add 192.168.71.$host/24 dev eth0
link set eth0 up
route add default dev eth0"
        in_host "$host" sysctl -qw net.ipv4.ip_forward=1
    done

    start etcd 2 etcd --data-dir "$work/etcd" --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls http://192.168.71.2:2379
    await "etcd" in_host 2 etcdctl --endpoints http://127.0.0.1:2379 \
        put /coreos.com/network/config "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"$backend\"}}"

    # One after the other: a flanneld misses one of two leases that come in the same moment.
    for host in 1 2; do
        start_daemon "$host" "$flanneld"
        await "$work/$host.env" test -s "$work/$host.env"
        await "flanneld to watch" grep -qi "watching for new subnet leases" "$work/daemon$host.log"
        # Containers would have these.
        [ "$backend" != host-gw ] || ip -n "$name-$host" addr add "$(address_of "$host")/32" dev lo
    done
    await "the hosts to reach each other" in_host 1 ping -c 1 -W 1 "$(address_of 2)"

    change_over 1 flanneld fastflannel "$ours"
    change_over 2 flanneld fastflannel "$ours"
    change_over 1 fastflannel flanneld "$flanneld"

    for one in "${!running[@]}"; do stop "$one"; done
    for host in 1 2; do ip netns del "$name-$host"; done
    rm -rf "${work:?}"/*
done

#!/usr/bin/env bash
# Sends TCP streams through the udp overlay between two containers and compares their SHA-256 on both sides; or rubbish.
# Usage, as root: perf/soak.sh [--set NAME] [BYTES]      10 GB a stream unless told otherwise. Exits with 0 if all hashes are equal.
#                 perf/soak.sh --set rubbish [DATAGRAMS] 10 million a network unless told otherwise. Exits with 0 if all holds.
#   streams   one each way and then both at once, through the routers (this one unless told otherwise)
#   kernel    both at once through the kernel tunnel
#   offloads  both at once through the router, with each offload off alone, all off, and with 1, 2 and 4 queues
#   plain     to and from a peer that carries one packet a call, as flanneld does, and both at once
#   ipv6      both at once over IPv6
#   rubbish   no stream but mutated datagrams at a daemon, which has to count each of them and to stay as it is
set -uo pipefail
cd "$(dirname "$0")/.."
. dist/prerequisites.sh

set=streams
if [ "${1:-}" = --set ] && [ $# -ge 2 ]; then
    set=$2
    shift 2
fi
unit=BYTES usual=10000000000
if [ "$set" = rubbish ]; then unit=DATAGRAMS usual=10000000; fi
amount=${1:-$usual}
case $set in
    streams)
        tests=(TcpHashTests.A_long_stream_arrives_as_it_was_sent
            TcpHashTests.A_stream_in_the_other_direction_arrives_as_it_was_sent
            TcpHashTests.Streams_in_both_directions_at_once_arrive_as_they_were_sent) ;;
    kernel) tests=(KernelTunnelTests.Streams_arrive_as_they_were_sent_and_pass_the_router_by) ;;
    offloads) tests=('OffloadMatrixTests.*') ;;
    plain) tests=('PlainStreamTests.*') ;;
    ipv6) tests=('DualStackTrafficTests.Streams_in_both_directions_at_once_*') ;;
    rubbish) tests=('RubbishTests.*') ;;
    *) tests=() ;;
esac
if [ ${#tests[@]} -eq 0 ] || [ $# -gt 1 ] || ! [[ $amount =~ ^[1-9][0-9]{0,14}$ ]]; then
    echo "usage: perf/soak.sh [--set streams|kernel|offloads|plain|ipv6] [BYTES], or perf/soak.sh --set rubbish [DATAGRAMS]" >&2
    exit 2
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "The stream runs between network namespaces of its own: run this as root." >&2
    exit 1
fi

need_dotnet
need_lab_tools
if [ -z "${FASTFLANNEL_BIN:-}" ] && [ ! -x artifacts/fastflannel ]; then ./build.sh || exit 1; fi
dotnet build tests/Netns.Tests -c Release --nologo -v quiet || exit 1

report=$(mktemp)
trap 'rm -f "$report"' EXIT
methods=()
for name in "${tests[@]}"; do methods+=(-method "FastFlannel.Netns.Tests.$name"); done
export FASTFLANNEL_SOAK_$unit=$amount
tests/Netns.Tests/bin/Release/net10.0/FastFlannel.Netns.Tests -noColor -diagnostics "${methods[@]}" \
    >"$report" 2>&1
status=$?

# The test says how it went whether or not it fails.
if ! sed -n 's/^.*soak: //p' "$report" | grep .; then
    cat "$report"
    [ "$status" -ne 0 ] || status=1
fi
what="hashes equal"
if [ "$set" = rubbish ]; then what="all holds"; grep -A 12 '\[FAIL\]' "$report"; fi
[ "$status" -eq 0 ] && echo "$what: yes" || echo "$what: no"
exit "$status"

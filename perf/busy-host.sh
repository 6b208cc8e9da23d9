#!/usr/bin/env bash
# Restarts and kills the packaged service under a real systemd and traffic, on a host whose processors are busy with something else, once
# with the weight that services have by default (100) and once with that of the unit (1000), in turn. Prints what each run lost, and the
# longest time without a packet. As root; some 40 s a run, two minutes where a stream dies.
# Usage: perf/busy-host.sh [ROUNDS]     3 unless told otherwise
set -uo pipefail
cd "$(dirname "$0")/.."
. dist/prerequisites.sh

rounds=${1:-3} loops=
[[ $rounds =~ ^[1-9][0-9]?$ ]] || { sed -n 's/^# Usage: //p' "$0" >&2; exit 2; }
need_dotnet
need_lab_tools
[ -x artifacts/fastflannel ] || ./build.sh || exit 1
dotnet build tests/Netns.Tests -c Release --nologo -v quiet || exit 1
trap 'kill $loops 2>/dev/null' EXIT
for _ in $(seq "$(nproc)"); do
    timeout $((rounds * 300)) bash -c 'while :; do :; done' &
    loops="$loops $!"
done

for round in $(seq "$rounds"); do
    for weight in 100 1000; do
        FASTFLANNEL_MACHINE_WEIGHT=$weight tests/Netns.Tests/bin/Release/net10.0/FastFlannel.Netns.Tests -noColor -diagnostics \
            -method 'FastFlannel.Netns.Tests.SystemdServiceTests.A_restart*' |
            sed -nE "s/.*PingsLost = ([0-9]+), DatagramsLost = ([0-9]+).*/\1 \2 &/; s/^([0-9]+) ([0-9]+) .*LongestGap = 00:00:([0-9.]+).*/round $round, weight $weight: \1 pings and \2 datagrams lost, longest gap \3 s/p; s/.*(SocketException.*)/round $round, weight $weight: a stream died: \1/p" |
            sort -u
    done
done

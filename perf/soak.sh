#!/usr/bin/env bash
# Sends TCP streams through the udp overlay between two containers, one each way and then both at once, and compares their
# SHA-256 on both sides.
# Usage, as root: perf/soak.sh [BYTES]      10 GB a stream unless told otherwise. Exits with 0 if all hashes are equal.
set -uo pipefail
cd "$(dirname "$0")/.."
. dist/prerequisites.sh

bytes=${1:-10000000000}
if ! [[ $bytes =~ ^[1-9][0-9]{0,14}$ ]]; then
    echo "usage: perf/soak.sh [BYTES]" >&2
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
FASTFLANNEL_SOAK_BYTES=$bytes tests/Netns.Tests/bin/Release/net10.0/FastFlannel.Netns.Tests -noColor -diagnostics \
    -method 'FastFlannel.Netns.Tests.TcpHashTests.A_long_stream_arrives_as_it_was_sent' \
    -method 'FastFlannel.Netns.Tests.TcpHashTests.A_stream_in_the_other_direction_arrives_as_it_was_sent' \
    -method 'FastFlannel.Netns.Tests.TcpHashTests.Streams_in_both_directions_at_once_arrive_as_they_were_sent' >"$report" 2>&1
status=$?

# The test says how it went whether or not it fails.
if ! sed -n 's/^.*soak: //p' "$report" | grep .; then
    cat "$report"
    [ "$status" -ne 0 ] || status=1
fi
[ "$status" -eq 0 ] && echo "hashes equal: yes" || echo "hashes equal: no"
exit "$status"

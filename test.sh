#!/usr/bin/env bash
# Installs what the tests need, builds, checks the format and runs every test. The last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")"
. dist/prerequisites.sh

if [ "$(id -u)" -ne 0 ]; then
    echo "The tests make network namespaces, devices and routes of their own: run this as root." >&2
    exit 1
fi

passed=0 failed=0

# step NAME COMMAND...: counts as one test.
step() {
    echo "== $1"
    if "${@:2}"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $1"; fi
}

# A few failures are looked at again: the tests of this project share their machine's two cores with a kernel, an etcd and
# whatever else runs there, and one that was starved says nothing. What passes then is named, so that it can be made sturdier.
again_at_most=4 again=()

# totals REPORT: the last line of the runner's summary, or nothing when it did not get so far.
totals() { grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$1" | tail -n 1; }

# suite NAME: runs one test project and adds its counts.
suite() {
    echo "== $1"
    local program="tests/$1/bin/Release/net10.0/FastFlannel.$1" report="artifacts/$1.log" counts
    "$program" -noColor >"$report" 2>&1
    counts=$(totals "$report")
    if [ -z "$counts" ]; then
        tail -n 40 "$report"
        echo "FAILED: $1 did not finish"
        failed=$((failed + 1))
        return
    fi
    echo "   $counts"
    read -r total errors failures skipped <<<"$(tr -dc '0-9 ' <<<"$counts")"
    if [ $((errors + failures)) -gt 0 ]; then
        grep -vE '^ +(Starting|Finished|Discover)' "$report" | tail -n 200
        if [ "$errors" -eq 0 ] && [ "$failures" -le "$again_at_most" ] && passes_again "$1" "$program" "$report"; then
            failures=0
        fi
    fi
    passed=$((passed + total - errors - failures - skipped))
    failed=$((failed + errors + failures))
}

# passes_again NAME PROGRAM REPORT: runs the tests that failed a second time, alone.
passes_again() {
    local methods filters=() method
    methods=$(sed -nE 's/^ +([A-Za-z0-9_.]+)(\(.*)? \[FAIL\]$/\1/p' "$3" | sort -u)
    [ -n "$methods" ] || return 1
    for method in $methods; do filters+=(-method "$method"); done
    echo "-- once more:" $methods
    "$2" -noColor "${filters[@]}" >"artifacts/$1.again.log" 2>&1 || { tail -n 60 "artifacts/$1.again.log"; return 1; }
    [ -n "$(totals "artifacts/$1.again.log")" ] || return 1
    again+=($methods)
}

need_dotnet
need_native_toolchain
need_lab_tools
need_test_tools
mkdir -p artifacts
need_docker_unpacked
step "build with warnings as errors" dotnet build FastFlannel.sln -c Release --nologo -v quiet
step "format" dotnet format FastFlannel.sln --verify-no-changes --no-restore
step "publish the native binary" ./build.sh
for name in Native.Tests Router.Tests Control.Tests Lab.Tests Daemon.Tests Fuzz.Tests Netns.Tests; do
    suite "$name"
done

if [ ${#again[@]} -gt 0 ]; then echo "Passed at the second try only: ${again[*]}"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

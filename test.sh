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

# suite NAME: runs one test project and adds its counts.
suite() {
    echo "== $1"
    local report="artifacts/$1.log" counts
    "tests/$1/bin/Release/net10.0/FastFlannel.$1" -noColor >"$report" 2>&1
    counts=$(grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$report" | tail -n 1)
    if [ -z "$counts" ]; then
        tail -n 40 "$report"
        echo "FAILED: $1 did not finish"
        failed=$((failed + 1))
        return
    fi
    read -r total errors failures skipped <<<"$(tr -dc '0-9 ' <<<"$counts")"
    passed=$((passed + total - failures - skipped))
    failed=$((failed + errors + failures))
    if [ $((errors + failures)) -gt 0 ]; then grep -vE '^ +Starting|^ +Finished' "$report" | tail -n 200; fi
    echo "   $counts"
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
for name in Native.Tests Router.Tests Control.Tests Lab.Tests Daemon.Tests Netns.Tests; do
    suite "$name"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

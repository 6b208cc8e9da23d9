#!/usr/bin/env bash
# Runs the fuzz targets of tests/Fuzz.Tests with one seed after the other, for as long as one likes. What is found is kept in
# artifacts/fuzz, one input a file. Options: --seconds N (60), --target NAME (all), --inputs N for each target and seed (100000; 0
# runs the corpora alone), --seed N for the first seed (the time of day).
set -uo pipefail
cd "$(dirname "$0")/.."
. dist/prerequisites.sh

usage() {
    echo "usage: perf/fuzz.sh [--seconds N] [--target NAME] [--inputs N] [--seed N]" >&2
    echo "targets: $(ls tests/Fuzz.Tests/Corpora | tr '\n' ' ')" >&2
    exit 2
}

seconds=60 target= inputs=100000 seed=$(($(date +%s) % 1000000000))
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || usage
    case $1 in
        --target) target=$2; [ -d "tests/Fuzz.Tests/Corpora/$target" ] || usage ;;
        --seconds | --inputs | --seed) [[ $2 =~ ^[0-9]{1,9}$ ]] || usage; printf -v "${1#--}" %d "$((10#$2))" ;;
        *) usage ;;
    esac
    shift 2
done

need_dotnet
dotnet build tests/Fuzz.Tests -c Release --nologo -v quiet || exit 1
export FASTFLANNEL_FUZZ_INPUTS=$inputs FASTFLANNEL_FUZZ_FINDINGS=$PWD/artifacts/fuzz
mkdir -p "$FASTFLANNEL_FUZZ_FINDINGS"
report=$(mktemp)
trap 'rm -f "$report"' EXIT

status=0 rounds=0
while :; do
    rounds=$((rounds + 1))
    FASTFLANNEL_FUZZ_SEED=$seed tests/Fuzz.Tests/bin/Release/net10.0/FastFlannel.Fuzz.Tests -noColor ${target:+-preEnumerateTheories -trait "target=$target"} >"$report" 2>&1
    code=$?
    grep -q 'Total: 0$' "$report" && code="none, nothing ran"
    if [ "$code" != 0 ]; then
        status=1
        echo "seed $seed:"
        # A failed test names the input's file. A process that was ended has left the inputs it was at.
        grep -E "BrokenException :|The input is|FATAL|^Fatal|^ +at FastFlannel" "$report" | head -n 60 | grep . || tail -n 20 "$report"
        for current in "$FASTFLANNEL_FUZZ_FINDINGS"/*.current; do
            [ -e "$current" ] || continue
            name=$(basename "$current" .current)
            tail -c +5 "$current" | head -c "$(od -An -N4 -tu4 "$current" | tr -d ' ')" >"$FASTFLANNEL_FUZZ_FINDINGS/$name-seed-$seed"
            rm "$current"
            echo "The process ended (exit code $code) while $name tried artifacts/fuzz/$name-seed-$seed, or another at work at the same time."
            echo "To run it again: cp artifacts/fuzz/$name-seed-$seed tests/Fuzz.Tests/Corpora/$name/ && perf/fuzz.sh --target $name --inputs 0"
        done
    fi
    seed=$((seed + 1))
    [ "$SECONDS" -lt "$seconds" ] && [ "$inputs" -gt 0 ] || break
done

echo "$rounds rounds of $inputs inputs in $SECONDS s; $([ "$status" -eq 0 ] && echo "all holds" || echo "see above and artifacts/fuzz")"
exit "$status"

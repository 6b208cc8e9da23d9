#!/usr/bin/env bash
# Publishes the native binary artifacts/fastflannel. Arguments go to dotnet publish, for example
# -p:IlcInstructionSet=avx for a binary that demands AVX and sums checksums in wider vectors where there is AVX2.
set -euo pipefail
cd "$(dirname "$0")"
. dist/prerequisites.sh

need_dotnet
need_native_toolchain
echo "Publishing artifacts/fastflannel ..."

# The SDK leaves directories in TMPDIR, and servers that wait for a next build.
TMPDIR=$(mktemp -d) && export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
dotnet publish src/Daemon/Daemon.csproj -c Release -r "$(dotnet_rid)" -o artifacts/publish --nologo -v quiet --disable-build-servers "$@"
mv artifacts/publish/fastflannel artifacts/fastflannel
ls -l artifacts/fastflannel

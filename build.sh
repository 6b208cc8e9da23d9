#!/usr/bin/env bash
# Publishes the native binary artifacts/fastflannel. Arguments go to dotnet publish, for example
# -p:IlcInstructionSet=avx for a binary that demands AVX and sums checksums in wider vectors where there is AVX2.
set -euo pipefail
cd "$(dirname "$0")"
. dist/prerequisites.sh

need_dotnet
need_native_toolchain
echo "Publishing artifacts/fastflannel ..."
dotnet publish src/Daemon/Daemon.csproj -c Release -r "$(dotnet_rid)" -o artifacts/publish --nologo -v quiet "$@"
mv artifacts/publish/fastflannel artifacts/fastflannel
ls -l artifacts/fastflannel

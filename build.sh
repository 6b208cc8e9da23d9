#!/usr/bin/env bash
# Publishes the native binary artifacts/fastflannel.
set -euo pipefail
cd "$(dirname "$0")"
. dist/prerequisites.sh

need_dotnet
need_native_toolchain
echo "Publishing artifacts/fastflannel ..."
dotnet publish src/Daemon/Daemon.csproj -c Release -r "$(dotnet_rid)" -o artifacts --nologo -v quiet
ls -l artifacts/fastflannel

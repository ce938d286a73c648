#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Configures and builds a preset and prints the duration.
#
# Usage:  scripts/build.sh PRESET [TARGET ...]      default: all targets
set -eu
cd "$(dirname "$0")/.."
preset=$1
shift

# Ninja reconfigures when a CMake file changes, but it does not watch the presets.
cache=build/$preset/CMakeCache.txt
if [ ! -f "build/$preset/build.ninja" ] || [ -n "$(find CMakePresets.json -newer "$cache")" ]; then
  mkdir -p build
  log=build/configure-$preset.log
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
  fi
fi

echo "build: $preset"
begin=$(date +%s)
cmake --build --preset "$preset" ${1:+--target "$@"}
echo "build: done in $(($(date +%s) - begin)) s"

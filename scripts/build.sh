#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Configures and builds a preset; shows the elapsed time, then warnings and errors.
#
# Usage:  scripts/build.sh PRESET [TARGET ...]      default: all targets
set -eu
cd "$(dirname "$0")/.."
preset=$1
shift

log=build/build-$preset.log
. scripts/elapsed.sh

# Ninja reconfigures when a CMake file changes. It watches neither the presets nor the environment in which CMake looks for
# what the Python package needs.
cache=build/$preset/CMakeCache.txt
if [ ! -f "build/$preset/build.ninja" ] || [ -n "$(find CMakePresets.json build/python/requirements.txt -newer "$cache" 2>/dev/null)" ]; then
  if ! elapsed "configure $preset" "build/configure-$preset.log" cmake --preset "$preset"; then
    cat "build/configure-$preset.log" >&2
    exit 1
  fi
fi

status=0
elapsed "build $preset" "$log" cmake --build --preset "$preset" ${1:+--target "$@"} || status=$?
# Warnings and errors, without the lines that say what is compiled.
sed -e '/^\[[0-9/]*\] /d' -e '/^-- /d' -e '/^ninja: no work/d' "$log" >&2
exit $status

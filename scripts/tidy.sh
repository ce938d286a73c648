#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs clang-tidy 14 with the checks of .clang-tidy. It reads the compile commands of the debug preset, which has no
# precompiled header. The whole library takes some ten minutes on two cores.
#
# Usage:  scripts/tidy.sh [FILE ...]      default: every source of the library and of the program
# Exits with 1 if clang-tidy finds something, with 77 if there is no clang-tidy 14.
set -eu
cd "$(dirname "$0")/.."

tidy=clang-tidy-14
if ! command -v $tidy >/dev/null; then
  echo "tidy: clang-tidy 14 is not installed. On Debian 12: apt-get install clang-tidy-14" >&2
  exit 77
fi
if [ ! -f build/debug/compile_commands.json ]; then
  mkdir -p build
  cmake --preset debug >build/configure-debug.log 2>&1 || {
    cat build/configure-debug.log >&2
    exit 1
  }
fi

if [ $# -gt 0 ]; then
  printf '%s\0' "$@"
else
  find src export -name '*.cpp' -print0 | sort -z
fi | xargs -0 -P "$(nproc)" -n 1 $tidy -p build/debug --quiet \
  --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-missing-field-initializers 2>build/tidy.log || {
  echo "tidy: failed. What it printed besides is in build/tidy.log" >&2
  exit 1
}

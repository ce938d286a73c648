#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Brings every C++ source into the form of .clang-format.
#
# Usage:  scripts/format.sh            rewrites
#         scripts/format.sh --check    says what is out of form, and exits with 1 when something is; with 77 when
#                                      there is no clang-format 14 (other versions disagree on details)
set -eu
cd "$(dirname "$0")/.."

formatter=""
for program in clang-format-14 clang-format; do
  if command -v $program >/dev/null && $program --version | grep -q 'version 14\.'; then
    formatter=$program
    break
  fi
done
if [ -z "$formatter" ]; then
  echo "format: no clang-format 14 here, which Debian 12 has: not checked" >&2
  exit 77
fi

mode=-i
if [ "${1:-}" = --check ]; then mode="--dry-run --Werror"; fi
# shellcheck disable=SC2086 # two words
find include src export tests bench examples \( -name '*.cpp' -o -name '*.hpp' \) -print0 | xargs -0 $formatter $mode || exit 1

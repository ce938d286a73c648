#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Formats every C++ source with clang-format 14.
#
# Usage:  scripts/format.sh            rewrites the files
#         scripts/format.sh --check    reports differences and exits with 1 if there is one; exits with 77 if there is
#                                      no clang-format 14 (other versions disagree in details)
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
  echo "format: not checked, because there is no clang-format 14 (Debian 12 has it)" >&2
  exit 77
fi

mode=-i
if [ "${1:-}" = --check ]; then mode="--dry-run --Werror"; fi
# shellcheck disable=SC2086 # two words
find include src export python tests bench examples docs \( -name '*.cpp' -o -name '*.hpp' \) -print0 | xargs -0 $formatter $mode || exit 1

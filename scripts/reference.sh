#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the pages in docs/reference from the tables of operations and from the public headers.
#
# Usage:  scripts/reference.sh [--check] [PROGRAM]      PROGRAM: default build/release/millrace_reference
# With --check nothing is written; exits with 1 if a page is out of date.
set -eu
cd "$(dirname "$0")/.."
check=""
if [ "${1:-}" = --check ]; then
  check=yes
  shift
fi
program=${1:-build/release/millrace_reference}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$program" >"$folder/operations.md"
python3 -B docs/reference/headers.py >"$folder/cpp.md"

for page in operations.md cpp.md; do
  if [ -z "$check" ]; then
    cp "$folder/$page" docs/reference/$page
  elif ! diff -u docs/reference/$page "$folder/$page"; then
    echo "reference: docs/reference/$page is out of date. Run: make reference" >&2
    exit 1
  fi
done

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs the harnesses of tests/fuzz under libFuzzer, with AddressSanitizer and UndefinedBehaviorSanitizer (clang).
#
# Usage:  scripts/fuzz.sh [SECONDS [HARNESS ...]]      default: 600 seconds for each of all harnesses
#
# New inputs go to build/fuzz/corpus/HARNESS, an input that is a finding to build/fuzz/HARNESS-crash-...; exits with 1
# then. To run a single input again:  MILLRACE_FUZZ=HARNESS build/fuzz/millrace_fuzz FILE
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)

scripts/build.sh fuzz millrace_fuzz
# Words that mutations put in and would hardly find: names of operations, options and flags.
words=build/fuzz/words.dict
grep -Eoh -e '`[a-z][a-z0-9_.-]*`' -e '--[a-z][a-z.-]*[a-z]' docs/*.md docs/reference/*.md | tr -d '`' | sort -u | sed 's/.*/"&"/' >"$words"
# To note where memory was taken, more than four calls deep, costs a quarter of the time; to keep much freed memory, and
# libFuzzer's count of rare features, a fifth.
export ASAN_OPTIONS="${ASAN_OPTIONS:-malloc_context_size=4:quarantine_size_mb=8}"
status=0
for harness in "$@"; do
  mkdir -p "build/fuzz/corpus/$harness"
  log=build/fuzz/$harness.log
  echo "fuzz $harness: $seconds s"
  # Checkpoints of the corpus have up to 8 KB; longer inputs are cut off.
  if MILLRACE_FUZZ=$harness build/fuzz/millrace_fuzz -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -max_len=12288 -entropic=0 -dict="$words" -print_final_stats=1 -artifact_prefix="build/fuzz/$harness-" \
    "build/fuzz/corpus/$harness" "tests/fuzz/corpus/$harness" >"$log" 2>&1; then
    grep -E '^#[0-9]+.DONE' "$log"
  else
    tail -n 40 "$log" >&2
    echo "fuzz $harness: a finding (the whole log: $log)" >&2
    status=1
  fi
done
exit $status

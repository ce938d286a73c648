# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
#
# Usage:  . scripts/elapsed.sh
#         elapsed TITLE LOG COMMAND ...
#
# Runs a command with its output in LOG and returns its exit code. Meanwhile a terminal shows one line with the elapsed
# time and, from Ninja's output, the progress; a log gets a line a minute. At the end: "TITLE: done in 12 s".

# "[37/198] " from the last line of Ninja's output
ninja_progress() { tail -n 1 "$1" 2>/dev/null | sed -n 's/^\(\[[0-9]*\/[0-9]*\]\).*/\1 /p'; }

show_elapsed() {
  title=$1 log=$2 begin=$3 parent=$4
  if [ -t 1 ]; then interval=1 form='\r%s: %s%d s\033[K'; else interval=60 form='%s: %s%d s\n'; fi
  while sleep $interval && kill -0 "$parent" 2>/dev/null; do
    # shellcheck disable=SC2059 # the form is one of the two above
    printf "$form" "$title" "$(ninja_progress "$log")" $(($(date +%s) - begin))
  done
}

elapsed() {
  elapsed_title=$1 elapsed_log=$2 elapsed_begin=$(date +%s) elapsed_status=0
  shift 2
  mkdir -p build
  show_elapsed "$elapsed_title" "$elapsed_log" "$elapsed_begin" $$ &
  elapsed_job=$!
  trap 'kill $elapsed_job 2>/dev/null' EXIT
  "$@" </dev/null >"$elapsed_log" 2>&1 || elapsed_status=$?
  kill $elapsed_job
  wait $elapsed_job 2>/dev/null || true
  trap - EXIT
  if [ -t 1 ]; then printf '\r\033[K'; fi
  if [ $elapsed_status -eq 0 ]; then echo "$elapsed_title: done in $(($(date +%s) - elapsed_begin)) s"; fi
  return $elapsed_status
}

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the files of one version in its folder, with the program of that version, from NAME/config.toml and tables/:
#   NAME/model.onnx, NAME/checkpoint.safetensors (and best.safetensors)   what `train` wrote
#   NAME/predictions.csv   what the model predicts for its table
#   NAME/resumed.csv       what it predicts once its run was resumed and had its 6 epochs
# The run of "stopped" is interrupted in the middle of an epoch, and has no model yet.
#
# Usage:  tests/versions/make.sh 0.1 PROGRAM      PROGRAM: millrace, built from the last commit of that version
# Commit what it wrote once. tests/versions/versions_test.cpp reads it with the code of today.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$root/tests/versions/$1
program=$(realpath "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
ln -s "$folder/tables" "$root/examples" .
export OMP_NUM_THREADS=1

# The table of a configuration, with its first rows only where it is one of the examples.
table() { sed -n 's/^data = "\(.*\)"$/\1/p' "$folder/$1/config.toml"; }
predict() { "$program" predict "$1" --data "$2" --out "$3" >/dev/null; }
keep() { for file in "$@"; do if [ -f "out/$file" ]; then cp "out/$file" "$folder/$name/"; fi; done; }

# Stopped in the middle of an epoch: the checkpoint says how many steps of it are done.
train_and_stop() {
  until [ -n "${steps:-}" ] && [ "$steps" -gt 0 ]; do
    rm -rf out
    "$program" train --config "$folder/$name/config.toml" --out out >log 2>&1 &
    until grep -q 'epoch *3/' log; do :; done
    kill -INT $!
    wait $! || true
    steps=$(tr ',' '\n' <out/checkpoint.safetensors | sed -n 's/^.*"step\\":\([0-9]*\).*$/\1/p' | head -n 1)
  done
}

for config in "$folder"/*/config.toml; do
  name=$(basename "$(dirname "$config")")
  rm -rf out
  if [ "$name" = stopped ]; then
    train_and_stop
    keep checkpoint.safetensors
  else
    "$program" train --config "$config" --out out --quiet >/dev/null
    keep model.onnx checkpoint.safetensors best.safetensors
    predict out/model.onnx "$(table "$name")" "$folder/$name/predictions.csv"
  fi
  "$program" train --config "$config" --out out --quiet --resume --epochs 6 >/dev/null
  predict out/model.onnx "$(table "$name" | sed 's|^examples/data/|tables/|')" "$folder/$name/resumed.csv"
done

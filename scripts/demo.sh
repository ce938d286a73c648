#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Three networks: trained on real data, exported, run by ONNX Runtime. Exits with 1 when an accuracy or a difference is
# not what it should be. `make demo` builds first.
set -eu
cd "$(dirname "$0")/.."
millrace=build/release/millrace
python=build/python/bin/python
summary=""
failed=""

milliseconds() { date +%s%3N; }

# The value of a column in the last row of a history.csv: the model as it was exported.
last_value() {
  awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == name) column = i } END { print $column }' "$1"
}

# train NAME LEAST_ACCURACY TITLE
train() {
  name=$1 least=$2 title=$3
  out=build/demo/$name
  data=$(sed -n 's/^data = "\(.*\)"/\1/p' "examples/demo/$name.toml")
  printf '\n== %s\n' "$title"
  echo "\$ $millrace train --config examples/demo/$name.toml --out $out"
  begin=$(milliseconds)
  $millrace train --config "examples/demo/$name.toml" --out "$out"
  took=$(($(milliseconds) - begin))
  $millrace predict "$out/model.onnx" --data "$data" --out "$out/predictions.csv" >/dev/null
  verdict=ok
  difference=$($python examples/demo/run_in_onnxruntime.py "$out/model.onnx" "$data" "$out/predictions.csv") || verdict="FAILED: ONNX Runtime differs"
  accuracy=$(last_value "$out/history.csv" val_accuracy)
  awk -v a="$accuracy" -v least="$least" 'BEGIN { exit !(a >= least) }' || verdict="FAILED: accuracy below $least"
  [ "$verdict" = ok ] || failed="$failed $name"
  summary="$summary$(printf '%-15s %8.4f %10d ms %14s     %s' "$name" "$accuracy" "$took" "${difference:-none}" "$verdict")
"
}

echo "millrace demo: three networks, trained here, then run by ONNX Runtime. A fifth of the rows is held out."
train digits01 0.99 "0 or 1? 360 handwritten digits of 8x8 pixels; 25-15-1 units, all sigmoid"
train digits 0.96 "Which digit? 1797 of them, ten classes; 128-64-10 units, relu and softmax"
train breast_cancer 0.95 "Benign or malignant? A table of 569 rows and 30 measurements; 16-1 units, relu and sigmoid"

printf '\n%-15s %8s %13s %14s\n' "" "hold-out" "whole" "ONNX Runtime"
printf '%-15s %8s %13s %14s\n' "" "accuracy" "process" "differs by"
printf '%s' "$summary"
if [ -n "$failed" ]; then
  echo "Not as it should be:$failed" >&2
  exit 1
fi
cat <<END

Each model.onnx in build/demo/ takes the raw columns of its table, and runs wherever ONNX does, without millrace;
examples/demo/run_in_onnxruntime.py shows it. To train on a table of your own:

  build/release/millrace train --data FILE.csv --target COLUMN --layers 64:relu,1:sigmoid \\
      --loss binary_crossentropy --epochs 50 --validation 0.2 --out DIR
END

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Trains three networks on real data, exports them and runs them in ONNX Runtime. Exits with 1 if an accuracy is too low
# or ONNX Runtime disagrees. The first time it installs what is missing and builds millrace.
set -eu
cd "$(dirname "$0")/.."
millrace=build/release/millrace
python=build/python/bin/python
summary=""
failed=""

milliseconds() { date +%s%3N; }

# The value of a column in the last row of a history.csv, which describes the exported model.
last_value() {
  awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == name) column = i } END { print $column }' "$1"
}

# train NAME LEAST_ACCURACY TITLE
train() {
  name=$1 least=$2 title=$3
  out=build/demo/$name
  data=$(sed -n 's/^data = "\(.*\)"/\1/p' "examples/demo/$name.toml")
  printf '\n== %s\n' "$title"
  echo "\$ $millrace train --config examples/demo/$name.toml --out $out --overwrite"
  begin=$(milliseconds)
  $millrace train --config "examples/demo/$name.toml" --out "$out" --overwrite
  took=$(($(milliseconds) - begin))
  $millrace predict "$out/model.onnx" --data "$data" --out "$out/predictions.csv" >/dev/null
  verdict=ok
  difference=$($python examples/demo/run_in_onnxruntime.py "$out/model.onnx" "$data" "$out/predictions.csv") || verdict="FAILED: ONNX Runtime differs"
  accuracy=$(last_value "$out/history.csv" val_accuracy)
  awk -v a="$accuracy" -v least="$least" 'BEGIN { exit !(a >= least) }' || verdict="FAILED: accuracy below $least"
  [ "$verdict" = ok ] || failed="$failed $name"
  summary="$summary$(printf '%-15s %9.4f %8d ms %19s   %s' "$name" "$accuracy" "$took" "${difference:-none}" "$verdict")
"
}

echo "This trains three networks on small tables of real data, exports them to ONNX and runs them in ONNX Runtime."
if [ -x $millrace ] && [ -x $python ]; then
  echo "It takes about ten seconds."
else
  echo "The first time it installs the Debian packages that are missing, compiles millrace and installs ONNX Runtime into"
  echo "build/python: about a quarter of an hour on two cores. After that it takes about ten seconds."
fi
scripts/packages.sh
scripts/build.sh release millrace_cli
scripts/python_env.sh
echo "A fifth of the rows of every table is held out from training, to measure the accuracy on them."
train digits01 0.99 "0 or 1? 360 handwritten digits of 8x8 pixels; a network of 25-15-1 units, all sigmoid"
train digits 0.96 "Which digit? 1797 handwritten digits, ten classes; 128-64-10 units, relu and softmax"
train breast_cancer 0.95 "Benign or malignant? 569 tumours, 30 measurements each; 16-1 units, relu and sigmoid"

printf '\n%-15s %9s %11s %19s\n' "" "accuracy" "time" "largest difference"
printf '%-15s %9s %11s %19s\n' "" "held out" "" "to ONNX Runtime"
printf '%s' "$summary"
if [ -n "$failed" ]; then
  echo "failed:$failed" >&2
  exit 1
fi
cat <<END

Each build/demo/*/model.onnx takes the raw columns of its table and runs in any ONNX runtime, without millrace:
examples/demo/run_in_onnxruntime.py shows how. To train on a table of your own:

  build/release/millrace train --data FILE.csv --target COLUMN --layers 64:relu,1:sigmoid \\
      --loss binary_crossentropy --epochs 50 --validation 0.2 --out DIR
END

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Trains on examples/data/breast_cancer.csv and takes the picture of its report in README.md, docs/pictures/report.png.
#
# Usage:  scripts/picture.sh      needs build/release/millrace (make build) and the Debian package chromium
set -eu
cd "$(dirname "$0")/.."
millrace=build/release/millrace
picture=docs/pictures/report.png
most=150000 # bytes

if ! command -v chromium >/dev/null; then
  echo "picture: there is no chromium. Install it:  apt-get install chromium" >&2
  exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
$millrace train --config examples/demo/breast_cancer.toml --out "$folder/diagnosis" --quiet >/dev/null
$millrace report "$folder/diagnosis" --data examples/data/breast_cancer.csv >/dev/null
sandbox=""
if [ "$(id -u)" -eq 0 ]; then sandbox=--no-sandbox; fi # the sandbox refuses root
chromium --headless=new $sandbox --disable-gpu --hide-scrollbars --user-data-dir="$folder/browser" --window-size=960,1130 \
  --screenshot="$folder/report.png" "file://$folder/diagnosis/report.html" >/dev/null 2>"$folder/chromium.log" || {
  cat "$folder/chromium.log" >&2
  exit 1
}
size=$(wc -c <"$folder/report.png")
if [ "$size" -gt $most ]; then
  echo "picture: it has $size bytes, expected at most $most: make the window smaller" >&2
  exit 1
fi
mkdir -p "$(dirname $picture)"
cp "$folder/report.png" $picture
echo "picture: wrote $picture, $size bytes"

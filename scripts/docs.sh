#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes a site of README.md, docs/ and the pages for developers, in build/docs/site. It needs no server: open index.html. A
# link that leads nowhere is an error. If the program is built, the site has a report of each example in examples/demo. The generator, Sphinx, is installed into build/docs/python the first time, and again
# if docs/site/requirements.txt has changed.
#
# Usage:  scripts/docs.sh
set -eu
cd "$(dirname "$0")/.."
python=build/docs/python/bin/python
. scripts/environment.sh
environment docs docs/site/requirements.txt build/docs/python

millrace=build/release/millrace
reports=build/docs/reports

report_examples() {
  mkdir -p $reports/examples
  for config in examples/demo/*.toml; do
    name=$(basename "$config" .toml)
    $millrace train --config "$config" --out "build/docs/runs/$name" --report --overwrite --quiet >/dev/null &&
      cp "build/docs/runs/$name/report.html" "$reports/examples/$name.html" || return 1
  done
}

make_site() {
  if [ -x $millrace ]; then report_examples || return 1; fi
  $python -B docs/site/pages.py . build/docs/pages $reports &&
    $python -B -m sphinx -b html -c docs/site -d build/docs/cache -W --keep-going -n build/docs/pages build/docs/site
}
rm -rf build/docs/site build/docs/cache $reports build/docs/runs
if ! elapsed docs build/docs/site.log make_site; then
  grep -E 'WARNING|ERROR|Error' build/docs/site.log >&2 || tail -n 15 build/docs/site.log >&2
  echo "docs: a page has an error, see build/docs/site.log" >&2
  exit 1
fi
echo "docs: open $PWD/build/docs/site/index.html"

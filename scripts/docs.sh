#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes a site of README.md, docs/ and the pages for developers, in build/docs/site. It needs no server: open index.html. A
# link that leads nowhere is an error. The generator, Sphinx, is installed into build/docs/python the first time, and again
# if docs/site/requirements.txt has changed.
#
# Usage:  scripts/docs.sh
set -eu
cd "$(dirname "$0")/.."
python=build/docs/python/bin/python
. scripts/environment.sh
environment docs docs/site/requirements.txt build/docs/python

make_site() {
  $python -B docs/site/pages.py . build/docs/pages &&
    $python -B -m sphinx -b html -c docs/site -d build/docs/cache -W --keep-going -n build/docs/pages build/docs/site
}
rm -rf build/docs/site build/docs/cache
if ! elapsed docs build/docs/site.log make_site; then
  grep -E 'WARNING|ERROR|Error' build/docs/site.log >&2 || tail -n 15 build/docs/site.log >&2
  echo "docs: a page has an error, see build/docs/site.log" >&2
  exit 1
fi
echo "docs: open $PWD/build/docs/site/index.html"

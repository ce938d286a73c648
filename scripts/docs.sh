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
requirements=docs/site/requirements.txt
environment=build/docs/python
installed=$environment/requirements.txt # a copy of the requirements, written after everything was installed
. scripts/elapsed.sh
mkdir -p build/docs

install_sphinx() {
  python3 -m venv $environment &&
    $environment/bin/python -m pip install --disable-pip-version-check --no-input --only-binary :all: --requirement $requirements
}
if ! { [ -x $environment/bin/python ] && cmp -s $requirements $installed; }; then
  rm -rf $environment
  if ! elapsed "docs: Sphinx" build/docs/python.log install_sphinx; then
    tail -n 15 build/docs/python.log >&2
    rm -rf $environment
    echo "docs: failed, see build/docs/python.log. Needed are python3-venv (make packages) and access to PyPI." >&2
    exit 1
  fi
  cp $requirements $installed
fi

make_site() {
  $environment/bin/python -B docs/site/pages.py . build/docs/pages &&
    $environment/bin/python -B -m sphinx -b html -c docs/site -d build/docs/cache -W --keep-going -n build/docs/pages build/docs/site
}
rm -rf build/docs/site build/docs/cache
if ! elapsed docs build/docs/site.log make_site; then
  grep -E 'WARNING|ERROR|Error' build/docs/site.log >&2 || tail -n 15 build/docs/site.log >&2
  echo "docs: a page has an error, see build/docs/site.log" >&2
  exit 1
fi
echo "docs: open $PWD/build/docs/site/index.html"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Opens pages of millrace and of the documentation in Chromium, checks them, and takes pictures of them, in
# build/pages/pictures. The driver of the browser is installed into build/pages/python the first time, and again if
# tests/pages/requirements.txt has changed.
#
# Usage:  scripts/pages.sh [TEST]      TEST: Pages.test_pages, for instance; default: all
set -eu
cd "$(dirname "$0")/.."
requirements=tests/pages/requirements.txt
environment=build/pages/python
installed=$environment/requirements.txt # a copy of the requirements, written after everything was installed
. scripts/elapsed.sh
mkdir -p build/pages

install_driver() {
  python3 -m venv $environment &&
    $environment/bin/python -m pip install --disable-pip-version-check --no-input --only-binary :all: --requirement $requirements
}
if ! { [ -x $environment/bin/python ] && cmp -s $requirements $installed; }; then
  rm -rf $environment
  if ! elapsed "pages: driver" build/pages/python.log install_driver; then
    tail -n 15 build/pages/python.log >&2
    rm -rf $environment
    echo "pages: failed, see build/pages/python.log. Needed are python3-venv (make packages) and access to PyPI." >&2
    exit 1
  fi
  cp $requirements $installed
fi

exec $environment/bin/python -B tests/pages/pages_test.py "$@"

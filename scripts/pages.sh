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
. scripts/environment.sh
environment pages tests/pages/requirements.txt build/pages/python
exec build/pages/python/bin/python -B tests/pages/pages_test.py "$@"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Opens pages of millrace and of the documentation in Chromium, checks them, takes pictures of them, in
# build/pages/pictures, and compares pictures with tests/pages/references. The driver of the browser is installed into
# build/pages/python the first time, and again if tests/pages/requirements.txt has changed.
#
# Usage:  scripts/pages.sh [TEST ...]      TEST: pages_test.Pages.test_reports, for instance; default: all
#         scripts/pages.sh --renew         take the references anew, after an intended change of how pages look
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh
environment pages tests/pages/requirements.txt build/pages/python
python=$PWD/build/pages/python/bin/python
cd tests/pages
if [ "${1:-}" = --renew ]; then exec "$python" -B pictures_test.py --renew; fi
if [ $# -eq 0 ]; then set -- pages_test pictures_test; fi
exec "$python" -B -m unittest "$@"

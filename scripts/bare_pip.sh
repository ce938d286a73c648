#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Shows that `make packages` and `pip install .` are enough for the Python package. Makes a bare Debian (debootstrap,
# minbase) in a folder, clones the last commit into it, installs the package in a new virtual environment, and runs the
# Python of the README and of docs/python.md. Prints the time of each step.
#
# Usage:  scripts/bare_pip.sh [bookworm|trixie] [FOLDER]       as root, with debootstrap; FOLDER must not exist
#
# KEEP=1 keeps FOLDER.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${1:-bookworm}
root=${2:-${TMPDIR:-/tmp}/millrace-pip-$suite}
. scripts/bare_system.sh

# pages_run PAGE ...: runs the Python of pages, one after the other, in the environment.
pages_run() {
  cat >"$root/root/run_page.py" <<'PYTHON'
import re, sys
page = open("millrace/" + sys.argv[1], encoding="utf-8").read()
for block in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
    exec(compile(block, sys.argv[1], "exec"), globals())
PYTHON
  local page
  for page in "$@"; do timed "Python of $page" inside "new/bin/python run_page.py $page >/dev/null"; done
}

timed "debootstrap $suite" make_root
give_network
git clone --quiet --no-hardlinks . "$root/root/millrace"
timed "apt-get install make" inside "apt-get update -qq && apt-get install -yqq --no-install-recommends make >/dev/null"
timed "make packages" inside "make -C millrace packages >/dev/null"
timed "pip install ." inside "python3 -m venv new && new/bin/pip install --quiet ./millrace"
pages_run README.md
timed "pip install scikit-learn pandas" inside "new/bin/pip install --quiet scikit-learn pandas"
pages_run docs/python.md
timed "the program" inside "new/bin/millrace --version"
finish "pip install of $(git rev-parse --short HEAD)"

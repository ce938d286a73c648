#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Shows that the wheel needs nothing of the system but Python. Installs it in a bare Debian (debootstrap, minbase) with no
# package besides python3-venv, and trains there.
#
# Usage:  scripts/bare_wheel.sh [bookworm|trixie] [WHEEL] [FOLDER]       as root, with debootstrap
#
# WHEEL: for the Python of that Debian, 3.11 or 3.13; default: that in build/wheel (`make wheel`). FOLDER must not exist.
# KEEP=1 keeps FOLDER.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${1:-bookworm}
wheel=${2:-$(ls build/wheel/millrace-*.whl)}
root=${3:-${TMPDIR:-/tmp}/millrace-wheel-$suite}
. scripts/bare_system.sh
[ -f "$wheel" ] || fail "no wheel $wheel: run make wheel"

timed "debootstrap $suite" make_root
give_network
cp "$wheel" scripts/wheel_test.py "$root/root/"
timed "install Python" inside "apt-get update -qq && apt-get install -yqq --no-install-recommends python3-venv >/dev/null"
timed "install the wheel" inside "python3 -m venv new && new/bin/pip install --quiet ./millrace-*.whl"
timed "train" inside "new/bin/python wheel_test.py"
timed "the program" inside "new/bin/millrace --version"
inside "du -sm new | cut -f1" | sed 's/$/ MiB on disk for the environment/'
finish "Wheel $(basename "$wheel")"

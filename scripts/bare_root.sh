#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Shows that two commands are enough on an empty machine. Makes a bare Debian (debootstrap, minbase) in a folder, clones
# the last commit into it, and runs there `apt-get install make`, `make demo`, `make test` and `make deb`. Prints the time
# of each step. The Debian packages stay in build/deb-SUITE, for scripts/bare_packages.sh.
#
# Usage:  scripts/bare_root.sh [bookworm|trixie] [FOLDER]       as root, with debootstrap; FOLDER must not exist
#
# KEEP=1 keeps FOLDER.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${1:-bookworm}
root=${2:-${TMPDIR:-/tmp}/millrace-bare-$suite}
. scripts/bare_system.sh

if [ -n "$(git status --porcelain)" ]; then echo "bare_root: changes that are not committed are not tested" >&2; fi
commit=$(git rev-parse --short HEAD)

timed "debootstrap $suite" make_root
give_network
git clone --quiet --no-hardlinks . "$root/root/millrace"
timed "apt-get install make" inside "apt-get update -qq && apt-get install -yqq --no-install-recommends make >/dev/null"
timed "make demo" inside "make -C millrace demo"
timed "make test" inside "make -C millrace test"
timed "make demo, once more" inside "make -C millrace demo >/dev/null 2>&1"
timed "make deb" inside "make -C millrace deb"
mkdir -p "build/deb-$suite"
cp "$root"/root/millrace/build/deb/*.deb "build/deb-$suite/" || failed=1

inside "du -sm --exclude=/proc --exclude=/sys --exclude=/dev / 2>/dev/null | cut -f1" | sed 's/$/ MiB on disk in total/'
finish "Commit $commit with $(inside "g++ --version | head -1")"

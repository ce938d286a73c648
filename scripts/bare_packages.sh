#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Shows that the Debian packages are complete. Installs them in a bare Debian (debootstrap, minbase): the program, which
# trains a network there, and the development package, with which the examples are built and run, with the static and with
# the shared library.
#
# Usage:  scripts/bare_packages.sh [bookworm|trixie] [PACKAGES] [FOLDER]       as root, with debootstrap
#
# PACKAGES: a folder with packages that were made on that Debian; default build/deb (`make deb`). FOLDER must not exist.
# KEEP=1 keeps FOLDER.
set -euo pipefail
cd "$(dirname "$0")/.."
suite=${1:-bookworm}
packages=${2:-build/deb}
root=${3:-${TMPDIR:-/tmp}/millrace-packages-$suite}
. scripts/bare_system.sh
ls "$packages"/millrace_*.deb >/dev/null || fail "no packages in $packages: run make deb"

timed "debootstrap $suite" make_root
give_network
mkdir "$root/root/packages"
cp "$packages"/*.deb examples/data/digits01.csv "$root/root/packages/"
install_packages="apt-get install -yqq --no-install-recommends"
timed "install the program" inside "apt-get update -qq && $install_packages ./packages/millrace_*.deb >/dev/null"
timed "train a network" inside "millrace train --data packages/digits01.csv --target digit --layers 25:sigmoid,1:sigmoid \
  --loss binary_crossentropy --epochs 5 --out out"
timed "install for development" inside "$install_packages ./packages/libmillrace{0,-dev}*.deb cmake g++ make >/dev/null"
for shared in OFF ON; do
  timed "build examples, shared: $shared" inside "cmake -S /usr/share/doc/millrace/examples -B build-$shared \
    -DBUILD_SHARED_LIBS=$shared >/dev/null && cmake --build build-$shared >/dev/null && build-$shared/quickstart"
done
if ls "$packages"/libmillrace-openmpi_*.deb >/dev/null 2>&1; then
  timed "train in two processes" inside "$install_packages ./packages/libmillrace-openmpi_*.deb >/dev/null && mpirun --allow-run-as-root \
    --oversubscribe -n 2 millrace train --data packages/digits01.csv --target digit --epochs 5 --out two"
fi
finish "Packages"

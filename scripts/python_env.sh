#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes build/python, the virtual environment in which the demo and the tests run ONNX Runtime. Makes it again if
# scripts/python_requirements.txt has changed; otherwise it does nothing.
set -eu
cd "$(dirname "$0")/.."
requirements=scripts/python_requirements.txt
environment=build/python
installed=$environment/requirements.txt # a copy of the requirements, written after everything was installed

if [ -x $environment/bin/python ] && cmp -s $requirements $installed; then exit 0; fi

echo "python: installing ONNX Runtime and the libraries that tests compare with into $environment"
rm -rf $environment
log=build/python.log
. scripts/elapsed.sh

install_requirements() {
  python3 -m venv $environment &&
    $environment/bin/python -m pip install --disable-pip-version-check --no-input --only-binary :all: --requirement $requirements
}
if ! elapsed python $log install_requirements; then
  tail -n 15 $log >&2
  rm -rf $environment
  echo "python: failed, see $log. Needed are python3-venv (make packages) and access to PyPI." >&2
  exit 1
fi
cp $requirements $installed

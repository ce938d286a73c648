#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Tests millrace.convert and millrace.keras.fit with the real Keras and PyTorch, which it installs into build/python-others (several
# GB with PyTorch's libraries). The built package in build/release/python is tested (make build, make test).
set -eu
cd "$(dirname "$0")/.."
environment=build/python-others
if [ ! -x $environment/bin/pytest ]; then
  python3 -m venv $environment
  $environment/bin/python -m pip install --disable-pip-version-check --no-input --quiet keras==3.15.1 jax==0.10.2 h5py==3.16.0 torch==2.15.0 \
    safetensors==0.8.0 pytest==9.2.0
fi
for library in keras torch; do
  PYTHONPATH=build/release/python $environment/bin/python -B -m pytest -q -p no:cacheprovider tests/python/others/${library}_test.py
done

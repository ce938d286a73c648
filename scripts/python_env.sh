#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes build/python, the virtual environment in which the demo and the tests run ONNX Runtime. Makes it again if
# scripts/python_requirements.txt has changed; otherwise it does nothing.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh
environment python scripts/python_requirements.txt build/python

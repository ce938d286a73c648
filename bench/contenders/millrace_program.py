# SPDX-License-Identifier: Apache-2.0
"""Finds millrace's programs, and runs a training for its JSON report."""
import json
import os
import subprocess
import tempfile
from pathlib import Path

from job import Skip
from machine import ROOT


def built(name, variable, make, flag):
    """The path of build/release/NAME, or the value of the variable."""
    path = Path(os.environ.get(variable) or ROOT / "build" / "release" / name)
    if not os.access(path, os.X_OK):
        raise Skip(f"no program at build/release/{name}: run '{make}', or give {flag} FILE")
    return path


def train():
    return built("millrace", "MILLRACE_PROGRAM", "make build", "--millrace")


def bench():
    return built("millrace_bench", "MILLRACE_PREDICT", "scripts/build.sh release millrace_bench", "--millrace-predict")


def report(command_for):
    """The JSON report of a training run; command_for(folder) is its command line, with a folder for its files."""
    with tempfile.TemporaryDirectory(prefix="millrace-") as out:
        done = subprocess.run(command_for(out), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"millrace train ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)

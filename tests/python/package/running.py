# SPDX-License-Identifier: Apache-2.0
"""Shared by tests: another Python, the program, and models in ONNX Runtime."""

import os
import subprocess
import sys

import onnxruntime


def python(*arguments, timeout=60):
    """Python with these arguments, run to its end: returncode, stdout and stderr as text."""
    return subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, timeout=timeout)


def printed(code, timeout=120):
    """What a program in Python prints. The test fails if the program fails."""
    done = python("-c", code, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return done.stdout


def train(*words):
    """`millrace train` with these words. The test fails if it fails."""
    done = subprocess.run([os.environ["MILLRACE_PROGRAM"], "train", *map(str, words), "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def in_onnx_runtime(path, feeds):
    """{output: array} of an ONNX file. feeds: {input: array}, or a function from the inputs' names to it."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feeds = feeds(session.get_inputs()) if callable(feeds) else feeds
    return dict(zip([each.name for each in session.get_outputs()], session.run(None, feeds)))

# SPDX-License-Identifier: Apache-2.0
"""Shared by tests: running the program as users do, and temporary folders."""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy

ROOT = pathlib.Path(os.environ.get("MILLRACE_ROOT", pathlib.Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("MILLRACE_PROGRAM", str(ROOT / "build/release/millrace"))
DATA = ROOT / "examples/data"


class ProgramTest(unittest.TestCase):
    """A test with its own temporary folder."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def millrace(self, *words):
        """The output of the program, run in the root of the repository. The test fails if the program fails."""
        done = subprocess.run([PROGRAM, *map(str, words)], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"millrace {' '.join(map(str, words))}\n{done.stderr}")
        return done.stdout

    def refuses(self, code, message, *words):
        """The program ends with this exit code, and says the message."""
        done = subprocess.run([PROGRAM, *map(str, words)], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(message, done.stderr)

    def script(self, *words, code=0):
        """What a script in Python prints, run in the root of the repository; it must end with this exit code."""
        done = subprocess.run([sys.executable, "-B", *map(str, words)], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, f"{words[0]}\n{done.stdout}{done.stderr}")
        return done.stdout

    def train(self, *words):
        """The JSON report of a training run into self.folder / "model"."""
        return json.loads(self.millrace("train", *words, "--out", self.folder / "model", "--overwrite", "--quiet", "--json"))

    @property
    def model(self):
        return self.folder / "model" / "model.onnx"

    def predict(self, table):
        """The scores that `millrace predict` writes, and the last column, its prediction."""
        out = self.folder / "predictions.csv"
        self.millrace("predict", self.model, "--data", table, "--out", out)
        _, rows = read_table(out)
        return numpy.array([row[:-1] for row in rows], dtype=numpy.float32), [row[-1] for row in rows]


def session(path):
    """An ONNX file in ONNX Runtime."""
    import onnxruntime

    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def read_table(path):
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def write_table(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])

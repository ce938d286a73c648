# SPDX-License-Identifier: Apache-2.0
"""Runs bench/python/run with the packages of the tests, on few epochs: it measures every contender that is installed. The figures mean
nothing here."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ.get("MILLRACE_ROOT") or pathlib.Path(__file__).resolve().parents[2])


class Run(unittest.TestCase):
    def test_measures_every_contender(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "figures.json")
            done = subprocess.run([sys.executable, "-B", ROOT / "bench/python/run", "--rounds", "1", "--epochs", "3", "--json", path], capture_output=True, text=True)
            self.assertIn(done.returncode, (0, 1), done.stderr)
            found = json.loads(path.read_text())
        self.assertLessEqual({"program", "engine", "millrace.keras", "millrace.sklearn", "scikit-learn"}, set(found["figures"]["fit"]))
        self.assertLessEqual({"millrace.keras", "predictor()"}, set(found["figures"]["predict"]))
        self.assertEqual(len(found["promises"]), 4)
        for figures in found["figures"].values():
            self.assertTrue(all(value > 0 for value in figures.values()), figures)


if __name__ == "__main__":
    unittest.main()

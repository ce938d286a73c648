#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows that bench/instructions/run finds a planted slowdown and reports nothing without one.

Usage:  self_test.py PROGRAM
"""
import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import unittest

loader = importlib.machinery.SourceFileLoader("run", str(pathlib.Path(__file__).with_name("run")))
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
loader.exec_module(run)

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build/release/millrace_bench"


def judged(baseline, measured, here=None):
    """The exit code and the output."""
    versions = {"compiler": "GNU 12.2.0"}
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = run.judge({"versions": versions, "instructions": baseline}, here or versions, measured)
    return code, said.getvalue()


class Counted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        names = ("planted/usual", "planted/usual_again", "planted/slower")
        cls.usual, cls.again, cls.slower = run.count_all(PROGRAM, dict.fromkeys(names, 20), 2).values()

    def test_the_same_work_is_the_same_count(self):
        self.assertAlmostEqual(self.again / self.usual, 1, delta=1e-3)
        self.assertEqual(judged({"a": self.usual}, {"a": self.again})[0], 0)

    def test_a_twentieth_more_is_found(self):
        self.assertAlmostEqual(self.slower / self.usual, 1.05, delta=1e-3)
        code, said = judged({"a": self.usual, "b": 100}, {"a": self.slower, "b": 100})
        self.assertEqual(code, 1)
        self.assertIn("a: ", said)
        self.assertIn("SLOWER", said)
        self.assertNotIn("b: ", said)

    def test_what_does_not_exist_is_not_counted_as_nothing(self):
        with self.assertRaises(run.NoCount):
            run.count(PROGRAM, "planted/nowhere", 1)


class Judged(unittest.TestCase):
    def test_the_limit(self):
        self.assertEqual(judged({"a": 10000}, {"a": 10199})[0], 0)
        self.assertEqual(judged({"a": 10000}, {"a": 10201})[0], 1)

    def test_what_is_better_is_said_and_passes(self):
        code, said = judged({"a": 10000}, {"a": 9000})
        self.assertEqual(code, 0)
        self.assertIn("update the baseline", said)

    def test_a_benchmark_on_one_side_only_fails(self):
        self.assertEqual(judged({"a": 1, "b": 1}, {"a": 1})[0], 1)
        self.assertEqual(judged({"a": 1}, {"a": 1, "b": 1})[0], 1)

    def test_other_versions_are_not_judged(self):
        code, said = judged({"a": 10000}, {"a": 20000}, {"compiler": "GNU 14.2.0"})
        self.assertEqual(code, 0)
        self.assertIn("baseline is for compiler GNU 12.2.0; this is GNU 14.2.0", said)
        self.assertIn("not judged", said)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        PROGRAM = pathlib.Path(sys.argv.pop(1))
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""bench/gate as a process, on programs that replay timings, and on a small repository that it has to build."""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import benchmarks
from regression import GateError, revisions
from regression.blocks import Program, exactly, read

UNCHANGED = {"step/mnist/real_time": 2500.0, "step/tabular/real_time": 117.0, "csv/read": 40.0}


class Gate(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def gate(self, *words):
        return subprocess.run([benchmarks.BENCH / "gate", *map(str, words)], cwd=self.folder, capture_output=True, text=True)

    def compare(self, base, head, *words):
        files = [benchmarks.replaying(self.folder / name, **program) for name, program in (("old", base), ("new", head))]
        return self.gate(*files, "--seed", 1, "--filter", ".", *words)

    def test_unchanged(self):
        done = self.compare({"us": UNCHANGED}, {"us": UNCHANGED, "seed": 2})
        self.assertEqual((done.returncode, done.stderr.count("undecided") > 0), (0, True), done.stdout + done.stderr)
        self.assertIn("no regression", done.stdout)

    def test_a_planted_slowdown_is_named(self):
        done = self.compare({"us": UNCHANGED}, {"us": UNCHANGED | {"step/mnist/real_time": 2500 * 1.05}, "seed": 2}, "--json", self.folder / "out.json")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"slower: step/mnist/real_time takes 1\.0[456]\d times as long, 1\.0\d+ \.\. 1\.0\d+")
        self.assertNotIn("slower: step/tabular", done.stdout)
        written = json.loads((self.folder / "out.json").read_text())
        self.assertEqual([v["verdict"] for v in written["verdicts"]], ["slower", "not slower", "not slower"])
        self.assertEqual(len(written["seconds"]["base"]["csv/read"]), written["verdicts"][2]["pairs"])

    def test_too_noisy(self):
        done = self.compare({"us": UNCHANGED, "noise": 3.0}, {"us": UNCHANGED, "noise": 3.0, "seed": 2}, "--budget", 4)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        # The number of pairs within a budget depends on the machine, and so does which of the three stay undecided.
        self.assertRegex(done.stdout, r"too noisy to say: (step/mnist|step/tabular|csv/read)")

    def test_usage(self):
        for words, message in (((), "required: BASE"), (("--filter", "nothing"), "no benchmark that both have"), (("--cpus", "77777"), "expected some of"),
                               (("--filter", "("), "not a regular expression"), (("--least", "9"), "expected 0 <= least < tolerated")):
            done = self.gate() if not words else self.compare({"us": UNCHANGED}, {"us": UNCHANGED}, *words)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(message, done.stderr)

    def test_an_unknown_revision(self):
        done = self.gate("no-such-revision", ".")
        self.assertEqual((done.returncode, "no-such-revision" in done.stderr), (3, True), done.stderr)

    def test_a_benchmark_with_a_wrong_answer_is_no_figure(self):
        done = self.compare({"us": UNCHANGED}, {"us": UNCHANGED, "errors": {"csv/read": "row 3 is wrong"}})
        self.assertEqual((done.returncode, "csv/read: row 3 is wrong" in done.stderr), (5, True), done.stderr)

    def test_what_only_one_has_is_said(self):
        done = self.compare({"us": UNCHANGED}, {"us": UNCHANGED | {"step/new": 1.0}})
        self.assertEqual(done.returncode, 0)
        self.assertIn("step/new", done.stderr)
        self.assertNotIn("step/new", done.stdout)


class Blocks(unittest.TestCase):
    def entry(self, time, unit="us", **more):
        return {"name": "a", "run_name": "a", "run_type": "iteration", "real_time": time, "time_unit": unit} | more

    def test_the_fastest_repetition_in_seconds(self):
        text = json.dumps({"benchmarks": [self.entry(3), self.entry(5000, "ns"), self.entry(0.009, "ms"),
                                          self.entry(1, run_type="aggregate", name="a_mean")]})
        self.assertAlmostEqual(read(text, "base"), 3e-6, 12)

    def test_a_filter_selects_one_name_and_no_other(self):
        self.assertEqual(exactly("a/1.5[2]"), r"^a/1\.5\[2\]$")

    def test_a_program_that_cannot_be_run(self):
        with self.assertRaisesRegex(GateError, "does not list"):
            Program("base", Path("/bin/false")).names(0.1)


class Revisions(unittest.TestCase):
    """A repository of two files; its cmake build copies a script."""

    CMAKE = "cmake_minimum_required(VERSION 3.24)\nproject(tiny NONE)\nadd_subdirectory(bench)\n"
    BENCH = 'add_custom_target(millrace_bench COMMAND ${CMAKE_COMMAND} -E copy ${PROJECT_SOURCE_DIR}/text ${CMAKE_BINARY_DIR}/millrace_bench)\n'

    def setUp(self):
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.home = self.root / "build" / "gate"
        self.git("init", "--quiet")
        self.first = self.commit({"bench/CMakeLists.txt": "\n"})
        self.second = self.commit({"bench/CMakeLists.txt": self.BENCH, "CMakeLists.txt": self.CMAKE, "text": "old"})

    def git(self, *words):
        return subprocess.run(["git", "-C", str(self.root), "-c", "user.name=t", "-c", "user.email=t@t", *words], check=True,
                              capture_output=True, text=True).stdout.strip()

    def commit(self, files):
        for name, text in files.items():
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_text(text)
        self.git("add", *files)
        self.git("commit", "--quiet", "-m", "x")
        return self.git("rev-parse", "HEAD")

    def build(self, revision):
        return revisions.build(revision, home=self.home, root=self.root)

    def test_a_commit_is_built_once_and_not_the_working_tree(self):
        (self.root / "text").write_text("changed")
        program = self.build("HEAD")
        self.assertEqual(program.path.read_text(), "old")
        program.path.write_text("kept")
        self.assertEqual(self.build(self.second[:9]).path.read_text(), "kept")

    def test_the_working_tree_is_built_every_time(self):
        for text in ("changed", "again"):
            (self.root / "text").write_text(text)
            self.assertEqual(self.build(".").path.read_text(), text)

    def test_paths_have_one_length(self):
        self.assertEqual(len(str(self.build("HEAD").path)), len(str(self.build(".").path)))

    def test_a_commit_before_the_benchmarks(self):
        with self.assertRaisesRegex(GateError, "has no millrace_bench") as caught:
            self.build(self.first)
        self.assertEqual(caught.exception.code, 4)

    def test_a_build_that_fails_shows_the_end_of_its_log(self):
        self.commit({"CMakeLists.txt": self.CMAKE + 'message(FATAL_ERROR "no compiler today")\n'})
        with self.assertRaisesRegex(GateError, "no compiler today") as caught:
            self.build("HEAD")
        self.assertEqual(caught.exception.code, 4)

    def test_an_unknown_revision(self):
        with self.assertRaises(GateError) as caught:
            self.build("nobody")
        self.assertEqual(caught.exception.code, 3)


if __name__ == "__main__":
    os.environ.pop("GIT_DIR", None)
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Tables and drawings made from saved runs, and the history file."""
import tempfile
import unittest
from math import log
from pathlib import Path

import benchmarks  # noqa: F401
from page import figures, page, pieces, timeline
from regression import error_rates
from regression.blocks import Program
from regression.session import Outcome


def run(workload="classroom", threads=2, mode="steps", **results):
    return {"mode": mode, "threads": threads, "results": {workload: results}, "versions": {}, "date": "2026-01-02T03:04:05", "commit": "c"}


def steps(*us, foreign=None, **more):
    return {"us": list(us), "foreign": foreign or [0.0] * len(us), **more}


class Figures(unittest.TestCase):
    def test_ratios_are_paired_within_a_run(self):
        # The machine is twice as slow during the second run.
        runs = [run(millrace=steps(10, 10, 10), torch=steps(50, 50, 50)), run(millrace=steps(20, 20, 20), jax=steps(40, 40, 40))]
        self.assertEqual(figures.ratios(runs, "classroom", 2), {"torch": 5, "jax": 2})
        self.assertEqual(figures.step_times(runs, "classroom", 2), {"millrace": 15, "torch": 50, "jax": 40})

    def test_disturbed_rounds_and_other_threads_do_not_count(self):
        quiet = steps(10, 10, 10, 90, foreign=[0, 0, 0, 0.5])
        runs = [run(millrace=quiet, jax=steps(20, 20, 20, 20)), run(threads=1, millrace=steps(99), jax=steps(99))]
        self.assertEqual(figures.step_times(runs, "classroom", 2), {"millrace": 10, "jax": 20})

    def test_who_failed_has_no_figure(self):
        runs = [run(millrace=steps(10), torch=steps(5, error="it did not learn"), jax={"skip": "not here"})]
        self.assertEqual(figures.ratios(runs, "classroom", 2), {})
        self.assertEqual(figures.step_times(runs, "classroom", 2), {"millrace": 10})

    def test_processes(self):
        done = {"seconds": [1.0, 3.0], "cpu_seconds": [2.0, 2.0], "peak_mib": [50.0, 50.0], "installed_mib": 900, "cuda_mib": 300}
        runs = [run(mode="process", torch=done, millrace=done) | {"epochs": 100}]
        self.assertEqual(figures.processes(runs, 100, 2)["torch"], {"seconds": 2.0, "cpu_seconds": 2.0, "peak_mib": 50.0, "installed_mib": 600})
        self.assertEqual(figures.processes(runs, 1, 2), {})
        # millrace is in every piece, and has no packages whose size is known.
        ours = [{"seconds": [s], "cpu_seconds": [s], "peak_mib": [9.0]} for s in (1.0, 2.0, 6.0)]
        runs = [run(mode="process", millrace=one) | {"epochs": 100} for one in ours]
        self.assertEqual(figures.processes(runs, 100, 2)["millrace"], {"seconds": 2.0, "cpu_seconds": 2.0, "peak_mib": 9.0, "installed_mib": 0})

    def test_every_piece_knows_its_run(self):
        everything = pieces.all_pieces()
        for piece in everything:
            found = {name: {} for name in ("millrace", *piece.contenders)}
            saved = run(piece.workload, piece.threads or 2, piece.mode, **found) | ({"epochs": piece.epochs} if piece.epochs else {})
            self.assertTrue(piece.is_in(saved, 2))
            self.assertFalse(piece.is_in(saved | {"threads": 3}, 2))
            self.assertEqual(sum(other.is_in(saved, 2) for other in everything), 1)


class Page(unittest.TestCase):
    def test_a_block_is_replaced_and_the_rest_kept(self):
        text = "before\n<!-- a -->\nold\n<!-- end -->\nbetween\n<!-- b -->\n<!-- end -->\n"
        self.assertEqual(page.replace(text, "a", "new\\1"), text.replace("old", "new\\1"))
        self.assertEqual(page.replace(text, "b", "x"), text.replace("<!-- b -->\n", "<!-- b -->\nx\n"))
        with self.assertRaisesRegex(ValueError, "no block 'c'"):
            page.replace(text, "c", "")

    def test_markdown(self):
        self.assertEqual(page.markdown([["a", "b"], [1, 2]]), "| a | b |\n|---|---|\n| 1 | 2 |")

    def test_errors_are_counted_by_kind(self):
        records = [{"kind": kind, "verdict": verdict, "seconds": 3.0, "conditions": "busy", "processor": "a processor", "date": "2026-01-02T03:04"}
                   for kind, verdict in (("same", "not slower"), ("same", "undecided"), ("planted", "slower"))]
        self.assertIn("| a program with itself | all | 2 | 0 | 1 | 1 | 3.0 s |", page.errors_table(records))
        self.assertIn("| with 5 % planted | all | 1 | 1 | 0 | 0 | 3.0 s |", page.errors_table(records))

    def test_what_no_error_in_200_runs_rules_out(self):
        self.assertAlmostEqual(error_rates.upper_bound(0, 200), 1 - 0.05 ** (1 / 200), places=9)
        self.assertAlmostEqual(error_rates.upper_bound(2, 200), 0.0311, places=4)


class History(unittest.TestCase):
    """Commits are those of this repository; nothing is built or measured."""

    def setUp(self):
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "history.csv"

    def add(self, ratio):
        self.measured = []
        def build(revision, say):
            return Listed(revision, Path(revision))
        def compare(base, head, names, count, length, say):
            self.measured.append((base.label, head.label))
            return Outcome(seconds={"base": {}, "head": {name: [2e-5] for name in names}}, samples={name: ([log(ratio)] * 20, []) for name in names})
        return timeline.add("HEAD", rounds=10, file=self.file, build=build, compare=compare)

    def test_the_first_commit_is_what_others_are_compared_with(self):
        first = self.add(1.02)
        self.assertEqual((first[0]["commit"], first[0]["microseconds"], first[0]["ratio"]), (first[0]["reference"], "20", "1.0000"))
        text = self.file.read_text()
        self.file.write_text(text.replace(first[0]["commit"], "0123456789ab"))
        second = self.add(0.8)
        self.assertEqual(self.measured, [("0123456789ab", second[0]["commit"])])
        self.assertEqual((second[0]["reference"], second[0]["ratio"]), ("0123456789ab", "0.8000"))
        self.assertEqual([row["ratio"] for row in timeline.rows(self.file)], ["1.0000", "0.8000"])
        self.assertIn("012345", timeline.drawing(timeline.rows(self.file)))


class Listed(Program):
    def names(self, seconds):
        return ["step/classroom/threads:1/real_time"]


if __name__ == "__main__":
    unittest.main()
